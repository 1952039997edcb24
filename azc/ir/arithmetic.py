"""Arithmetic of NumPy: the operations from which `azc.ir.elementary` and `azc.ir.draws` are built.

Those functions are written over an abstract arithmetic `o` of three kinds of value: floats (float64), words
(unsigned, 64 bits, modulo 2^64) and masks. Operators do the plain work; what has no operator is a function
of `o`. This module is one such `o`, for arrays of any shape and for scalars; a backend that emits code
brings its own. NumPy warns of overflow and invalid operands in scalars, so callers run under
`np.errstate(all="ignore")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def where(mask: Any, a: Any, b: Any) -> Any:
    """Return a where the mask is true, else b: two floats or two words, either of them a Python literal."""
    if isinstance(a, int):
        a = np.uint64(a)
    if isinstance(b, int):
        b = np.uint64(b)
    return np.where(mask, a, b)[()]


def bits(x: Any) -> Any:
    """Return the words whose bits are those of the floats x."""
    return np.asarray(x, dtype=np.float64).view(np.uint64)[()]


def floats(w: Any) -> Any:
    """Return the floats whose bits are those of the words w."""
    return np.asarray(w, dtype=np.uint64).view(np.float64)[()]


def sqrt(x: Any) -> Any:
    """Return the square root, correctly rounded; nan below zero."""
    return np.sqrt(x)


def to_float(w: Any) -> Any:
    """Return the number in each word, which is below 2^53, as a float; exact."""
    return np.asarray(w, dtype=np.uint64).astype(np.float64)[()]


def lookup(table: tuple[int, ...], w: Any) -> Any:
    """Return the words of the table at the indexes w."""
    return np.array(table, dtype=np.uint64)[w]


def rarely(mask: Any, compute: Callable[[], Any], otherwise: Any) -> Any:
    """Return compute() where the mask is true, else `otherwise`; compute is called only if needed."""
    return where(mask, compute(), otherwise) if np.any(mask) else otherwise
