"""Checksums of azc's own source files, to tell whether compiled code is still valid."""

import re
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

# Unanchored for speed; matches in prose do no harm.
_FROM: Final = re.compile(rb"from (azc[\w.]*) import (\([^)]*\)|.*)")
_PLAIN: Final = re.compile(rb"import (azc.*)")
_ROOT: Final = files("azc")


@cache
def checksum(package: str) -> str:
    """Checksum of a package's modules and all azc modules that they import, directly or not."""
    digest = blake2b(digest_size=32)
    for name, text in sorted(modules(package).items()):
        digest.update(f"{name} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()


def modules(package: str) -> dict[str, bytes]:
    """Sources of a package's modules and all azc modules that they import, directly or not, by name.

    Imports are found in the sources, so there is no list to be out of date. Packages around an imported
    module run as well, but contribute nothing.
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
    """Names of modules that a module may import; an imported name may be a module itself."""
    imports = set(re.findall(r"azc[\w.]*", b" ".join(_PLAIN.findall(text)).decode()))
    for module, asked in _FROM.findall(text):
        imports.add(name := module.decode())
        if _is_package(name):
            imports |= {f"{name}.{part}" for part in re.findall(r"\w+", asked.decode())}
    return imports


@cache
def _text(name: str) -> bytes | None:
    """Source of a module; None if there is none."""
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
    """Names in the folder of a package; cached, as that is quicker than testing each file."""
    return frozenset(file.name for file in _below(package).iterdir())


def _below(package: str) -> Traversable:
    return _ROOT.joinpath(*package.split(".")[1:])
