"""Strategies by name: azc's own, those registered in Python, those of installed packages."""

import re
from importlib.metadata import entry_points
from typing import Any, Final, TypeVar

import attrs

from azc.errors import AzcError
from azc.problems import CheckError, nearest, shown
from azc.search.strategies.base import Strategy
from azc.search.strategies.live_evolution import LiveEvolution
from azc.search.strategies.random_search import RandomSearch
from azc.search.strategies.regularized_evolution import RegularizedEvolution
from azc.search.strategies.size_bins import SizeBins
from azc.settings import settings

Registered = TypeVar("Registered", bound=type[Strategy])
STRATEGIES: Final[dict[str, type[Strategy]]] = {
    cls.name: cls for cls in (RegularizedEvolution, LiveEvolution, RandomSearch, SizeBins)
}
"""azc's own strategies by their names in configurations."""
GROUP: Final = "azc.strategies"
"""Group of the entry points by which packages name their strategies."""
_registered: Final[dict[str, type[Strategy]]] = {}


def register(strategy: Registered) -> Registered:
    """Make a strategy known by its `name`; a decorator of a subclass of `Strategy`.

    AzcError if it lacks what a strategy must have, or if another one has its name. A class that is defined
    again, as in a notebook, replaces its former self.
    """
    if faults := _faults(strategy):
        what = strategy.__qualname__ if isinstance(strategy, type) else shown(strategy)
        raise AzcError(f"strategy {what}: {'; '.join(faults)}")
    known = _registered.get(strategy.name)
    if known is not None and _origin(known) != _origin(strategy):
        raise AzcError(
            f"strategy {strategy.__qualname__}: {'.'.join(_origin(known))} has the name {strategy.name!r} "
            "already; expected another name"
        )
    _registered[strategy.name] = strategy
    return strategy


def strategy_class(name: str) -> type[Strategy]:
    """The strategy with a name; CheckError, with the nearest name, if there is none."""
    found = STRATEGIES.get(name) or _registered.get(name)
    if found is not None:
        return found
    installed = {one.name: one for one in entry_points(group=GROUP)}
    if name not in installed:
        hint = nearest(name, [*STRATEGIES, *_registered, *installed])
        raise CheckError(f"there is no strategy {name!r}; {hint}; one of your own must be imported first")
    where = f"the strategy {name!r} of the entry point {installed[name].value}"
    try:
        made = installed[name].load()
    except Exception as error:  # whatever a package raises when it is imported
        raise CheckError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from None
    faults = _faults(made)
    if not faults and made.name != name:
        faults = [f"its name is {made.name!r}, expected that of its entry point"]
    if faults:
        raise CheckError(f"{where}: {'; '.join(faults)}")
    _registered[name] = made
    return _registered[name]


def _origin(strategy: type[Strategy]) -> tuple[str, str]:
    return strategy.__module__, strategy.__qualname__


def _faults(strategy: Any) -> list[str]:
    """What a class lacks to be a strategy, a sentence each."""
    if not isinstance(strategy, type) or not issubclass(strategy, Strategy):
        return ["is no subclass of azc.search.Strategy"]
    if not isinstance(strategy.name, str) or not re.fullmatch("[a-z][a-z0-9_]*", strategy.name):
        return [f"its name is {strategy.name!r}, expected small letters, digits and underscores"]
    if strategy.name in STRATEGIES:
        return [f"azc has a strategy {strategy.name!r}; expected another name"]
    if "__attrs_attrs__" not in vars(strategy):
        return ["expected the decorator @attrs.frozen(kw_only=True) on its class"]
    faults = []
    if strategy.select is Strategy.select:
        faults.append("expected a method select")
    keys = settings(strategy)
    for field in attrs.fields(strategy):
        if field.name not in keys or keys[field.name].required:
            faults.append(
                f"its field {field.name} is no setting with a default; azc.settings.setting makes one"
            )
    if not faults:
        try:
            hash(strategy())
        except Exception as error:  # whatever its own methods raise
            faults.append(f"its parameters cannot be hashed: {type(error).__name__}: {error}")
    return faults
