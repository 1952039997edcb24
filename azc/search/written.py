"""Tables of a configuration as they are written: TOML or a dict, overrides, problems in their order."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from azc.errors import AzcError
from azc.problems import Problems, SettingProblem, is_inside, nearest, shown
from azc.reading import read_whole
from azc.search.params import KEYS
from azc.tasks import SETS

TABLES: Final = ("search", "program", "tasks", "islands", "signature", "evaluator", "versions")


def read_toml(path: Path, data: str | bytes | None) -> tuple[dict[str, Any], str]:
    """Tables of a TOML file, or of `data` if that was read already; and their text."""
    try:
        found = read_whole(path) if data is None else data
        text = found if isinstance(found, str) else found.decode("utf-8-sig")
        return tomllib.loads(text), text
    except OSError as error:
        raise AzcError(f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        # tomllib says line and column.
        raise AzcError(f"is not valid TOML: {error}") from None


def plain_tables(given: Mapping[str, Any], problems: Problems) -> tuple[dict[str, Any], str]:
    """Tables as a TOML file would give them, and an empty text; keys that are no text add problems.

    Paths become text, tuples and arrays lists, and numbers of NumPy those of Python.
    """
    try:
        return _plain(given, "", problems), ""
    except RecursionError:
        raise AzcError("they are nested too deeply; expected tables of values, as in TOML") from None


def _plain(value: Any, where: str, problems: Problems) -> Any:
    if isinstance(value, Mapping):
        found = {}
        for key, one in value.items():
            if isinstance(key, str):
                found[key] = _plain(one, f"{where}.{key}" if where else key, problems)
            else:
                problems.add(where, f"a key is {shown(key)}, expected text")
        return found
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one, where, problems) for one in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def put_all(overrides: Sequence[str], tables: dict[str, Any], problems: Problems) -> None:
    """Set the values of all overrides; wrong overrides add problems."""
    for override in overrides:
        with problems.at(""):
            put_override(tables, override)


def put_override(tables: dict[str, Any], override: str) -> None:
    """Set the value of one override, as in `--set search.seed=3`."""
    name, equals, text = override.partition("=")
    keys = [key.strip() for key in name.split(".")]
    if not equals or len(keys) < 2 or not all(keys):
        raise AzcError(f"{override!r}: expected table.key=value, like search.max_seconds=20")
    for key in keys[:-1]:
        tables = tables.setdefault(key, {})
        if not isinstance(tables, dict):
            raise AzcError(f"{override!r}: {key} is not a table, so it has no key {keys[-1]!r}")
    tables[keys[-1]] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def known_tables(tables: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Known tables of the right form; empty ones in place of all others, which add problems."""
    found: dict[str, Any] = {"search": {}, "program": {}, "tasks": {}, "islands": [], "signature": None}
    for name, values in tables.items():
        if name not in TABLES:
            home = next((f"it is a key of [{table}]" for table in KEYS if name in KEYS[table]), None)
            what = f"there is no table [{name}]; {home or nearest(name, TABLES)}"
            problems.found.append(SettingProblem("", what, name))
        elif name == "islands" and not isinstance(values, list):
            problems.add(name, f"expected tables [[islands]], but it is {shown(values)}")
        elif name != "islands" and not isinstance(values, Mapping):
            problems.add(name, f"expected a table, but it is {shown(values)}")
        else:
            found[name] = values
    for name, values in found["tasks"].items():
        if name not in SETS:
            problems.add(f"tasks.{name}", f"there is no such set of tasks; {nearest(name, SETS)}")
        elif not isinstance(values, Mapping):
            problems.add(f"tasks.{name}", f"expected a table, but it is {shown(values)}")
    return found


def in_order(
    problems: Sequence[SettingProblem], tables: Mapping[str, Any], text: str
) -> list[SettingProblem]:
    """Problems in the order of a file: by table, then by key; those outside of tables go first."""
    headers = [match[1] for match in re.finditer(r"^[ \t]*\[\[?[ \t]*([\w.]+)", text, re.MULTILINE)]
    key_paths = list(_key_paths(tables, ""))

    def rank(problem: SettingProblem) -> tuple[int, int]:
        where = problem.where or problem.key
        found = re.match(r"(tasks\.)?\w*", where)
        table = found[0] if found else ""
        header = next((i for i, name in enumerate(headers) if is_inside(name, table)), len(headers))
        inside = [i for i, key_path in enumerate(key_paths) if is_inside(where, key_path)]
        return (header if table else -1), max(inside, default=-1)

    return sorted(problems, key=rank)


def _key_paths(value: Any, where: str) -> Iterator[str]:
    """Paths of all keys in a table, in its order: `search`, `search.seed`, `islands[0].count`."""
    inner: Iterator[tuple[str, Any]] = iter(())
    if isinstance(value, Mapping):
        inner = ((f"{where}.{key}" if where else key, one) for key, one in value.items())
    elif isinstance(value, list) and where == "islands":
        inner = ((f"{where}[{index}]", one) for index, one in enumerate(value))
    for name, one in inner:
        yield name
        yield from _key_paths(one, name)
