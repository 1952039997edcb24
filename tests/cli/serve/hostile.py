"""Hostile requests for `azc serve`: random ones and ones made by hand."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from programs import LINEAR

BACKENDS = ("auto", "python", "kernels")
EVALS = ("RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY")
MATRICES = "def Predict():\n" + "".join(f"  m{i} = outer(v0, v{i})\n" for i in range(30))
PRODUCTS = "def Predict():\n" + "  m0 = matmul(m1, m2)\n" * 900


def task(features: int = 2, n: int = 4, value: Any = 0.5, **more: Any) -> dict[str, Any]:
    """A task as a request describes it."""
    part = {"x": [[value] * features] * n, "y": [0.5] * n}
    return {"features": features, "eval": "RMS_ERROR", "train": part, "valid": part, **more}


def dumped(**fields: Any) -> bytes:
    """A request's line."""
    return json.dumps(fields).encode()


def _deep(draw: random.Random) -> bytes:
    return draw.choice((b"[", b'{"a":', b'{"define":{"a":{"train":')) * draw.choice((10, 2_000, 20_000))


def _long(draw: random.Random) -> bytes:
    return dumped(id="x" * draw.choice((10, 10, 10**6)), program="# " + "y" * 2**20, task="known")


def _repeated(draw: random.Random) -> bytes:
    keys = ",".join(f'"{i}":0' for i in range(draw.choice((3, 3, 30_000))))
    return b'{"id":1,' + keys.encode() + b',"1":0}'


def _many_tasks(draw: random.Random) -> bytes:
    return dumped(
        id=2,
        program=draw.choice((LINEAR, MATRICES, "")),
        tasks=["wide"] * draw.choice((5, 50, 5000, 50_000)),
    )


def _many_definitions(draw: random.Random) -> bytes:
    return dumped(id=3, define={str(draw.random()): task() for _ in range(draw.choice((1, 20)))} | {"a": 5})


def _returned(draw: random.Random) -> bytes:
    want = ["memory", "train_errors", "valid_errors"]
    return dumped(id=4, program=MATRICES, tasks=["wide"] * draw.choice((1, 30)), **{"return": want})


def _matrices(draw: random.Random) -> bytes:
    backend = draw.choice(BACKENDS)
    return dumped(id=5, program=MATRICES, task=task(draw.choice((2, 20, 300))), backend=backend)


def _not_finite(draw: random.Random) -> bytes:
    value = draw.choice(("nan", "inf", "-inf", 1e308, -0.0, 10**400, "x", None))
    return dumped(id=6, program=LINEAR, task=task(3, value=value, max_abs_error="inf"))


def _bytes(draw: random.Random) -> bytes:
    return draw.randbytes(draw.choice((0, 1, 100, 100_000))).replace(b"\n", b"")


def _mutated(draw: random.Random) -> bytes:
    line = bytearray(dumped(id=7, program=LINEAR, task=task(), backend="kernels"))
    for _ in range(draw.randint(1, 5)):
        start = draw.randrange(len(line))
        line[start : start + draw.randint(0, 5)] = draw.choice(
            (b"", b"[", b"}", b'"', b"1e9", b"\xff", b"null")
        )
    return bytes(line)


def _wrong_types(draw: random.Random) -> bytes:
    fields: dict[str, Any] = {"id": 8, "program": LINEAR, "task": task(), "precision": "float32"}
    fields[draw.choice(list(fields))] = draw.choice((None, True, 5, -1.5, [], {}, [[]], "", "x" * 1000))
    inner = task()
    inner[draw.choice(list(inner))] = draw.choice((None, True, 5, 2**70, [], {}, [1, "a"], "", 3072))
    return dumped(**(fields if draw.random() < 0.5 else {"id": 9, "program": "", "task": inner}))


def _classes(draw: random.Random) -> bytes:
    return dumped(
        id=10, program=LINEAR, task=task(4, eval=draw.choice(EVALS), n_classes=draw.choice((0, 2, 4, 5)))
    )


def _bad_program(draw: random.Random) -> bytes:
    text = draw.choice(("def Learn():\n" + "  s1 = s99\n" * 2000, "\0" * 1000, "def " * 1000, "  m0[99] = 1"))
    return dumped(id=11, program=text, task="known")


def _redefined(draw: random.Random) -> bytes:
    return dumped(id=12, define={"known": task(draw.randint(1, 40), draw.randint(1, 50))})


def _good(draw: random.Random) -> bytes:
    backend = draw.choice((*BACKENDS, *BACKENDS, "native"))  # native takes a tenth of a second to compile
    return dumped(id=13, program=LINEAR, tasks=["known"] * draw.randint(1, 20), backend=backend)


def _endless(draw: random.Random) -> bytes:
    backend = draw.choice(("kernels", "native", "python"))
    if draw.random() < 0.5:
        return dumped(
            id=14, program=LINEAR, task=task(epochs=2**31 - 1, max_abs_error="inf"), backend=backend
        )
    return dumped(id=15, program=PRODUCTS, task="wide", backend=backend)


HEAVY: tuple[Callable[[random.Random], bytes], ...] = (
    _many_tasks, _many_definitions, _returned, _repeated, _matrices, _long, _good,
)  # fmt: skip
LIGHT: tuple[Callable[[random.Random], bytes], ...] = (
    _deep, _not_finite, _bytes, _mutated, _wrong_types, _classes, _bad_program, _redefined,
)  # fmt: skip
KINDS = (*HEAVY, *LIGHT * 4)


def requests(n: int, seed: int, endless: int) -> Iterator[bytes]:
    """The lines of `n` requests, `endless` of them for evaluations that take years."""
    draw = random.Random(seed)
    yield dumped(id=0, define={"known": task(), "wide": task(3072, 1)}) + b"\n"
    slow = set(draw.sample(range(1, n), endless))
    for number in range(1, n):
        yield (_endless if number in slow else draw.choice(KINDS))(draw) + b"\n"
