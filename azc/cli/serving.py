"""`azc serve`: requests on standard input, answers on standard output."""

import sys
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from azc.cli.serve import State


@click.command(short_help="Evaluate for other programs, by lines of JSON.")
def serve() -> None:
    """Answer evaluation requests: one JSON object a line in, one a line out, in order.

    \b
      azc serve < requests.jsonl > answers.jsonl

    Nothing that is sent ends the server; the end of its input, Ctrl-C or a closed output does.

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
    from azc.cli.serve import State

    _serve(sys.stdin.buffer, sys.stdout.buffer, State())


def _serve(requests: BinaryIO, answers: BinaryIO, state: "State") -> None:
    from azc.cli.limits import longest_line
    from azc.cli.serve import answer, too_long

    limit = longest_line()
    while request := requests.readline(limit):
        if len(request) == limit and not request.endswith(b"\n"):
            _skip_line(requests)
            said = too_long(limit)
        else:
            said = answer(request, state)
        answers.write(said + b"\n")
        answers.flush()


def _skip_line(requests: BinaryIO) -> None:
    while rest := requests.readline(1 << 20):
        if rest.endswith(b"\n"):
            return
