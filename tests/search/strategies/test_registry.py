"""Strategies by name: azc's own, registered ones, and those of installed packages."""

import re
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import attrs
import pytest
from search.making import params, small

from azc.errors import AzcError
from azc.search import SEARCH, STRATEGIES, Strategy, register
from azc.search.strategies import registry
from azc.search.strategies.registry import strategy_class
from azc.settings import setting, whole


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, type[Strategy]]:
    """Registered strategies, none at first."""
    found: dict[str, type[Strategy]] = {}
    monkeypatch.setattr(registry, "_registered", found)
    return found


def made(name: str = "own", **fields: Any) -> Any:
    """A strategy with a name and settings."""
    body = {
        "name": name,
        "select": lambda *_: None,
        "__annotations__": {"name": ClassVar, **dict.fromkeys(fields, int)},
    }
    return attrs.frozen(kw_only=True)(type("Own", (Strategy,), body | fields))


def test_parameters_of_a_registered_strategy_are_keys_of_search() -> None:
    """The parameters of a registered strategy are checked like all keys, and have its defaults."""
    own = register(made(depth=setting("depth", whole(1, 9), 4)))
    assert small(1, {"strategy": "own"}).island.strategy == own(population_size=20, tournament_size=4)
    assert small(1, {"strategy": "own", "depth": 7}).island.strategy.depth == 7
    with pytest.raises(AzcError, match=r"^search\.depth: expected a whole number from 1 to 9, but it is 10$"):
        small(1, {"strategy": "own", "depth": 10})
    with pytest.raises(AzcError, match=r"^search\.depth: there is no such key"):
        small(1, {"depth": 7})
    with pytest.raises(AzcError, match=r"^search\.dept: there is no such key; the nearest is 'depth'$"):
        small(1, {"strategy": "own", "dept": 7})


def test_an_unknown_strategy_is_an_error_with_the_nearest_name() -> None:
    """A name that nobody registered is an error that says what to do."""
    register(made("tabu"))
    for word, nearest in (("size_bin", "size_bins"), ("tabou", "tabu")):
        with pytest.raises(
            AzcError, match=f"there is no strategy '{word}'; the nearest is '{nearest}'; one of"
        ):
            small(1, {"strategy": word})
    with pytest.raises(AzcError, match=r"^search\.strategy: expected a word, but it is 3"):
        small(1, {"strategy": 3})


@pytest.mark.parametrize(
    ("strategy", "fault"),
    [
        (object, "is no subclass of azc.search.Strategy"),
        (3, "is no subclass of azc.search.Strategy"),
        (made("Own"), "its name is 'Own', expected small letters, digits and underscores"),
        (made(""), "its name is '', expected small letters, digits and underscores"),
        (made("size_bins"), "azc has a strategy 'size_bins'; expected another name"),
        (type("Own", (Strategy,), {"name": "own"}), "expected the decorator @attrs.frozen(kw_only=True)"),
        (attrs.frozen(type("Own", (Strategy,), {"name": "own"})), "expected a method select"),
        (made(depth=attrs.field(default=3)), "its field depth is no setting with a default"),
        (made(depth=setting("depth", whole(0))), "its field depth is no setting with a default"),
        (made(depth=setting("depth", whole(0), [])), "its parameters cannot be hashed: TypeError"),
    ],
)
def test_register_says_what_a_strategy_lacks(strategy: Any, fault: str) -> None:
    """A class that cannot be a strategy is an error that says why."""
    with pytest.raises(AzcError, match=re.escape(fault)):
        register(strategy)


def test_two_strategies_have_two_names() -> None:
    """Another class of the same name is an error; the same class defined again, as in a notebook, is not."""
    register(made())
    again = register(made())
    assert strategy_class("own") is again
    other = made()
    other.__qualname__ = "Other"
    with pytest.raises(AzcError, match=r"test_registry\.Own has the name 'own' already"):
        register(other)


def test_parameters_do_not_hide_keys_of_search() -> None:
    """A parameter with the name of another key of [search] is an error."""
    register(made(seed=setting("seed", whole(0), 1)))
    with pytest.raises(AzcError, match=r"search\.strategy: its parameters seed are keys of \[search\]"):
        small(1, {"strategy": "own"})


def installed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Let a package name the strategy `tabu`."""
    entry = EntryPoint("tabu", value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == registry.GROUP else [])


class Here:
    """What entry points of the tests name."""

    tabu = made("tabu")
    other = made("other")


def test_packages_name_strategies_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategy that an installed package names is loaded when it is first used."""
    installed(monkeypatch, f"{__name__}:Here.tabu")
    assert isinstance(small(1, {"strategy": "tabu"}).island.strategy, Here.tabu)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("no_such_module:Own", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        (f"{__name__}:Here.missing", "cannot be loaded: AttributeError"),
        (f"{__name__}:Here", "is no subclass of azc.search.Strategy"),
        (f"{__name__}:Here.other", "its name is 'other', expected that of its entry point"),
    ],
)
def test_a_broken_entry_point_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str, fault: str) -> None:
    """A package whose strategy cannot be loaded is named, with the reason."""
    installed(monkeypatch, value)
    with pytest.raises(AzcError, match=re.escape(fault)):
        small(1, {"strategy": "tabu"})


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_own_strategies_declare_their_parameters(strategy: type[Strategy]) -> None:
    """The parameters of azc's strategies are keys of [search] with the same declaration."""
    assert strategy.__doc__
    assert {name: SEARCH[name] for name in strategy.declared()} == strategy.declared()
    assert strategy_class(strategy.name) is strategy


def test_parameters_of_other_strategies_have_no_meaning() -> None:
    """Keys of azc's other strategies may stay when the word `strategy` changes."""
    more = {"bin_size": 7, "tournament_size": 3}
    ring, bins = (
        params(search={"strategy": name, **more}).island for name in ("live_evolution", "size_bins")
    )
    assert (ring.strategy.tournament_size, bins.strategy.bin_size) == (3, 7)
    assert not hasattr(ring.strategy, "bin_size")
