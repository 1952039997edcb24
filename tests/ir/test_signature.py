"""Signatures: what they say of their functions, and errors for wrong ones."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc import AzcError
from azc.ir import INTERFACES, Address, Declaration, Interface, Signature, address
from azc.problems import SettingsError

V0, S0, S1 = address("v", 0), address("s", 0), address("s", 1)
START = Declaration("Start")
ACT = Declaration("Act", {"seen": V0}, (S0,), {"force": S1})
NAMES = ("Start", "Act", "Reward", "Rest")


def signature(*functions: Declaration, **more: Any) -> Signature:
    """A signature of these functions."""
    return Signature("game", functions, **more)


def test_all_but_the_first_function_may_follow_any() -> None:
    """Without `follows` the first function runs once, and the others in any order after it."""
    found = signature(START, ACT, Declaration("Reward", {"reward": S0}))
    expected = [("Start", "Act"), ("Start", "Reward"), ("Act", "Act"), ("Act", "Reward")]
    assert [*found.follows] == [*expected, ("Reward", "Act"), ("Reward", "Reward")]
    assert found.names == ("Start", "Act", "Reward")
    assert found["Act"] == ACT
    assert found.written == {V0, S0}
    assert (ACT.written, ACT.read) == ({V0, S0}, {S1})


@pytest.mark.parametrize("interface", INTERFACES.values(), ids=INTERFACES.keys())
def test_evaluation_types_are_supervised_learning(interface: Interface) -> None:
    """Predict gets the features and gives the prediction, Learn gets the label too, in the same step."""
    found = interface.signature
    assert found.names == ("Setup", "Predict", "Learn")
    assert found["Predict"].outputs == (("prediction", interface.prediction),)
    assert found["Predict"].clears == (interface.label,)
    assert found["Predict"].inputs == (("features", interface.features),)
    assert found["Learn"].inputs == (("features", interface.features), ("label", interface.label))
    assert [one.opens_step for one in found.functions[1:]] == [True, False]
    assert found.written == {interface.features, interface.label}
    assert set(found.follows) == {
        ("Setup", "Predict"),
        ("Predict", "Predict"),
        ("Predict", "Learn"),
        ("Learn", "Predict"),
    }


@pytest.mark.parametrize(
    ("functions", "follows", "message"),
    [
        ((), (), "functions: there is none; expected at least two"),
        ((START,), (), "functions: no function has outputs"),
        ((START, ACT, ACT), None, "functions.Act: there are two of this name"),
        ((START, ACT, Declaration("ACT")), None, "functions.ACT: there are two of this name"),
        (
            (START, Declaration("a b", {}, (), {"x": S1})),
            None,
            "functions.a b: expected a name of ASCII letters",
        ),
        ((ACT,), (), "functions.Act: it only prepares memory; leave its inputs, clears and outputs out"),
        ((START, ACT), (("Start", "Akt"),), "follows: there is no function 'Akt'; the nearest is 'Act'"),
        ((START, ACT), (("Act", "Act"),), "functions.Act: nothing leads to it, so it never runs"),
        ((START, ACT), (("Start", "Act"), ("Act", "Start")), "follows: Start runs once, first"),
        (
            (START, Declaration("Act", {"a": V0, "b": V0}, (), {"x": S1})),
            None,
            "functions.Act: v0 is written twice before it runs",
        ),
        (
            (START, Declaration("Act", {"a": V0}, (V0,), {"x": S1})),
            None,
            "functions.Act: v0 is written twice before it runs",
        ),
    ],
)
def test_a_wrong_signature_is_an_error(functions: Any, follows: Any, message: str) -> None:
    """Each mistake is named with its function."""
    with pytest.raises(SettingsError) as caught:
        signature(*functions, **({} if follows is None else {"follows": follows}))
    assert any(line.startswith(message) for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((("a", V0), ("a", S0)), "there are two of the name a"),
        ({"a": Address("m", 64)}, "a: m64 is no address; they go from m0 to m63"),
        ({"a": "w3"}, "a: expected an address, as in v0, but it is 'w3'"),
        ({"a b": "v3"}, "'a b': expected a name of ASCII letters"),
        (5, 'must be a table of names with addresses, as in {weights = "v0"}'),
    ],
)
def test_wrong_inputs_are_an_error(inputs: Any, message: str) -> None:
    """A declaration says what is wrong with its inputs, and so does a table."""
    with pytest.raises(AzcError, match=re.escape(message)):
        Declaration("Act", inputs)
    with pytest.raises(SettingsError, match=re.escape(message.replace("must be", "expected"))):
        Signature("game", {"Start": {}, "Act": {"inputs": inputs, "outputs": {"force": "s1"}}})


@pytest.mark.parametrize("interface", INTERFACES.values(), ids=INTERFACES.keys())
def test_a_table_says_all_of_a_signature(interface: Interface) -> None:
    """A signature's table gives the same signature, but for what is replaced, which only azc's own have."""
    known = interface.signature
    assert Signature.from_table(known.table()) == Signature("supervised", known.functions, known.follows)


def test_wrong_tables_are_told_with_all_their_problems() -> None:
    """A table names each of its problems by its key."""
    wrong = {
        "name": "game",
        "follow": {},
        "functions": {"Start": 5, "Act": {"inpts": {}, "clears": ["q"]}},
    }
    with pytest.raises(SettingsError) as caught:
        Signature.from_table(wrong)
    assert [one.where for one in caught.value.problems] == ["follow"]
    del wrong["follow"]
    with pytest.raises(SettingsError) as caught:
        Signature.from_table(wrong)
    assert [one.where for one in caught.value.problems] == [
        "functions.Start",
        "functions.Act.inpts",
        "functions.Act.clears",
    ]


@pytest.mark.parametrize("name", ["", "two\nlines", "two\u2028lines", "\x00"])
def test_a_name_is_text_in_one_line(name: str) -> None:
    """A signature's name stands in headers and docstrings, so it has one line."""
    with pytest.raises(SettingsError, match="name: expected text in one line"):
        Signature(name, (START, ACT))


@pytest.mark.parametrize("replaced", [5, (("A",),), (("A", "B", "v0"),)])
def test_what_is_replaced_is_checked(replaced: Any) -> None:
    """Triples of two functions and an address are expected."""
    with pytest.raises(SettingsError, match="replaced: expected triples"):
        signature(START, ACT, replaced=replaced)


def test_all_mistakes_are_told_at_once() -> None:
    """An error lists every mistake of a signature."""
    with pytest.raises(SettingsError) as caught:
        signature(ACT, ACT, Declaration("3"), follows=(("Act", "Nobody"),))
    assert len(caught.value.problems) == 5


def order(pair: tuple[str, str]) -> tuple[int, ...]:
    """Place of a pair, as a signature keeps them: by the first's place, then by the second's."""
    return tuple(map(NAMES.index, pair))


@given(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES[1:]))))
def test_a_function_that_nothing_reaches_is_an_error(follows: set[tuple[str, str]]) -> None:
    """A signature is right if a walk from the first function reaches each of the others."""
    functions = (START, ACT, *map(Declaration, NAMES[2:]))
    walks, reached = [NAMES[0]], {NAMES[0]}
    while walks:
        here = walks.pop()
        for source, target in follows:
            if source == here and target not in reached:
                reached.add(target)
                walks.append(target)
    missing = [name for name in NAMES if name not in reached]
    if missing:
        with pytest.raises(SettingsError) as caught:
            signature(*functions, follows=tuple(follows))
        assert [one.where for one in caught.value.problems] == [f"functions.{name}" for name in missing]
    else:
        assert signature(*functions, follows=tuple(follows)).follows == tuple(sorted(follows, key=order))


def test_signatures_of_formulas() -> None:
    """Variables by number or by name, as a table too; errors say what is expected."""
    made = Signature.function(["x", "y"])
    assert made.name == "function"
    assert made["Predict"].inputs == (("x", address("s", 2)), ("y", address("s", 3)))
    assert made["Predict"].outputs == (("value", address("s", 1)),)
    assert Signature.from_table({"name": "function", "variables": ["x", "y"]}) == made
    assert Signature.from_table(made.table()) == made
    assert [name for name, _ in Signature.function(2)["Predict"].inputs] == ["x0", "x1"]
    for wrong in (0, 63, True, [], ["x", "x"], ["1x"], ["x", 3], "x", None):
        with pytest.raises(AzcError, match=r"variables|expected"):
            Signature.function(wrong)  # type: ignore[arg-type]
    with pytest.raises(AzcError, match="functions: does not go with variables"):
        Signature.from_table({"name": "function", "variables": 2, "functions": {}})
    with pytest.raises(AzcError, match="variables: belong to name"):
        Signature.from_table({"name": "mine", "variables": 2})
