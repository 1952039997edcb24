"""Signatures as text: a TOML file, or the table in the comments at the top of a program.

# [signature]
# name = "optimizer"
# [signature.functions.Setup]
# [signature.functions.Update]
# inputs = {weights = "v0", gradient = "v1"}
# outputs = {change = "v2"}
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Final

from azc.arguments import a_path, takes
from azc.errors import AzcError
from azc.ir import Signature
from azc.problems import SettingProblem, SettingsError
from azc.reading import read_up_to
from azc.toml import toml_key, toml_text

MAX_BYTES: Final = 2**20
"""Maximum length of a signature's file."""
TABLE: Final = "signature"
_HEAD: Final = re.compile(rf"#\s*\[\s*{TABLE}\s*\]")
_OTHER_TABLE: Final = re.compile(rf"#\s*\[(?!\s*{TABLE}\s*[.\]])")


@takes(path=a_path)
def load_signature(path: str | PathLike[str]) -> Signature:
    """Read the table `[signature]` of a TOML file, a signature's own or a configuration, or of a program's
    comments.

    AzcError if it cannot be read or is neither; SettingsError lists all that is wrong with the table.
    """
    text, read = "", dict[str, Any]()
    try:
        text = read_up_to(path, MAX_BYTES).decode("utf-8-sig")
        read = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        if (found := signature_in(text.splitlines(), str(path))) is not None:
            return found
        raise AzcError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if TABLE not in read:
        raise AzcError(
            f"{path}: there is no table [{TABLE}]; it says the functions, their inputs and outputs"
        )
    return signature_from_table(read[TABLE], str(path))


def signature_from_table(table: Any, source: str) -> Signature:
    """The signature of a table, which `source` has; SettingsError lists all that is wrong, with keys."""
    if not isinstance(table, Mapping):
        raise AzcError(f"{source}: {TABLE}: expected a table with name and functions")
    try:
        return Signature.from_table(table)
    except SettingsError as error:
        found = [SettingProblem(f"{TABLE}.{one.where}", one.what) for one in error.problems]
        raise SettingsError(found, source) from None


def signature_in(texts: Iterable[str], source: str) -> Signature | None:
    """The signature in the comments before the first function of a program, given its lines; None if there
    is none."""
    lines = _comments(texts)
    if not any(map(_HEAD.fullmatch, lines)):
        return None
    block = [f"[{TABLE}]"]
    for line in lines:
        if _OTHER_TABLE.match(line):
            break
        block.append(line.lstrip("#"))
    try:
        table = tomllib.loads("\n".join(block))[TABLE]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AzcError(f"{source}: the comments from # [{TABLE}] on are no TOML: {error}") from None
    return signature_from_table(table, source)


def _comments(texts: Iterable[str]) -> Iterator[str]:
    """The comments at the top, without blanks around."""
    for line in texts:
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            return
        yield stripped


def signature_lines(signature: Signature) -> Iterator[str]:
    """The table as lines of TOML."""
    table = signature.table()
    yield f"[{TABLE}]"
    yield f"name = {toml_text(table['name'])}"
    if "follows" in table:
        yield f"follows = {toml_text(table['follows'])}"
    for name, declared in table["functions"].items():
        yield f"[{TABLE}.functions.{toml_key(name)}]"
        yield from (f"{key} = {toml_text(value)}" for key, value in declared.items())
