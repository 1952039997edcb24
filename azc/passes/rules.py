"""Algebraic rules as data: equations that keep every bit, and tempting ones that do not.

Operations are named by their meanings in `azc.ir.semantics`, or by signs: `*` is any product, element by
element or by a scalar. `c` is a literal, a power of two from 2^-126 to 2^126 or its negative; other names are
operands. The left side is computed by an instruction, with inner operations by earlier instructions; the
right side is an operand, a number, or one operation.

A rule must hold for nan, the infinities, both zeros and the smallest numbers, in float64 and in float32, for
any number of features; it must not run longer; and its right side must be smaller than its left, or of an
operation that no rule turns back, so that applying rules ends. The tests hold each rule against numbers of
all these sorts.
"""

import math
from typing import Final

INF: Final = math.inf
NAN: Final = math.nan

COPIES: Final = (
    "a * 1.0 == a",
    "1.0 * a == a",
    "a / 1.0 == a",
    "a - 0.0 == a",
    "a + -0.0 == a",
    "-1.0 * (-1.0 * a) == a",
    "-0.0 - (-0.0 - a) == a",
    "sign(a) * absolute(a) == a",
    "transpose(transpose(a)) == a",
    "minimum_or_first(a, a) == a",
    "maximum_or_first(a, a) == a",
    "minimum_or_second(a, a) == a",
    "maximum_or_second(a, a) == a",
    # minimum_or_first takes its first operand beside a nan, so an infinity there would replace the nan
    "minimum_or_first(a, inf) == a",
    "maximum_or_first(a, -inf) == a",
    "minimum_or_second(inf, a) == a",
    "maximum_or_second(-inf, a) == a",
    # absorption: a results each time, also for equal operands and nan
    "maximum_or_first(a, minimum_or_first(a, b)) == a",
    "maximum_or_first(minimum_or_first(a, b), a) == a",
    "minimum_or_first(a, maximum_or_first(a, b)) == a",
    "minimum_or_first(maximum_or_first(a, b), a) == a",
    "maximum_or_second(a, minimum_or_second(b, a)) == a",
    "maximum_or_second(minimum_or_second(b, a), a) == a",
    "minimum_or_second(a, maximum_or_second(b, a)) == a",
    "minimum_or_second(maximum_or_second(b, a), a) == a",
)
"""Equations whose right side is an operand: such an instruction makes a copy."""

SIMPLER: Final = (
    # signs
    "a + -1.0 * b == a - b",
    "a - -1.0 * b == a + b",
    "a + (-0.0 - b) == a - b",
    "a - (-0.0 - b) == a + b",
    "absolute(-1.0 * a) == absolute(a)",
    "absolute(-0.0 - a) == absolute(a)",
    "absolute(absolute(a)) == absolute(a)",
    "absolute(a) * absolute(a) == a * a",
    "(-1.0 * a) * (-1.0 * a) == a * a",
    # results without a sign
    "absolute(exp(a)) == exp(a)",
    "absolute(a * a) == a * a",
    "absolute(arccos(a)) == arccos(a)",
    "absolute(norm(a)) == norm(a)",
    "absolute(row_norms(a)) == row_norms(a)",
    "absolute(column_norms(a)) == column_norms(a)",
    "absolute(std(a)) == std(a)",
    "absolute(row_stds(a)) == row_stds(a)",
    "absolute(step_from_zero(a)) == step_from_zero(a)",
    "absolute(step_above_zero(a)) == step_above_zero(a)",
    "absolute(sigmoid(a)) == sigmoid(a)",
    # operations that ignore signs
    "norm(-1.0 * a) == norm(a)",
    "norm(absolute(a)) == norm(a)",
    "row_norms(-1.0 * a) == row_norms(a)",
    "row_norms(absolute(a)) == row_norms(a)",
    "column_norms(-1.0 * a) == column_norms(a)",
    "column_norms(absolute(a)) == column_norms(a)",
    "std(-1.0 * a) == std(a)",
    "row_stds(-1.0 * a) == row_stds(a)",
    # steps
    "step_from_zero(step_from_zero(a)) == 1.0",
    "step_above_zero(step_above_zero(a)) == step_above_zero(a)",
    "step_above_zero(maximum_or_first(0.0, a)) == step_above_zero(a)",
    "step_above_zero(maximum_or_first(a, 0.0)) == step_above_zero(a)",
    "step_above_zero(maximum_or_second(0.0, a)) == step_above_zero(a)",
    "step_above_zero(maximum_or_second(a, 0.0)) == step_above_zero(a)",
    # results that are 1, -1, a zero or nan already, or keep the side of zero
    "sign(sign(a)) == sign(a)",
    "sign(step_from_zero(a)) == step_from_zero(a)",
    "sign(step_above_zero(a)) == step_above_zero(a)",
    "sqrt(step_from_zero(a)) == step_from_zero(a)",
    "sqrt(step_above_zero(a)) == step_above_zero(a)",
    "sign(tanh(a)) == sign(a)",
    "step_from_zero(sign(a)) == step_from_zero(a)",
    "step_above_zero(sign(a)) == step_above_zero(a)",
    "step_from_zero(tanh(a)) == step_from_zero(a)",
    "step_above_zero(tanh(a)) == step_above_zero(a)",
    # repeated operations, where a copy of the inner one suffices
    "minimum_or_first(minimum_or_first(a, b), b) == minimum_or_first(a, b)",
    "minimum_or_first(minimum_or_first(a, b), a) == minimum_or_first(a, b)",
    "minimum_or_first(a, minimum_or_first(a, b)) == minimum_or_first(a, b)",
    "maximum_or_first(maximum_or_first(a, b), b) == maximum_or_first(a, b)",
    "maximum_or_first(maximum_or_first(a, b), a) == maximum_or_first(a, b)",
    "maximum_or_first(a, maximum_or_first(a, b)) == maximum_or_first(a, b)",
    "minimum_or_second(b, minimum_or_second(b, a)) == minimum_or_second(b, a)",
    "minimum_or_second(a, minimum_or_second(b, a)) == minimum_or_second(b, a)",
    "minimum_or_second(minimum_or_second(b, a), a) == minimum_or_second(b, a)",
    "maximum_or_second(b, maximum_or_second(b, a)) == maximum_or_second(b, a)",
    "maximum_or_second(a, maximum_or_second(b, a)) == maximum_or_second(b, a)",
    "maximum_or_second(maximum_or_second(b, a), a) == maximum_or_second(b, a)",
    # quotients; a power of two has an exact reciprocal, so both sides round the same number
    "a / c == (1.0 / c) * a",
    # between ranks
    "a * fill(b) == b * a",
    "transpose(columns(a)) == rows(a)",
    "transpose(rows(a)) == columns(a)",
    "transpose(outer(a, b)) == outer(b, a)",
    "column_norms(transpose(a)) == row_norms(a)",
    "row_norms(transpose(a)) == column_norms(a)",
    "a * columns(fill(b)) == b * a",
    "a * rows(fill(b)) == b * a",
    "outer(1.0, a) == rows(a)",
    "outer(a, 1.0) == columns(a)",
    "a * 1.0 == fill(a)",
)
"""All other equations."""

TEMPTING: Final = (
    ("a * 0.0 == 0.0", {"a": INF}),
    ("a - a == 0.0", {"a": INF}),
    ("a / a == 1.0", {"a": 0.0}),
    ("a + 0.0 == a", {"a": -0.0}),
    ("0.0 - a == -1.0 * a", {"a": 0.0}),
    ("a + b - b == a", {"a": 1.0, "b": 1e17}),
    ("a * b / b == a", {"a": 1.0, "b": 0.0}),
    ("(a + b) + d == a + (b + d)", {"a": 1.0, "b": 1e17, "d": -1e17}),
    ("(a * b) * d == a * (b * d)", {"a": 1e200, "b": 1e200, "d": 1e-200}),
    ("a * (b + d) == a * b + a * d", {"a": 1e300, "b": 1e10, "d": -1e10}),
    ("a * reciprocal(b) == a / b", {"a": 5.0, "b": 3.0}),
    ("reciprocal(reciprocal(a)) == a", {"a": 49.0}),
    ("a / 3.0 == 1.0 / 3.0 * a", {"a": 5.0}),
    ("a / 5e-324 == 1.0 / 5e-324 * a", {"a": 0.0}),
    ("log(exp(a)) == a", {"a": 1000.0}),
    ("exp(log(a)) == a", {"a": -1.0}),
    ("absolute(log(a)) == log(a)", {"a": 0.5}),
    ("sin(arcsin(a)) == a", {"a": 2.0}),
    ("sqrt(a) * sqrt(a) == a", {"a": 2.0}),
    ("sqrt(a * a) == absolute(a)", {"a": 1e200}),
    ("absolute(sqrt(a)) == sqrt(a)", {"a": -0.0}),
    ("sqrt(sign(a)) == sign(a)", {"a": -1.0}),
    ("sign(a * a) == 1.0", {"a": 0.0}),
    ("log(sigmoid(a)) == -1.0 * log(1.0 + exp(-1.0 * a))", {"a": 40.0}),
    ("minimum_or_first(a, b) == minimum_or_first(b, a)", {"a": 0.0, "b": -0.0}),
    ("maximum_or_first(a, b) == maximum_or_first(b, a)", {"a": NAN, "b": 1.0}),
    ("minimum_or_first(inf, a) == a", {"a": NAN}),
    ("minimum_or_second(a, inf) == a", {"a": NAN}),
    ("minimum_or_first(b, minimum_or_first(a, b)) == minimum_or_first(a, b)", {"a": 0.0, "b": -0.0}),
    ("maximum_or_first(minimum_or_first(a, b), b) == b", {"a": 0.0, "b": -0.0}),
    ("maximum_or_first(a, absolute(a)) == absolute(a)", {"a": -0.0}),
    ("step_from_zero(absolute(a)) == 1.0", {"a": NAN}),
    ("step_from_zero(maximum_or_first(a, 0.0)) == 1.0", {"a": NAN}),
    ("step_from_zero(0.5 * a) == step_from_zero(a)", {"a": -5e-324}),
    ("step_above_zero(a * a) == step_above_zero(a)", {"a": -1.0}),
    ("fill(a) - fill(a) == 0.0", {"a": NAN}),
    ("norm(transpose(a)) == norm(a)", {"a": ((1e8, 1.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 1.0))}),
    ("mean(transpose(a)) == mean(a)", {"a": ((-3.0, -2.0, -1e17), (1.0, 1e17, 1.0), (3.0, -3.0, -2.0))}),
    ("mean(fill(a)) == a", {"a": 0.1}),
    ("std(fill(a)) == 0.0", {"a": 0.3}),
    ("dot(b * a, d) == b * dot(a, d)", {"a": (1e200, 1.0), "b": 1e200, "d": (0.0, 0.0)}),
)
"""Equations that hold only for real numbers, each with operands for which its sides differ."""
