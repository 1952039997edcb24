"""Table of the functions in formulas: how each is written, computed and moved past a number."""

from collections.abc import Callable
from typing import Any, Final, Literal

import attrs
import numpy as np

from azc.ir import semantics

Scaling = Literal["odd", "even", "absolute", "sign", "step", "gate", "root"]
"""How f(c x) follows from f(x): by its sign only (odd: outside; even: not at all), |c| f(x), sign(c) f(x),
f(sign(c) x), |c| f(sign(c) x), or sqrt(|c|) f(sign(c) x)."""


@attrs.frozen
class NamedFunction:
    """A function of one or more arguments, element by element."""

    name: str
    text: str
    """How it is written, with `{}` for each argument."""
    latex: str
    numeric: Callable[..., Any] | None
    """What computes it, on NumPy's numbers and arrays; None for what is computed elsewhere, as draws are."""
    scaling: Scaling | None = None
    commutes: bool = False

    def of_numbers(self, *numbers: float | None) -> float:
        """Its value for numbers."""
        assert self.numeric is not None
        with np.errstate(all="ignore"):
            return float(self.numeric(*(np.float64(number) for number in numbers)))


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


# fmt: off
FUNCTIONS: Final[dict[str, NamedFunction]] = {
    row.name: row
    for row in (
        NamedFunction("absolute",        "|{}|",            r"|{}|",                          semantics.absolute,        "absolute"),
        NamedFunction("sign",            "sign({})",        r"\operatorname{{sign}}({})",     semantics.sign,            "sign"),
        NamedFunction("step_above_zero", "[{} > 0]",        r"[{} > 0]",                      semantics.step_above_zero, "step"),
        NamedFunction("step_from_zero",  "[{} ≥ 0]",        r"[{} \ge 0]",                    semantics.step_from_zero,  "step"),
        NamedFunction("relu",            "relu({})",        r"\operatorname{{relu}}({})",     _relu,                     "gate"),
        NamedFunction("sqrt",            "√({})",           r"\sqrt{{{}}}",                   semantics.sqrt,            "root"),
        NamedFunction("sin",             "sin({})",         r"\sin({})",                      np.sin,                    "odd"),
        NamedFunction("cos",             "cos({})",         r"\cos({})",                      np.cos,                    "even"),
        NamedFunction("tan",             "tan({})",         r"\tan({})",                      np.tan,                    "odd"),
        NamedFunction("arcsin",          "arcsin({})",      r"\arcsin({})",                   np.arcsin,                 "odd"),
        NamedFunction("arccos",          "arccos({})",      r"\arccos({})",                   np.arccos),
        NamedFunction("arctan",          "arctan({})",      r"\arctan({})",                   np.arctan,                 "odd"),
        NamedFunction("tanh",            "tanh({})",        r"\tanh({})",                     np.tanh,                   "odd"),
        NamedFunction("exp",             "exp({})",         r"\exp({})",                      np.exp),
        NamedFunction("log",             "log({})",         r"\log({})",                      np.log),
        NamedFunction("sigmoid",         "σ({})",           r"\sigma({})",                    semantics.sigmoid),
        NamedFunction("maximum",         "max({}, {})",     r"\max({}, {})",                  np.maximum, commutes=True),
        NamedFunction("minimum",         "min({}, {})",     r"\min({}, {})",                  np.minimum, commutes=True),
        NamedFunction("where",           "({} > 0 ? {} : {})", r"({} > 0\;?\;{} : {})",       semantics.where),
        # of a whole vector or matrix
        NamedFunction("std",             "std({})",         r"\operatorname{{std}}({})",      None, "absolute"),
        NamedFunction("row_stds",        "row std({})",     r"\operatorname{{row\,std}}({})", None, "absolute"),
        NamedFunction("softmax",         "softmax({})",     r"\operatorname{{softmax}}({})",  None),
        NamedFunction("element",         "{} with an element set", r"{}\ \text{{with an element set}}", None),
        # draws: what tells them apart stands in the node's name
        NamedFunction("gaussian",        "N({}, {}²)",      r"\mathcal{{N}}({}, {}^2)",       None),
        NamedFunction("uniform",         "U({}, {})",       r"\mathcal{{U}}({}, {})",         None),
    )
}
# fmt: on
