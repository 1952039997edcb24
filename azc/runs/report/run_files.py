"""Files of a run beside its history: configuration, result and hall of fame."""

import tomllib
from pathlib import Path
from typing import Any

import attrs

from azc.errors import AzcError
from azc.ir import INTERFACES, Interface, Program, Signature, SignatureLike, own_signature
from azc.language import parse, signature_from_table
from azc.passes import evaluation_type
from azc.reading import read_whole
from azc.runs.folder import RunFolder, eval_type_of, is_on
from azc.runs.hall_of_fame import Entry, read_hall
from azc.runs.header import Header, read_header


@attrs.frozen(eq=False)
class RunFiles:
    """Configuration, result and hall of fame of a run, as far as the files exist."""

    name: str
    config: dict[str, Any]
    """Tables of the configuration; empty if tasks were given in Python."""
    config_text: str
    program: str | None
    """Text of the result; None before there is one."""
    header: Header
    """Header of the result."""
    hall: tuple[Entry, ...]
    declared: SignatureLike
    """The interface of the evaluation type, or a signature of one's own."""
    is_on: bool
    """Whether a process computes the run now."""

    def table(self, name: str) -> dict[str, Any]:
        """A table of the configuration; empty if there is none."""
        return _table(self.config, name)

    @property
    def own_signature(self) -> Signature | None:
        """The signature, if it is one of your own."""
        return own_signature(self.declared)

    @property
    def searched(self) -> str:
        """What the fitness in the search is of, in words."""
        return "in the search" if self.table("evaluator") else "on the search tasks"

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The configuration's tables of islands; empty if all islands are alike."""
        islands = self.config.get("islands")
        return [kind for kind in islands if isinstance(kind, dict)] if isinstance(islands, list) else []

    @property
    def own_tasks(self) -> bool:
        """Whether some islands have tasks of their own."""
        return any("tasks" in kind for kind in self.kinds)


def read_files(folder: RunFolder) -> RunFiles:
    """Read the files that exist; AzcError if one is damaged."""
    config_text = _text(folder.config) or ""
    try:
        config = tomllib.loads(config_text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AzcError(f"{folder.config}: is not valid TOML: {error}; put it back from a copy") from None
    program = _text(folder.best)
    header = read_header(program, str(folder.best)) if program is not None else Header()
    return RunFiles(
        name=folder.path.resolve().name,
        config=config,
        config_text=config_text,
        program=program,
        header=header,
        hall=tuple(sorted(read_hall(folder.hall_of_fame), key=lambda entry: entry.length)),
        declared=_signature(folder, header, config) or _interface(folder, header, program),
        is_on=is_on(folder),
    )


def _text(path: Path) -> str | None:
    """A file's text; None if it does not exist."""
    try:
        return read_whole(path).decode()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise AzcError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def _signature(folder: RunFolder, header: Header, config: dict[str, Any]) -> Signature | None:
    """The signature in the result's header or in the configuration."""
    if header.signature is not None or "signature" not in config:
        return header.signature
    return signature_from_table(config["signature"], str(folder.config))


def _interface(folder: RunFolder, header: Header, program: str | None) -> Interface:
    """Interface of the evaluation type, from the result's header, the configuration or the program."""
    said = header.eval_type if header.eval_type in INTERFACES else eval_type_of(folder)
    try:
        return evaluation_type(parse(program or ""), said).interface
    except AzcError:
        return evaluation_type(Program(), said).interface


def _table(tables: dict[str, Any], name: str) -> dict[str, Any]:
    found = tables.get(name)
    return found if isinstance(found, dict) else {}
