"""Lazy names of a package: loaded on first use, so that importing the package is light."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a package whose names are imported on first use.

    `homes` maps each name to its module, relative to the package:

        __getattr__, __dir__ = lazy(__name__, {"Evolution": "evolution"})

    The first use stores a name in the package, so later ones cost nothing. Any other name is an
    AttributeError, as in every module. `dir` and completion show all names of `homes`.
    """

    def attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return attribute, names
