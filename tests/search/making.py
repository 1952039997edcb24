"""What tests of the search make: spaces and parameters, statistics measured, a fake evaluator."""

import json
import lzma
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from azc.ir import OPS, Instruction, Program
from azc.search.params import Params, parameters, space_of
from azc.search.space import Space

ALL_OPS = [op.name for op in OPS]


@cache
def measured() -> Any:
    """What the original engine's mutator did, in counts (`tests/data/mutations.json.xz`)."""
    path = Path(__file__).parents[1] / "data" / "mutations.json.xz"
    return json.loads(lzma.decompress(path.read_bytes()))


def params(eval_type: str = "RMS_ERROR", search: Mapping[str, Any] = {}, **program: Any) -> Params:
    """Ten addresses of each kind, all operations and wide limits, unless told otherwise."""
    shape = {
        "addresses": {"scalars": 10, "vectors": 10, "matrices": 10},
        "ops": ALL_OPS,
        "size_limits": {name: [0, 100] for name in ("setup", "predict", "learn")},
    }
    return parameters(search, shape | program, eval_type)


def space(eval_type: str = "RMS_ERROR", **program: Any) -> Space:
    """The space of such parameters."""
    return space_of(params(eval_type, **program))


def close(count: float, total: int, expected: float, expected_total: int) -> bool:
    """Whether two counts can have the same rate: within five standard errors of each other."""
    rate = (count + expected) / (total + expected_total)
    error = (rate * (1 - rate) * (1 / total + 1 / expected_total)) ** 0.5
    return abs(count / total - expected / expected_total) <= 5 * error + 1e-12


def length(program: Program) -> float:
    """A fitness that likes long programs: 1 with 20 instructions."""
    return min(1.0, sum(map(len, program.functions)) / 20)


def writes(program: Program) -> set[str]:
    """The addresses that a program writes, as text."""
    return {str(i.out) for i in program.instructions() if i.out is not None}


def only(op: str, out: Any, operands: tuple[Any, ...] = (), constants: tuple[Any, ...] = ()) -> Instruction:
    """An instruction by the name of its operation."""
    return Instruction(next(o for o in OPS if o.name == op), out, operands, constants)
