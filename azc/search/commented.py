"""Text of a complete configuration: TOML with every key, below a comment on its meaning and bounds."""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from azc.evaluators import EVALUATOR
from azc.ir import Signature
from azc.language import signature_lines
from azc.search.checks import (
    INITIAL,
    ISLANDS,
    OWN_OF_ISLANDS,
    PROGRAM,
    STRATEGY,
    STRATEGY_KEYS,
    IslandSettings,
    RunLimits,
    RunSettings,
    program_keys,
)
from azc.search.configuration import ConfigTables
from azc.search.sets import is_apart
from azc.search.strategies import strategy_class
from azc.settings import Setting, settings
from azc.tasks import ALIASES, MAKERS, SETS, set_defaults
from azc.toml import toml_lines, toml_text

WIDTH: Final = 108
UNKNOWN: Final = "…"
"""Mark in place of a value that must be filled in."""
_TOP: Final = """
A configuration with every key and its value. A line like #key = value is a key that is not set, with its
default, or … if it has none. Remove the # to set it.
"""
_PROGRAM: Final = "The form of programs, and the first programs of the search."
_ISLAND_TITLE: Final = "islands: a table [[islands]] may change these for some"
_GROUPS: Final = (
    ("the run: these are the same for all islands", RunSettings),
    ("the end: whichever comes first", RunLimits),
)
"""Further keys of `[search]`, with titles."""
_TASKS: Final = {
    "search": "The tasks that programs evolve on. `azc tasks` lists the kinds of tasks.",
    "select": "The tasks that choose the program to return.",
    "final": "The tasks that give its final fitness, not used before.",
}
_SIGNATURE: Final = (
    "The functions of programs, what is put into memory before each and what is read after it."
)
_EVALUATOR: Final = "Who scores programs, in place of tasks."
_INHERITS: Final = "As [tasks.search], except for the keys set here; the default seed is another one."
_ISLANDS: Final = "A table [[islands]] changes keys of [search] for some islands. It may have {}."
_DERIVED: Final = "by search.seed and the set of tasks"


def config_text(tables: ConfigTables) -> str:
    """Text of a configuration, complete, with the same meaning."""
    own = "evaluator" in tables.complete
    sections = [
        [*_comment(_TOP)],
        ["[search]", *_search(tables)],
        ["[program]", *_comment(_PROGRAM), "", *_program(tables)],
        *(_by_evaluator(tables) if own else _by_tasks(tables)),
        [*_comment(_ISLANDS.format(", ".join(ISLANDS))), *_islands(tables)],
    ]
    return "\n\n".join("\n".join(lines).strip() for lines in sections) + "\n"


def _by_tasks(tables: ConfigTables) -> Iterator[list[str]]:
    """Sections on the tasks that score programs."""
    yield from ([f"[tasks.{name}]", *_comment(_TASKS[name]), *_tasks(tables, name)] for name in SETS)


def _by_evaluator(tables: ConfigTables) -> Iterator[list[str]]:
    """Sections on an evaluator of one's own, and on the signature of programs if that is one's own too."""
    if "signature" in tables.complete:
        yield [*_comment(_SIGNATURE), *signature_lines(Signature.from_table(tables.complete["signature"]))]
    values = tables.complete["evaluator"]
    # The folder is that of the file, which another file would not have as its own.
    given = tables.given.get("evaluator", {}).keys() | (values.keys() & {"folder"})
    yield ["[evaluator]", *_comment(_EVALUATOR), "", *_table(EVALUATOR, values, dict.fromkeys(given))]


# --- a key ----------------------------------------------------------------------------------------------


def default_text(key: Setting) -> str:
    """Default of a key in words."""
    if key.required:
        return "must be given"
    if key.unset:
        return key.unset
    return "none" if key.default is None else f"`{toml_text(default_value(key))}`"


def default_value(key: Setting) -> Any:
    """Default of a key as a value of TOML."""
    if attrs.has(type(key.default)):
        return attrs.asdict(key.default)
    pairs = isinstance(key.default, tuple) and key.default and isinstance(key.default[0], tuple)
    return dict(key.default) if pairs else key.default


def _key(name: str, key: Setting, value: Any, *, is_set: bool) -> list[str]:
    """Lines of a key below its explanation; a comment if it is not set."""
    is_default = is_set and not key.required and toml_text(value) == toml_text(default_value(key))
    lines = _comment(_explained(key, with_default=not is_default))
    for inner, one in key.check.keys.items():
        lines += _comment(f"{inner}: {_explained(one)}", "#   ")
    return [*lines, *_assigned(name, value, is_set=is_set), ""]


def _explained(key: Setting, *, with_default: bool = True) -> str:
    """Explanation of a key: meaning, bounds and default."""
    detail = f": {key.check.detail}" if key.check.detail else ""
    default = default_text(key) if key.required else f"default {default_text(key)}"
    return f"{key.help} [{key.check.expected}{detail}{f'; {default}' * with_default}]"


def _assigned(name: str, value: Any, *, is_set: bool) -> list[str]:
    lines = [f"{name} = {UNKNOWN}"] if value is None else list(toml_lines(name, value, WIDTH))
    return lines if is_set else [f"#{line}" for line in lines]


def _comment(text: str, begin: str = "# ") -> list[str]:
    plain = " ".join(text.replace("`", "").split())
    return textwrap.wrap(
        plain,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=begin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _table(keys: Mapping[str, Setting], values: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """Lines of all keys of a table; keys with a default that depends on other keys are set only if given."""
    for name, key in keys.items():
        is_fixed = not (key.required or key.unset or key.default is None)
        yield from _key(name, key, values.get(name), is_set=name in given or is_fixed)


# --- the tables -----------------------------------------------------------------------------------------


def _search(tables: ConfigTables) -> Iterator[str]:
    values, given = tables.complete["search"], tables.given.get("search", {})
    own = strategy_class(values["strategy"]).declared()
    others = {name: key for name, key in STRATEGY_KEYS.items() if name not in own}
    yield f"# --- {_ISLAND_TITLE} ---"
    yield ""
    yield from _table({"strategy": STRATEGY} | own, values, given)
    for name, key in others.items():
        yield from _key(name, key, given.get(name, default_value(key)), is_set=name in given)
    yield from _table(settings(IslandSettings), values, given)
    for title, cls in _GROUPS:
        yield f"# --- {title} ---"
        yield ""
        yield from _table(settings(cls), values, given)


def _program(tables: ConfigTables) -> Iterator[str]:
    keys = PROGRAM
    if "signature" in tables.complete:
        keys = program_keys(Signature.from_table(tables.complete["signature"]))
    given, complete = dict(tables.given.get("program", {})), tables.complete["program"]
    if "initial" in given:
        given["initial"] = _whole_paths(given["initial"], tables.folder)
    # Lists of operations stay as given: the complete ones lack operations that the addresses exclude.
    defaults = {"ops": PROGRAM["ops"].default}
    resolved = {name: complete[name] for name in ("initial", "sizes", "size_limits", "addresses")}
    return _table(keys, defaults | resolved | given, given)


def _whole_paths(initial: Any, folder: Path) -> Any:
    """Programs by absolute paths; names of known programs stay."""
    if isinstance(initial, list):
        return [_whole_paths(one, folder) for one in initial]
    return initial if initial in INITIAL else str((folder / Path(initial).expanduser()).resolve())


def _tasks(tables: ConfigTables, name: str) -> Iterator[str]:
    search = tables.given["tasks"]["search"]
    own, complete = tables.given["tasks"].get(name, {}), tables.complete["tasks"].get(name, {})
    derived = set_defaults(name, tables.complete["search"]["seed"])
    inherits = name != "search" and not is_apart(own)
    kind = {**search, **own, **complete}["kind"]
    keys = {
        key: attrs.evolve(declared, unset=_DERIVED) if key in derived else declared
        for key, declared in settings(MAKERS[ALIASES.get(kind, kind)]).items()
    }
    defaults = {key: declared.default for key, declared in keys.items() if not declared.required}
    values = {**defaults, **derived, **(search if inherits else {}), **own, **complete}
    if inherits:
        yield from _comment(_INHERITS)
        for key in keys:
            yield from _assigned(key, values.get(key), is_set=key in own)
    else:
        yield from ("", *_assigned("kind", kind, is_set=True), "")
        yield from _table(keys, values, own)


def _islands(tables: ConfigTables) -> Iterator[str]:
    given = tables.given.get("islands", [])
    for name, key in OWN_OF_ISLANDS.items():
        yield from _comment(f"{name}: {_explained(key)}", "#   ")
    if not given:
        yield from ("#[[islands]]", *_assigned("count", OWN_OF_ISLANDS["count"].default, is_set=False))
    for own, complete in zip(given, tables.complete.get("islands", []), strict=True):
        yield "[[islands]]"
        for name, value in own.items():
            written = _tasks_of_islands(value, complete["tasks"]) if name == "tasks" else value
            yield from _assigned(name, written, is_set=True)
        yield ""


def _tasks_of_islands(own: Mapping[str, Any], complete: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of the islands' own tasks: the given ones, or all if they have a kind of their own."""
    derived = set_defaults("search", 0)
    names = complete if "kind" in own else own
    return {name: complete[name] for name in names if name in own or name not in derived}
