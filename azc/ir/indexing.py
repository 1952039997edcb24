"""Which element an index constant means, once F is known."""

import math

import numpy as np

from azc.errors import AzcError
from azc.ir.program import Constant, Instruction, Program


def place(fraction: float, features: int) -> int:
    """The element of a row of `features` that a fraction names.

    The fraction is made a float32 first and means trunc(float32(features) * fraction); below zero and nan
    mean the first, 1 and above the last.
    """
    with np.errstate(over="ignore"):
        exact = float(np.float32(features) * np.float32(fraction))
    if math.isnan(exact) or exact < 0:
        return 0
    return features - 1 if exact >= features else int(exact)


def element(index: Constant, features: int) -> int:
    """The element of a row of `features` that an index names: a whole number itself, a fraction its place."""
    if isinstance(index, int):
        if not 0 <= index < features:
            raise AzcError(
                f"there is no element {index} in {features} features; indexes go from 0 to {features - 1} "
                f"(a fraction of F is written with a point: {index}.0)"
            )
        return index
    return place(index, features)


def element_number(instruction: Instruction, features: int) -> int:
    """The number of the element that an element write sets, a matrix counted row by row."""
    number = 0
    for index in instruction.constants[:-1]:
        number = number * features + element(index, features)
    return number


def check_features(program: Program, features: int) -> None:
    """Raise an error unless every absolute index of the program exists in rows of `features`."""
    for instruction in program.instructions():
        if instruction.op.symbol == "[]=":
            element_number(instruction, features)
