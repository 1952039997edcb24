"""Indexing: the element that an index constant names in rows of F features."""

import math
from typing import Any

import numpy as np

from azc.arguments import explained, real, takes, whole
from azc.errors import AzcError
from azc.ir.program import Constant, Instruction, Program, a_program, an_instruction

_features = whole(1)


def _index(name: str, value: object) -> Any:
    try:
        return whole(-(2**63))(name, value)
    except AzcError:
        return real(nan=True)(name, value)


def fraction_element(fraction: float, features: int) -> int:
    """The element of a row of `features` that a fraction names.

    The fraction is made a float32 first and means trunc(float32(features) * fraction); below zero and nan
    mean the first, 1 and above the last.
    """
    with np.errstate(over="ignore"):
        exact = float(np.float32(features) * np.float32(fraction))
    if math.isnan(exact) or exact < 0:
        return 0
    return features - 1 if exact >= features else int(exact)


@takes(index=_index, features=_features)
def element(index: Constant, features: int) -> int:
    """The element of a row of `features` that an index names: a whole number itself, else by its fraction."""
    return _element(index, features)


def _element(index: Constant, features: int) -> int:
    if isinstance(index, int):
        if not 0 <= index < features:
            raise AzcError(
                f"there is no element {index} in {features} features; indexes go from 0 to {features - 1} "
                f"(a fraction of F is written with a point: {index}.0)"
            )
        return index
    return fraction_element(index, features)


@takes(instruction=an_instruction, features=_features)
def element_number(instruction: Instruction, features: int) -> int:
    """The number of the element that an element write sets, a matrix counted row by row."""
    return _element_number(instruction, features)


def _element_number(instruction: Instruction, features: int) -> int:
    number = 0
    for index in instruction.constants[:-1]:
        number = number * features + _element(index, features)
    return number


def check_features(program: Program, features: int) -> None:
    """Raise an error unless every absolute index of the program exists in rows of `features`."""
    _features("features", features)
    try:
        for instruction in program.instructions():
            if instruction.op.symbol == "[]=":
                _element_number(instruction, features)
    except AzcError:
        raise
    except Exception as error:
        raise explained(error, (a_program, "program", program)) from None
