"""Values as TOML, as people write it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from azc.errors import AzcError


def toml_text(value: Any) -> str:
    """A value of TOML in one line: text, a number, a truth value, a list or a table of these."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{toml_key(name)} = {toml_text(one)}' for name, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return repr(value)


def toml_key(name: str) -> str:
    """A key, in quotes only where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def toml_lines(name: str, value: Any, width: int) -> Iterator[str]:
    """Lines that set a key: one, or more where it would be too wide.

    A list then has its items on lines of their own, a table its keys, as `name.key = value`.
    """
    line = f"{toml_key(name)} = {toml_text(value)}"
    if len(line) <= width or not isinstance(value, list | tuple | Mapping):
        yield line
    elif isinstance(value, Mapping):
        yield from (f"{toml_key(name)}.{toml_key(key)} = {toml_text(one)}" for key, one in value.items())
    else:
        yield from (f"{toml_key(name)} = [", *(f"  {toml_text(item)}," for item in value), "]")


def _quoted(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise AzcError(f"{text!r} is not valid Unicode, so TOML cannot hold it; rename it") from None
    # JSON's strings are TOML's, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
