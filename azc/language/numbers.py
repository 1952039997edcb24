"""Numbers between text and float64: Python's literals in, the fewest digits that read back out."""

import math
from typing import Final

from azc.ir import Constant

_SPACES: Final = str.maketrans("", "", " \t")


def number(literal: str) -> float:
    """The float64 that a literal of the grammar means; all nans are one value."""
    value = float(literal.translate(_SPACES))
    return math.nan if math.isnan(value) else value


def is_whole(literal: str) -> bool:
    """Whether a literal has neither point nor exponent and is no infinity or nan: an absolute index."""
    return not any(sign in literal for sign in ".eEn")


def constant_text(value: float) -> str:
    """The fewest digits that read back to the same float64: `0.1`, `2`, `-0`, `1e-10`, `inf`, `nan`."""
    return fraction_text(value).removesuffix(".0")


def fraction_text(value: float) -> str:
    """The same with a point or an exponent, which tells a fraction from an absolute index: `1.0`."""
    return repr(float(value)).replace("-nan", "nan")


def index_text(index: Constant) -> str:
    """An element's index: its number, or a fraction with all its digits and a point."""
    return str(int(index)) if isinstance(index, int) else fraction_text(index)
