"""Answers of `azc serve` as lines of JSON: results, errors, and the id of the request."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azc.cli.words import jsonable
from azc.errors import AzcError
from azc.language import AzlError


class ElementError(AzcError):
    """Raised for a program that uses an element that the features of a task do not have."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def encoded(
    call: Callable[[], dict[str, Any]], on_lack_of_memory: Callable[[], None] = lambda: None
) -> bytes:
    """Result of a call as a JSON object; an exception becomes an error answer, so nothing is raised.

    `on_lack_of_memory` is called after a MemoryError, to free memory for the next request.
    """
    try:
        try:
            return json.dumps(jsonable(call()), allow_nan=False).encode()
        except MemoryError:
            on_lack_of_memory()
            raise
    except AzlError as error:
        more = error.n_problems - 1
        also = f" (and {more} more problem{'s' * (more > 1)})" if more else ""
        every = [{"message": one.message, "line": one.line, "column": one.column} for one in error.problems]
        return error_answer(error.problems[0].message + also, error.line, error.column, every)
    except ElementError as error:
        return error_answer(str(error), error.line, error.column)
    except AzcError as error:
        return error_answer(str(error))
    except MemoryError:
        return error_answer(
            "the request does not fit into memory; use fewer features, examples, tasks or addresses"
        )
    except RecursionError:
        return error_answer("the request is nested too deeply")
    except Exception as error:
        # A bug of azc must leave neither this client without answer nor the next one without service.
        return error_answer(f"azc failed on this request: {type(error).__name__}: {error}")


def error_answer(
    message: str,
    line: int | None = None,
    column: int | None = None,
    problems: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Answer for an error, without an id; line and column of the program where its text is wrong.

    problems: all that is wrong with the text, if that is more than one.
    """
    error = {"message": message, "line": line, "column": column}
    return json.dumps({"error": error | ({"problems": problems} if len(problems) > 1 else {})}).encode()


def with_id(identity: Any, answer: bytes) -> bytes:
    """An answer with the id of its request."""
    try:
        text = json.dumps(jsonable(identity), allow_nan=False).encode()
        return b'{"id": %b, %b' % (text, answer.removeprefix(b"{"))
    except (RecursionError, ValueError):
        # Only the client's own id can be nested that deeply, or hold a number that cannot be written.
        return with_id(None, error_answer("the id cannot be sent back; use a simpler one"))
    except MemoryError:
        message = "the answer does not fit into memory; return less, or use a shorter id"
        return with_id(None, error_answer(message))


def too_long(limit: int) -> bytes:
    """Answer to a request of more than `limit` bytes."""
    return with_id(None, error_answer(f"the request is longer than {limit:,} bytes; define tasks one by one"))
