"""Names of a package that are loaded when first used, so that importing the package is light."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package whose names load the modules that define them.

    `homes` has the module of each name, relative to the package:

        __getattr__, __dir__ = lazy(__name__, {"Evolution": "advancing"})

    The first use puts a name into the package, so that later ones cost nothing. Any other name
    is an AttributeError, as of every module. `dir` and completion show the names of `homes` before they are
    loaded.
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
