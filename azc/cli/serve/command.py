"""The command `azc serve`: reads requests from standard input and writes answers to standard output."""

import os
import re
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

import click

if TYPE_CHECKING:
    from azc.cli.serve.protocol import ServerState

PIECE_BYTES: Final = 1 << 20
"""Maximum bytes read at a time, so that a line that is too long is never held in memory."""
_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes as people write it: 500M, 2G, 1.5GiB, 1000000."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes, at least a million."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?)(?:I?B)?", str(value).strip().upper())
        size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
        if not 10**6 <= size < 2**63:
            self.fail(f"expected a size of at least 1M, like 500M or 2G, but it is {value!r}", param, ctx)
        return size


@click.command(short_help="Evaluate programs for other tools, by lines of JSON.")
@click.option(
    "--max-memory",
    type=Size(),
    metavar="SIZE",
    help="Memory for tasks and evaluations, like 2G; else half of what there is.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Time limit of an evaluation; else there is none.",
)
def serve(max_memory: int | None, max_seconds: float | None) -> None:
    """Answer evaluation requests: one JSON object a line in, one a line out, in order.

    \b
      azc serve < requests.jsonl > answers.jsonl

    The server ends when its input ends, when its output is closed, and on Ctrl-C; no request ends it. The
    answer to a request beyond --max-memory or --max-seconds is an error.

    For example

    \b
      {"id": 1, "define": {"a": {"features": 2, "eval": "RMS_ERROR",
                                 "train": {"x": [[0.5, 1]], "y": [1]},
                                 "valid": {"x": [[1, 0.5]], "y": [2]}}}}
      {"id": 2, "program": "def Predict():\\n  s1 = mean(v0)", "task": "a"}

    \b
    are answered with
      {"id": 1, "defined": ["a"]}
      {"id": 2, "backend": "kernels", "fitness": 0.43…, "fitnesses": [0.43…], "stopped_early": [false]}

    (each on one line). docs/serve.md has the whole protocol.
    """
    from azc.cli.serve.protocol import ServerState

    if max_seconds is not None and not hasattr(os, "fork"):
        raise click.UsageError("--max-seconds needs a system that can fork processes")
    _answer_lines(sys.stdin.buffer, sys.stdout.buffer, ServerState(max_memory, max_seconds))


def _answer_lines(requests: BinaryIO, answers: BinaryIO, state: "ServerState") -> None:
    from azc.cli.serve.answers import too_long
    from azc.cli.serve.limits import longest_line
    from azc.cli.serve.protocol import answer

    limit = longest_line(state.max_memory)
    while (line := _read_line(requests, limit)) != b"":
        answers.write((too_long(limit) if line is None else answer(line, state)) + b"\n")
        answers.flush()


def _read_line(requests: BinaryIO, limit: int) -> bytes | None:
    """Next line with its end; empty at the end of input, None for a line longer than `limit` bytes."""
    pieces: list[bytes] | None = []
    left = limit
    while True:
        piece = requests.readline(PIECE_BYTES)
        left -= len(piece)
        is_last = not piece or piece.endswith(b"\n")
        try:
            if pieces is None or left < 0:
                pieces = None
            elif is_last:
                return b"".join((*pieces, piece))
            else:
                pieces.append(piece)
        except MemoryError:
            pieces = None
        if is_last:
            return None
