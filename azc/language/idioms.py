"""Idioms of Python, NumPy and PyTorch as tables: other names, definitions, signs, keywords.

An entry counts only if no operation has its name, so a new row in the table of operations replaces it.
Definitions are Python expressions over `{0}`, `{1}` and so on, the operands.
"""

import math
from typing import Final

from azc.ir import INTERFACES, OPS, forms

RENAMED: Final = {
    "absolute": "abs",
    "acos": "arccos",
    "asin": "arcsin",
    "atan": "arctan",
    "broadcast": "bcast",
    "expit": "sigmoid",
    "fabs": "abs",
    "fmax": "maximum",
    "fmin": "minimum",
    "infinity": "inf",
    "inner": "dot",
    "ln": "log",
    "logistic": "sigmoid",
    "max": "maximum",
    "min": "minimum",
    "mm": "matmul",
    "mv": "dot",
    "normal": "gaussian",
    "step": "heaviside",
    "stddev": "std",
    "stdev": "std",
    "t": "transpose",
    "vdot": "dot",
}
"""Names of operations in other libraries, if they are nearer in meaning than in letters."""

DEFINED: Final = {
    ("@", 2): "matmul({0}, {1})",
    ("**", 2): "pow({0}, {1})",
    ("add", 2): "{0} + {1}",
    ("clamp", 3): "minimum(maximum({0}, {1}), {2})",
    ("clip", 3): "minimum(maximum({0}, {1}), {2})",
    ("copy", 1): "{0}",
    ("cosh", 1): "(exp({0}) + exp(-1 * {0})) / 2",
    ("div", 2): "{0} / {1}",
    ("divide", 2): "{0} / {1}",
    ("exp2", 1): "exp(0.6931471805599453 * {0})",
    ("expm1", 1): "exp({0}) - 1",
    ("float", 1): "{0}",
    ("leaky_relu", 1): "maximum({0}, 0.01 * {0})",
    ("log10", 1): "log({0}) / 2.302585092994046",
    ("log1p", 1): "log(1 + {0})",
    ("log2", 1): "log({0}) / 0.6931471805599453",
    ("maximum", 3): "maximum(maximum({0}, {1}), {2})",
    ("minimum", 3): "minimum(minimum({0}, {1}), {2})",
    ("mul", 2): "{0} * {1}",
    ("multiply", 2): "{0} * {1}",
    ("neg", 1): "-1 * {0}",
    ("negative", 1): "-1 * {0}",
    ("pow", 2): "exp({1} * log({0}))",
    ("power", 2): "{0} ** {1}",
    ("reciprocal", 1): "1 / {0}",
    ("relu", 1): "maximum(0, {0})",
    ("rsqrt", 1): "1 / sqrt({0})",
    ("silu", 1): "{0} * sigmoid({0})",
    ("sinh", 1): "(exp({0}) - exp(-1 * {0})) / 2",
    ("softplus", 1): "log(1 + exp({0}))",
    ("square", 1): "{0} * {0}",
    ("sub", 2): "{0} - {1}",
    ("subtract", 2): "{0} - {1}",
    ("swish", 1): "{0} * sigmoid({0})",
    ("true_divide", 2): "{0} / {1}",
    ("var", 1): "square(std({0}))",
}
"""Definitions by operations, by name and number of operands."""

MADE: Final = {
    "ones": "1",
    "ones_like": "1",
    "rand": "uniform(0, 1)",
    "randn": "gaussian(0, 1)",
    "zeros": "0",
    "zeros_like": "0",
}
"""Functions that make an array of a given shape; in azl the target has the shape."""


def power(exponent: float) -> str:
    """Expression for a power: products, a reciprocal or a root if the exponent allows, else a logarithm."""
    if exponent == 0.5:
        return "sqrt({0})"
    if exponent in (0.0, 1.0):
        return "{0}" if exponent else "1"
    if not exponent.is_integer() or abs(exponent) > 64:
        return f"pow({{0}}, {exponent!r})"
    whole = abs(int(exponent))
    if exponent < 0:
        return f"1 / {{0}} ** {whole}"
    return f"{{0}} * {{0}} ** {whole - 1}" if whole % 2 else f"square({{0}} ** {whole // 2})"


ONLY: Final = {
    "pow": "for a positive base",
    "where": "where the condition is neither nan nor below 0",
    "[]": "where all elements are finite",
}
"""Conditions under which a definition means the same as the name."""

BRIDGES: Final = {
    ("*", "mv", None, "v"): "dot({0}, {1})",
    ("*", "vm", None, "v"): "dot(transpose({1}), {0})",
    ("bcast", "s", None, "m"): "bcast(bcast({0}), axis=1)",
    ("dot", "mm", None, "m"): "matmul({0}, {1})",
    ("dot", "vm", None, "v"): "dot(transpose({1}), {0})",
    ("dot", "ss", None, "s"): "{0} * {1}",
    ("matmul", "mv", None, "v"): "dot({0}, {1})",
    ("matmul", "vm", None, "v"): "dot(transpose({1}), {0})",
    ("matmul", "vv", None, "s"): "dot({0}, {1})",
    ("mean", "m", 0, "v"): "mean(transpose({0}), axis=1)",
    ("mean", "v", 0, "s"): "mean({0})",
    ("std", "m", 0, "v"): "std(transpose({0}), axis=1)",
    ("std", "v", 0, "s"): "std({0})",
    ("sum", "m", None, "s"): "dot(dot({0}, bcast(1)), bcast(1))",
    ("sum", "m", 0, "v"): "dot(transpose({0}), bcast(1))",
    ("sum", "m", 1, "v"): "dot({0}, bcast(1))",
    ("sum", "v", 0, "s"): "dot({0}, bcast(1))",
    ("sum", "v", None, "s"): "dot({0}, bcast(1))",
    ("transpose", "v", None, "v"): "{0}",
}
"""Expressions for missing combinations of name, kinds, axis and result, with NumPy's meaning."""

ELEMENTWISE: Final = frozenset(op.symbol for op in OPS if (op.operands, op.result) == ("vv", "v"))
"""Operations that combine two vectors element by element; NumPy first widens the smaller operand."""
WIDENED: Final = {
    "sv": "bcast({0})",
    "vm": "bcast({0}, axis=1)",
    "sm": "bcast(bcast({0}), axis=1)",
}
"""Expression that widens an operand of the first kind to the second."""

_FROM_ZERO: Final = {
    ">=": "heaviside({0} - {1})",
    "<=": "heaviside({1} - {0})",
    ">": "1 - heaviside({1} - {0})",
    "<": "1 - heaviside({0} - {1})",
    "==": "heaviside({0} - {1}) * heaviside({1} - {0})",
    "!=": "1 - heaviside({0} - {1}) * heaviside({1} - {0})",
}
_ABOVE_ZERO: Final = {
    ">": "heaviside({0} - {1})",
    "<": "heaviside({1} - {0})",
    ">=": "1 - heaviside({1} - {0})",
    "<=": "1 - heaviside({0} - {1})",
    "!=": "heaviside({0} - {1}) + heaviside({1} - {0})",
    "==": "1 - (heaviside({0} - {1}) + heaviside({1} - {0}))",
}
COMPARED: Final = {
    op.operands: {"step_from_zero": _FROM_ZERO, "step_above_zero": _ABOVE_ZERO}[op.meaning]
    for op in forms("heaviside")
}
"""Comparisons by kind of operands: 1 where they hold, else 0, with heaviside's value at zero."""

CONSTANTS: Final = {
    "False": 0.0,
    "Inf": math.inf,
    "Infinity": math.inf,
    "NaN": math.nan,
    "True": 1.0,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "pi": math.pi,
}
"""Numbers with names in other languages."""

_NOT_HERE: Final = """
    argmax argmin argsort concat concatenate conv cot cross csc cumsum det diff dropout einsum elu eye gelu
    histogram identity inv linspace log_softmax logaddexp mad matpow median mod mode normalize percentile prod
    quantile rank relu6 remainder reshape round sec selu softmax softsign solve sort stack sum svd tensordot
    trace
"""
ELSEWHERE: Final = (
    frozenset(name for name, _ in DEFINED) | frozenset(_NOT_HERE.split()) | frozenset(vars(math))
)
"""Names that mean something elsewhere, so that they are not misspellings of operations."""

_PREDICTIONS: Final = list(dict.fromkeys(str(row.prediction) for row in INTERFACES.values()))
PREDICTION: Final = {name[0]: name for name in _PREDICTIONS}
"""Address of a prediction, by kind."""

_NO_BRANCHES: Final = "azl has no branches; where(c, a, b) is a where c is above 0, else b"
_NO_LOOPS: Final = (
    "azl has no loops; Predict and Learn run once for each example, and one operation does all elements"
)
_NO_STATEMENT: Final = "azl has no such statement; the body of a function is assignments, one a line"
_STATEMENTS: Final = """
    assert async await begin class del end except finally global lambda nonlocal raise try with yield
"""
KEYWORDS: Final = {
    **dict.fromkeys(("if", "elif", "else", "endif", "match", "switch", "case"), _NO_BRANCHES),
    **dict.fromkeys(("for", "while", "do", "break", "continue"), _NO_LOOPS),
    **dict.fromkeys(
        ("import", "from", "include", "using"), "nothing is imported; azc ops lists the operations"
    ),
    **dict.fromkeys(_STATEMENTS.split(), _NO_STATEMENT),
    "print": "nothing is printed; azc run --trace shows how memory changes",
    "return": f"nothing is returned; the prediction is what {' or '.join(_PREDICTIONS)} holds after Predict",
}
"""Answers to lines that begin with one of these words."""

LOOK_ALIKES: Final = {
    **dict.fromkeys("−–—‐‑‒―﹣", "-"),
    **dict.fromkeys("×·∗⋅∙•⊙∘✕⨯", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("‘’“”„‚`´′″«»'\"", ""),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", ""),
    **dict.fromkeys("\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " "),
    "²": "**2",
    "³": "**3",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "←": "=",
    "≔": "=",
    "ᵀ": ".T",
    "⊤": ".T",
    "π": "pi",
    "∞": "inf",
}
"""Signs that books, slides and word processors print in place of ASCII ones."""

REPAIRS: Final = (
    (r"^(?:let|var|const|auto|float|double|int)[ \t]+(?=\w+[ \t]*=)", ""),
    (r"^(\w+)[ \t]*(\+|-)\2$", r"\1 \2= 1"),
    (r":=|<-(?=[ \t])", "="),
    (r"\^T\b", ".T"),
    (r"\^", "**"),
    (r"&&", " and "),
    (r"\|\|", " or "),
    (r"[;,\\ \t]+$", ""),
)
"""Regular expressions with their replacements, applied in order: other languages' signs become Python's."""
