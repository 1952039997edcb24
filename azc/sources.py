"""Checksums of azc's own source files: whether something that was compiled of them is still right."""

import re
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

# Unanchored, so that they are quick; what they find in prose as well does no harm.
_FROM: Final = re.compile(rb"from (azc[\w.]*) import (\([^)]*\)|.*)")
_PLAIN: Final = re.compile(rb"import (azc.*)")
_ROOT: Final = files("azc")


@cache
def checksum(package: str) -> str:
    """A checksum of a package's modules and of all modules of azc that they import, and what those import."""
    digest = blake2b(digest_size=32)
    for name, text in sorted(modules(package).items()):
        digest.update(f"{name} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()


def modules(package: str) -> dict[str, bytes]:
    """The modules of a package and all modules of azc that they import, and so on: their texts by name.

    Imports are read from the texts, so that there is no list of them that could be out of date. An import
    runs the packages around a module as well, but nothing of theirs comes with it.
    """
    wanted = [f"{package}.{name.removesuffix('.py')}" for name in _names(package) if name.endswith(".py")]
    found: dict[str, bytes] = {}
    while wanted:
        name = wanted.pop().removesuffix(".__init__")
        if name not in found and (text := _text(name)) is not None:
            found[name] = text
            wanted += _imports(text)
    return found


@cache
def _imports(text: bytes) -> set[str]:
    """The names of modules that a module may import; what a module is asked for may be a module as well."""
    imports = set(re.findall(r"azc[\w.]*", b" ".join(_PLAIN.findall(text)).decode()))
    for module, asked in _FROM.findall(text):
        imports.add(name := module.decode())
        if _is_package(name):
            imports |= {f"{name}.{part}" for part in re.findall(r"\w+", asked.decode())}
    return imports


@cache
def _text(name: str) -> bytes | None:
    """The text of a module; None if there is none of this name."""
    if _is_package(name):
        return _below(name).joinpath("__init__.py").read_bytes()
    package, _, module = name.rpartition(".")
    return (
        _below(package).joinpath(f"{module}.py").read_bytes() if f"{module}.py" in _names(package) else None
    )


def _is_package(name: str) -> bool:
    package, _, module = name.rpartition(".")
    return not package or (module in _names(package) and "__init__.py" in _names(name))


@cache
def _names(package: str) -> frozenset[str]:
    """What is in the folder of a package; asked once, since that is quicker than to ask for each file."""
    return frozenset(file.name for file in _below(package).iterdir())


def _below(package: str) -> Traversable:
    return _ROOT.joinpath(*package.split(".")[1:])
