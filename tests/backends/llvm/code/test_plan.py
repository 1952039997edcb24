"""Plans: operands read in place, fused operations, and the first steps of functions."""

import pytest
from backends.llvm.running import FORMS as FORMS_OF_CODE
from backends.llvm.running import RMS_ERROR, filled_cells, learned, shape_of
from programs import program

from azc.backends.llvm import CLEAR, FORMS, PUT_FEATURES, plan
from azc.backends.llvm.code.forms import pair_table, variant_table
from azc.ir import BY_NAME, INTERFACES, OPS

MULTICLASS = INTERFACES["MULTICLASS_ACCURACY"]


def shown(steps) -> list[str]:
    """Steps as text: `scale x1` reads its second operand in place, `scale+add` is a fused pair."""
    words = {PUT_FEATURES: "put", CLEAR: "clear"}
    return [
        words.get(step.number)
        or "+".join(op.meaning for op in FORMS[step.number].ops)
        + "".join(f" x{index}" for index in FORMS[step.number].features)
        for step in steps
    ]


@pytest.mark.parametrize("function", ["predict", "learn"])
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("v2 = v0 + v1", ["add x0"]),
        ("v2 = v1 - v0", ["subtract x1"]),
        ("v2 = v0 * v0", ["multiply x0 x1"]),
        ("v0 = v0 + v1; v2 = abs(v0)", ["add x0", "absolute"]),
        ("v0 = abs(v1); v2 = v0 - v1", ["absolute", "subtract"]),
        ("v2 = abs(v0); v0[0] = 1", ["put", "absolute", "constant"]),
        ("v1[0] = 1; v2 = abs(v0)", ["constant", "absolute x0"]),
        ("NoOp(); v2 = abs(v1)", ["absolute"]),
        ("m0 = outer(v1, v0); m1 = m1 + m0", ["outer+add x1"]),
        ("v2 = s3 * v1; v1 = v2 + v0", ["scale+add x2"]),
        ("v2 = s3 * v1; v1 = v0 + v2", ["scale+add x2"]),
        ("v2 = s3 * v0; v0 = v2 + v0; v3 = abs(v0)", ["scale+add x1 x2", "absolute"]),
        ("v0 = s3 * v0; v0 = v0 + v1; v3 = abs(v0)", ["scale+add x1", "absolute"]),
    ],
)
def test_features_are_read_in_place_until_they_are_written(function, lines, expected):
    """Features are read in place up to the first write; setting an element needs them all in memory."""
    meanings = [word.replace("constant", "element") for word in expected]
    assert shown(plan(program(**{function: lines}), RMS_ERROR)[function.capitalize()]) == meanings


def test_setup_reads_memory():
    """Setup reads v0 from memory, as there are no features yet."""
    assert shown(plan(program(setup="v2 = abs(v0)"), RMS_ERROR)["Setup"]) == ["absolute"]


def test_exposed_memory_holds_features_and_label():
    """With exposed memory, Predict first copies the features and clears the label; Learn copies them."""
    steps = plan(program(predict="v2 = abs(v0)"), RMS_ERROR, exposed=True)
    assert shown(steps["Predict"]) == ["put", "clear", "absolute"]
    assert shown(steps["Learn"]) == ["put"]


@pytest.mark.parametrize(
    ("interface", "line", "clears"),
    [
        (RMS_ERROR, "s2 = s0 + s3", True),
        (RMS_ERROR, "s0 = s2 + s3", False),
        (RMS_ERROR, "v2 = abs(v1)", False),
        (MULTICLASS, "v2 = abs(v1)", True),
        (MULTICLASS, "v1[0] = 1", True),
        (MULTICLASS, "s2 = s0 + s3", False),
    ],
)
def test_label_is_cleared_if_predict_reads_it(interface, line, clears):
    """Predict begins by clearing the label only if it reads it or sets an element of it."""
    assert ("clear" in shown(plan(program(predict=line), interface)["Predict"])) == clears


@pytest.mark.parametrize(
    ("lines", "other", "fused"),
    [
        ("s3 = s4 - s5; s6 = s3 * s2", "", True),
        ("s3 = s4 - s5; s6 = s2 * s3", "", True),
        ("s3 = s4 - s5; s6 = s3 * s3", "", False),  # both operands
        ("s3 = s4 - s5; s6 = s3 * s2; s7 = abs(s3)", "", False),  # read again
        ("s3 = s4 - s5; s6 = s3 * s2", "s7 = abs(s3)", False),  # read in another function
        ("s3 = s4 - s5; s3 = s3 * s2; s7 = abs(s3)", "s7 = abs(s3)", True),  # overwritten at once
        ("s1 = s4 - s5; s6 = s1 * s2", "", False),  # the prediction
        ("s0 = s4 - s5; s6 = s0 * s2", "", False),  # the label
        ("s3 = s4 - s5; NoOp(); s6 = s3 * s2", "", True),
        ("s3 = s4 - s5; s7 = abs(s4); s6 = s3 * s2", "", False),  # no neighbours
    ],
)
def test_neighbours_are_fused_if_nothing_else_reads_between(lines, other, fused):
    """Neighbours are fused if only the second reads the first's result, or if it overwrites it."""
    words = shown(plan(program(learn=lines, predict=other), RMS_ERROR)["Learn"])
    assert ("subtract+multiply" in words) == fused


def test_exposed_memory_holds_intermediate_results():
    """With exposed memory, a pair is fused only if the second overwrites the first's result."""
    apart, same = (program(learn=f"s3 = s4 - s5; {out} = s3 * s2") for out in ("s6", "s3"))
    assert shown(plan(apart, RMS_ERROR, exposed=True)["Learn"]) == ["put", "subtract", "multiply"]
    assert shown(plan(same, RMS_ERROR, exposed=True)["Learn"]) == ["put", "subtract+multiply"]


PAIRS = [form for form in FORMS if form is not None and form.second is not None and not form.features]


def pair_lines(form) -> list[str]:
    """Lines that make a pair, with its result at a new address or over one of the operands."""
    first, second = form.ops
    read = [f"{kind}{10 + n}" for n, kind in enumerate(first.operands)]
    third = f"{second.operands[1 - form.taken]}15"
    outs = [f"{second.result}20", *(name for name in [*read, third] if name[0] == second.result)]
    words = {"subtract": "{} - {}", "multiply": "{} * {}", "scale": "{} * {}", "add": "{} + {}"}
    words |= {"outer": "outer({}, {})", "step_above_zero": "heaviside({})"}
    found = []
    for out in outs:
        between = f"{first.result}30"
        operands = [between, third] if form.taken == 0 else [third, between]
        found.append(f"{between} = {words[first.meaning].format(*read)}; ")
        found[-1] += f"{out} = {words[second.meaning].format(*operands)}"
    return found


@pytest.mark.parametrize("form", FORMS_OF_CODE)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "+".join(op.name for op in pair.ops))
@pytest.mark.parametrize(
    ("features", "lanes", "precision"), [(1, 1, "float64"), (4, 3, "float32"), (33, 4, "float64")]
)
def test_a_fused_pair_computes_what_both_compute(pair, form, features, lanes, precision):
    """A fused pair gives the same bits as its two operations in turn, for all operands and results."""
    shape = shape_of(features, lanes, precision)
    for lines in pair_lines(pair):
        fused = program(learn=lines)
        between = fused["Learn"][0].out
        seen = program(learn=lines, predict=f"{between.kind}31 = abs({between})")
        assert len(plan(fused, RMS_ERROR)["Learn"]) == 1
        assert len(plan(seen, RMS_ERROR)["Learn"]) == 2
        cells = filled_cells(fused, shape, 3)
        out = fused["Learn"][1].out
        expected = learned(seen, shape, form, cells, [1] * lanes)
        found = learned(fused, shape, form, cells, [1] * lanes, exposed=False)
        assert found[out].tobytes() == expected[out].tobytes(), lines


def test_tables_contain_every_form():
    """The tables of variants and pairs together contain every kernel form."""
    numbers = {*variant_table().ravel().tolist(), *pair_table().ravel().tolist()} - {-1}
    assert numbers == {number for number, form in enumerate(FORMS) if form is not None}
    assert variant_table()[:, 0].tolist() == [op.code for op in OPS]
    codes = BY_NAME["SCALAR_DIFF"].code, BY_NAME["SCALAR_PRODUCT"].code
    assert pair_table()[codes][0].tolist() == pair_table()[codes][1].tolist()
