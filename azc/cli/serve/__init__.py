"""`azc serve`: evaluation of programs for other tools, a line of JSON in and a line of JSON out.

`command` reads lines and writes answers; `protocol` answers a line. `requests` checks what a request holds,
`answers` writes results and errors. `pool` evaluates, `process` evaluates with a time limit, and `limits`
estimates memory.
"""

from typing import TYPE_CHECKING

from azc.cli.serve.command import serve
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.cli.serve.requests import EVALUATE_KEYS as EVALUATE_KEYS
    from azc.cli.serve.requests import TASK_KEYS as TASK_KEYS

__getattr__, __dir__ = lazy(__name__, {"EVALUATE_KEYS": "requests", "TASK_KEYS": "requests"})

__all__ = ["serve"]
