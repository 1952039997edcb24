"""Table of meanings: properties of each function of `semantics.py` that higher rooms need.

One row for each name in the column `meaning` of `ops.py`; operations that differ only in rank share one.
Every column has to be filled in, and tests compare each with the function itself, so none is forgotten.
"""

from typing import Final

import attrs


@attrs.frozen
class Meaning:
    """Meaning of operations, with the properties that passes and backends ask for."""

    name: str
    """Name of the function of `semantics.py`; `no_op`, `constant` and `element` have none there."""
    sums: str
    """Elements summed at a time: `all` of the operand, a `row`, all `columns` at once; empty for no sum.
    A sum depends on the number of features, even if all elements are equal."""
    buffered: bool
    """Whether its result or operand waits in scratch memory: an element written early would overwrite an
    operand that is still to be read."""
    calls: str
    """Elementary function or draw that it calls; empty for none."""
    partial: bool
    """Whether it writes one element of its output address and keeps the others."""


# fmt: off
MEANINGS: Final[dict[str, Meaning]] = {
    row.name: row
    for row in (
        #       name                 sums       buffered  calls       partial
        Meaning("no_op",             "",        False,    "",         False),
        Meaning("constant",          "",        False,    "",         False),
        Meaning("element",           "",        False,    "",         True),
        Meaning("add",               "",        False,    "",         False),
        Meaning("subtract",          "",        False,    "",         False),
        Meaning("multiply",          "",        False,    "",         False),
        Meaning("divide",            "",        False,    "",         False),
        Meaning("reciprocal",        "",        False,    "",         False),
        Meaning("absolute",          "",        False,    "",         False),
        Meaning("step_from_zero",    "",        False,    "",         False),
        Meaning("step_above_zero",   "",        False,    "",         False),
        Meaning("sign",              "",        False,    "",         False),
        Meaning("sqrt",              "",        False,    "",         False),
        Meaning("minimum_or_first",  "",        False,    "",         False),
        Meaning("minimum_or_second", "",        False,    "",         False),
        Meaning("maximum_or_first",  "",        False,    "",         False),
        Meaning("maximum_or_second", "",        False,    "",         False),
        Meaning("where",             "",        False,    "",         False),
        Meaning("choose",            "",        False,    "",         False),
        Meaning("scale",             "",        False,    "",         False),
        Meaning("fill",              "",        False,    "",         False),
        Meaning("outer",             "",        False,    "",         False),
        Meaning("columns",           "",        False,    "",         False),
        Meaning("rows",              "",        False,    "",         False),
        Meaning("transpose",         "",        True,     "",         False),
        Meaning("dot",               "all",     False,    "",         False),
        Meaning("matrix_vector",     "row",     True,     "",         False),
        Meaning("matmul",            "columns", True,     "",         False),
        Meaning("norm",              "all",     False,    "",         False),
        Meaning("column_norms",      "columns", False,    "",         False),
        Meaning("row_norms",         "row",     False,    "",         False),
        Meaning("mean",              "all",     False,    "",         False),
        Meaning("row_means",         "row",     False,    "",         False),
        Meaning("std",               "all",     False,    "",         False),
        Meaning("row_stds",          "row",     False,    "",         False),
        Meaning("sin",               "",        False,    "sin",      False),
        Meaning("cos",               "",        False,    "cos",      False),
        Meaning("tan",               "",        False,    "tan",      False),
        Meaning("arcsin",            "",        False,    "arcsin",   False),
        Meaning("arccos",            "",        False,    "arccos",   False),
        Meaning("arctan",            "",        False,    "arctan",   False),
        Meaning("exp",               "",        False,    "exp",      False),
        Meaning("log",               "",        False,    "log",      False),
        Meaning("tanh",              "",        False,    "tanh",     False),
        Meaning("sigmoid",           "",        False,    "sigmoid",  False),
        Meaning("uniform",           "",        False,    "uniform",  False),
        Meaning("gaussian",          "",        False,    "gaussian", False),
    )
}
# fmt: on

INTERFACE_FUNCTIONS: Final[dict[str, str]] = {
    "sigmoid": "sigmoid",
    "softmax": "exp",
    "distance": "",
    "difference": "",
    "wrong_side": "sigmoid",
    "missing_share": "",
    "wrong_class": "",
    "squashed_rms": "arctan",
    "share_right": "",
}
"""Functions of `semantics.py` that interfaces name, with the elementary function that each calls."""
