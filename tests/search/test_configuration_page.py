"""docs/configuration.md has every key of a configuration, with default, bounds and meaning, as declared."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from azc.evaluators import EVALUATOR
from azc.search import ISLANDS, PROGRAM, SEARCH
from azc.search.checks import OWN_OF_ISLANDS
from azc.search.commented import default_text, default_value
from azc.settings import Setting
from azc.settings import settings as declared
from azc.tasks import ALIASES, MAKERS

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
HEAD = """\
# The configuration

A configuration is a TOML file; `azc evolve search.toml` reads it, `--set table.key=value` changes a key.
`azc config -o search.toml` writes one to begin with, every key below its explanation. These are all its
tables and keys. [search.md](search.md) says what a search does with them,
[data.md](data.md) what tasks are, [runs.md](runs.md) what islands do. Whatever is wrong in a file is told at
once, in its order, each with its key.

- `[search]` and `[program]` may be left out, and so may every key with a default.
- `[tasks.search]` says what programs are scored on. `[tasks.select]` and `[tasks.final]` without a kind of
  their own are `[tasks.search]` with what they change, but for `seed` and `set`. Final tasks that the search
  sees are an error.
- Without `[tasks.search]` an evaluator of your own scores programs: `[evaluator]` says which, and
  `[signature]` what functions programs have ([evaluators.md](evaluators.md)).
- `[[islands]]`, any number of them, change keys of `[search]` for some islands.
- Paths start at the file's folder. Bounds are included.
"""


def rows(keys: Mapping[str, Setting]) -> Iterator[str]:
    """A table of keys."""
    yield from ("| key | default | must be | what it says |", "|---|---|---|---|")
    for name, key in keys.items():
        detail = f": {key.check.detail}" if key.check.detail else ""
        yield f"| `{name}` | {default_text(key)} | {key.check.expected}{detail} | {key.help} |"
    yield ""


def page() -> str:
    """The page, from the declarations."""
    lines = [HEAD, "## `[search]`", "", *rows(SEARCH)]
    for name, key in SEARCH.items():
        if key.check.keys:
            lines += [f"`{name}` is a table of", "", *rows(key.check.keys)]
    lines += ["## `[program]`", "", *rows(PROGRAM)]
    shared = ", ".join(f"`{name}`" for name in ISLANDS if name not in OWN_OF_ISLANDS)
    lines += ["## `[[islands]]`", "", *rows(OWN_OF_ISLANDS), f"And these keys of `[search]`: {shared}.", ""]
    lines += ["## `[evaluator]`", "", *rows(EVALUATOR)]
    lines += [
        "With it `race`, `hurdle`, `functional_cache` and `train_budget` have no meaning. By default no",
        "fitness is a target, and a round has four batches. [signatures.md](signatures.md) describes",
        "`[signature]`; keys of `[program]` then go by its functions.",
        "",
    ]
    lines += ["## `[tasks.search]`, `[tasks.select]`, `[tasks.final]`", ""]
    aliases = ", ".join(f"`{alias}` ({kind})" for alias, kind in ALIASES.items())
    lines += [
        "`kind` says what makes the tasks; a table with `dataset` and no `kind` is `projected`.",
        f"The names of the original engine are {aliases}.",
        "Where `seed` is not given, each set has one of its own, derived from `search.seed`; `division` is",
        "then `search.seed`, and `set` the table's own name (of `arrays` see [data.md](data.md)).",
        "",
    ]
    for kind, maker in MAKERS.items():
        doc = " ".join((maker.__doc__ or "").partition("\n\n")[0].split())
        lines += [f'### `kind = "{kind}"`', "", doc, "", *rows(declared(maker))]
    return "\n".join(lines)


def test_the_page_matches_the_declarations() -> None:
    """docs/configuration.md matches the declarations; AZC_WRITE_DOCS=1 writes it."""
    if os.environ.get("AZC_WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("[search]", SEARCH),
        ("[program]", PROGRAM),
        ("[[islands]]", OWN_OF_ISLANDS),
        ("[evaluator]", EVALUATOR),
        *((f'kind = "{kind}"', declared(maker)) for kind, maker in MAKERS.items()),
    ],
)
def test_no_key_is_missing(table: str, keys: Mapping[str, Setting]) -> None:
    """Every key has a row in its table's section, with its default and bounds."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"`{table}`\n")[2].partition("\n#")[0]
    for name, key in keys.items():
        (row,) = [
            line for line in section.partition("\n`")[0].splitlines() if line.startswith(f"| `{name}` |")
        ]
        assert default_text(key) in row
        assert key.check.expected in row


@pytest.mark.parametrize("keys", [SEARCH, PROGRAM, ISLANDS, EVALUATOR, *map(declared, MAKERS.values())])
def test_every_default_is_a_valid_value(keys: Mapping[str, Setting]) -> None:
    """Every default is a valid value of its key, and means the same when given."""
    for name, key in keys.items():
        if not key.required and key.default is not None and key.default != ():
            taken = key.check(default_value(key))
            assert taken == key.default or attrs.has(type(taken)), name
