"""Table of operations: everything else about an operation is derived from its row.

Opcodes, names and relative costs of the first 65 are those of the original engine (Real, Liang, So, Le 2020);
further operations follow in a table of their own. What an operation computes is stated in `semantics.py`
under the name in the column `meaning`; operations that differ only in rank share it, and a row of
`meanings.py`.
"""

from typing import Any, Final

import attrs

from azc.arguments import a_text, kind_of
from azc.ir.meanings import MEANINGS

KINDS: Final = "svm"
"""The kinds of memory: scalars, vectors of F numbers, F x F matrices."""


def _words(names: str) -> tuple[str, ...]:
    return tuple(a_text("names", names).split())


@attrs.frozen(eq=False)
class Op:
    """Operation of the language, compared by value; copies and pickles of a row of `OPS` are that row."""

    code: int
    """The opcode: the operation's index in `OPS`."""
    name: str
    """The original engine's name."""
    symbol: str
    """Spelling in azl: an infix sign, a function's name, `1/`, `=` or `[]=`."""
    axis: int | None
    """Value of `axis=` in azl; None without it."""
    operands: str
    """Kinds of the operands, a letter each."""
    result: str
    """Kind of the result; empty for NO_OP."""
    constants: tuple[str, ...] = attrs.field(converter=_words)
    """Names of the constants, in order."""
    commutative: bool
    """Whether exchanging the two operands keeps every bit."""
    cost: int
    """Relative time, from the original engine's table."""
    meaning: str
    """The function of `semantics.py` that computes it."""
    doc: str
    """Short description for readers."""

    @property
    def random(self) -> bool:
        """Whether it draws random numbers; its last constant is then the number of the draw."""
        return self.constants[-1:] == ("draw",)

    @property
    def op_set(self) -> str:
        """Name of the smallest of `OP_SETS` that contains it; empty if it is not in the table."""
        return next((name for name, ops in OP_SETS.items() if self in ops), "")

    @property
    def in_table(self) -> bool:
        """Whether it equals a row of `OPS`; the verifier refuses others."""
        return isinstance(self.code, int) and 0 <= self.code < len(OPS) and OPS[self.code] == self

    # Programs compare operations all the time, nearly always a row with itself, so this must be quick.
    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Op):
            return NotImplemented
        return self.code == other.code and attrs.astuple(self) == attrs.astuple(other)

    def __hash__(self) -> int:
        return hash(self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_row, (self.name,)) if self.in_table else (Op, _arguments(self))


def _row(name: str) -> Op:
    """Row of the table by name."""
    return BY_NAME[name]


def _arguments(op: Op) -> tuple[Any, ...]:
    """Arguments of `Op` that make an equal one."""
    return tuple(" ".join(v) if isinstance(v, tuple) else v for v in attrs.astuple(op))


an_op: Final = kind_of(Op, expected="an Op", advice="azc.ir.OPS has all")
"""Check of an argument that is an Op."""

# fmt: off
ORIGINAL: Final[tuple[Op, ...]] = (
    #  code name                   symbol         axis  operands    constants        commutative   cost  meaning                doc
    #                                                         result
    Op( 0, "NO_OP",                  "NoOp",       None, "",   "",  "",                 False,    3013921, "no_op",              "does nothing"),
    Op( 1, "SCALAR_SUM",             "+",          None, "ss", "s", "",                 True,     4703759, "add",                "sum"),
    Op( 2, "SCALAR_DIFF",            "-",          None, "ss", "s", "",                 False,    5102027, "subtract",           "difference"),
    Op( 3, "SCALAR_PRODUCT",         "*",          None, "ss", "s", "",                 True,     4418347, "multiply",           "product"),
    Op( 4, "SCALAR_DIVISION",        "/",          None, "ss", "s", "",                 False,    3963916, "divide",             "quotient"),
    Op( 5, "SCALAR_ABS",             "abs",        None, "s",  "s", "",                 False,    3684352, "absolute",           "absolute value"),
    Op( 6, "SCALAR_RECIPROCAL",      "1/",         None, "s",  "s", "",                 False,    4212086, "reciprocal",         "reciprocal"),
    Op( 7, "SCALAR_SIN",             "sin",        None, "s",  "s", "",                 False,    7538523, "sin",                "sine of radians"),
    Op( 8, "SCALAR_COS",             "cos",        None, "s",  "s", "",                 False,    7452807, "cos",                "cosine of radians"),
    Op( 9, "SCALAR_TAN",             "tan",        None, "s",  "s", "",                 False,    7583203, "tan",                "tangent of radians"),
    Op(10, "SCALAR_ARCSIN",          "arcsin",     None, "s",  "s", "",                 False,    9145616, "arcsin",             "arc sine in radians"),
    Op(11, "SCALAR_ARCCOS",          "arccos",     None, "s",  "s", "",                 False,    7673039, "arccos",             "arc cosine in radians"),
    Op(12, "SCALAR_ARCTAN",          "arctan",     None, "s",  "s", "",                 False,    9273978, "arctan",             "arc tangent in radians"),
    Op(13, "SCALAR_EXP",             "exp",        None, "s",  "s", "",                 False,   11755929, "exp",                "exponential"),
    Op(14, "SCALAR_LOG",             "log",        None, "s",  "s", "",                 False,   11627725, "log",                "natural logarithm"),
    Op(15, "SCALAR_HEAVYSIDE",       "heaviside",  None, "s",  "s", "",                 False,    4057075, "step_from_zero",     "1 where x >= 0, else 0 (nan: 0)"),
    Op(16, "VECTOR_HEAVYSIDE",       "heaviside",  None, "v",  "v", "",                 False,    3965743, "step_above_zero",    "1 where x > 0, else 0 (nan: 0)"),
    Op(17, "MATRIX_HEAVYSIDE",       "heaviside",  None, "m",  "m", "",                 False,    6728311, "step_above_zero",    "1 where x > 0, else 0 (nan: 0)"),
    Op(18, "SCALAR_VECTOR_PRODUCT",  "*",          None, "sv", "v", "",                 False,    3705015, "scale",              "scalar times vector"),
    Op(19, "SCALAR_BROADCAST",       "bcast",      None, "s",  "v", "",                 False,    4165814, "fill",               "vector filled with a scalar"),
    Op(20, "VECTOR_RECIPROCAL",      "1/",         None, "v",  "v", "",                 False,    6311851, "reciprocal",         "reciprocal of each element"),
    Op(21, "VECTOR_NORM",            "norm",       None, "v",  "s", "",                 False,    4810562, "norm",               "Euclidean norm"),
    Op(22, "VECTOR_ABS",             "abs",        None, "v",  "v", "",                 False,    3713533, "absolute",           "absolute value of each element"),
    Op(23, "VECTOR_SUM",             "+",          None, "vv", "v", "",                 True,     4701519, "add",                "sum, element by element"),
    Op(24, "VECTOR_DIFF",            "-",          None, "vv", "v", "",                 False,    4165747, "subtract",           "difference, element by element"),
    Op(25, "VECTOR_PRODUCT",         "*",          None, "vv", "v", "",                 True,     4504555, "multiply",           "product, element by element"),
    Op(26, "VECTOR_DIVISION",        "/",          None, "vv", "v", "",                 False,    4556237, "divide",             "quotient, element by element"),
    Op(27, "VECTOR_INNER_PRODUCT",   "dot",        None, "vv", "s", "",                 True,     4294617, "dot",                "inner product"),
    Op(28, "VECTOR_OUTER_PRODUCT",   "outer",      None, "vv", "m", "",                 False,    9833707, "outer",              "outer product: out[i][j] = a[i] * b[j]"),
    Op(29, "SCALAR_MATRIX_PRODUCT",  "*",          None, "sm", "m", "",                 False,    5986302, "scale",              "scalar times matrix"),
    Op(30, "MATRIX_RECIPROCAL",      "1/",         None, "m",  "m", "",                 False,   24336141, "reciprocal",         "reciprocal of each element"),
    Op(31, "MATRIX_VECTOR_PRODUCT",  "dot",        None, "mv", "v", "",                 False,    9310002, "matrix_vector",      "matrix times vector"),
    Op(32, "VECTOR_COLUMN_BROADCAST","bcast",      0,    "v",  "m", "",                 False,   10993088, "columns",            "matrix whose every column is the vector"),
    Op(33, "VECTOR_ROW_BROADCAST",   "bcast",      1,    "v",  "m", "",                 False,   11087322, "rows",               "matrix whose every row is the vector"),
    Op(34, "MATRIX_NORM",            "norm",       None, "m",  "s", "",                 False,    6422746, "norm",               "Frobenius norm"),
    Op(35, "MATRIX_COLUMN_NORM",     "norm",       0,    "m",  "v", "",                 False,    6682187, "column_norms",       "norm of each column"),
    Op(36, "MATRIX_ROW_NORM",        "norm",       1,    "m",  "v", "",                 False,   13351123, "row_norms",          "norm of each row"),
    Op(37, "MATRIX_TRANSPOSE",       "transpose",  None, "m",  "m", "",                 False,    9394756, "transpose",          "transpose"),
    Op(38, "MATRIX_ABS",             "abs",        None, "m",  "m", "",                 False,    4630926, "absolute",           "absolute value of each element"),
    Op(39, "MATRIX_SUM",             "+",          None, "mm", "m", "",                 True,     5579381, "add",                "sum, element by element"),
    Op(40, "MATRIX_DIFF",            "-",          None, "mm", "m", "",                 False,    5429452, "subtract",           "difference, element by element"),
    Op(41, "MATRIX_PRODUCT",         "*",          None, "mm", "m", "",                 True,     5475227, "multiply",           "product, element by element"),
    Op(42, "MATRIX_DIVISION",        "/",          None, "mm", "m", "",                 False,   18234378, "divide",             "quotient, element by element"),
    Op(43, "MATRIX_MATRIX_PRODUCT",  "matmul",     None, "mm", "m", "",                 False,   14516296, "matmul",             "matrix product"),
    Op(44, "SCALAR_MIN",             "minimum",    None, "ss", "s", "",                 False,    3677265, "minimum_or_first",   "smaller; the first if equal or nan"),
    Op(45, "VECTOR_MIN",             "minimum",    None, "vv", "v", "",                 False,    3989956, "minimum_or_first",   "smaller of each pair; the first if equal or nan"),
    Op(46, "MATRIX_MIN",             "minimum",    None, "mm", "m", "",                 False,    5457728, "minimum_or_second",  "smaller of each pair; the second if equal or nan"),
    Op(47, "SCALAR_MAX",             "maximum",    None, "ss", "s", "",                 False,    4573695, "maximum_or_first",   "greater; the first if equal or nan"),
    Op(48, "VECTOR_MAX",             "maximum",    None, "vv", "v", "",                 False,    3974229, "maximum_or_first",   "greater of each pair; the first if equal or nan"),
    Op(49, "MATRIX_MAX",             "maximum",    None, "mm", "m", "",                 False,    5840952, "maximum_or_second",  "greater of each pair; the second if equal or nan"),
    Op(50, "VECTOR_MEAN",            "mean",       None, "v",  "s", "",                 False,    4280443, "mean",               "mean"),
    Op(51, "MATRIX_MEAN",            "mean",       None, "m",  "s", "",                 False,    4595196, "mean",               "mean of all elements"),
    Op(52, "MATRIX_ROW_MEAN",        "mean",       1,    "m",  "v", "",                 False,    9763956, "row_means",          "mean of each row"),
    Op(53, "MATRIX_ROW_ST_DEV",      "std",        1,    "m",  "v", "",                 False,   16766477, "row_stds",           "standard deviation of each row"),
    Op(54, "VECTOR_ST_DEV",          "std",        None, "v",  "s", "",                 False,    5585730, "std",                "standard deviation"),
    Op(55, "MATRIX_ST_DEV",          "std",        None, "m",  "s", "",                 False,   10640216, "std",                "standard deviation of all elements"),
    Op(56, "SCALAR_CONST_SET",       "=",          None, "",   "s", "value",            False,    3691108, "constant",           "sets a constant"),
    Op(57, "VECTOR_CONST_SET",       "[]=",        None, "",   "v", "index value",      False,    3991421, "element",            "sets one element, named by a fraction of F or its number"),
    Op(58, "MATRIX_CONST_SET",       "[]=",        None, "",   "m", "row column value", False,    3693035, "element",            "sets one element, named by fractions of F or its numbers"),
    Op(59, "SCALAR_UNIFORM_SET",     "uniform",    None, "",   "s", "low high draw",    False,   26610704, "uniform",            "a uniform draw from [low, high)"),
    Op(60, "VECTOR_UNIFORM_SET",     "uniform",    None, "",   "v", "low high draw",    False,   57817372, "uniform",            "uniform draws from [low, high)"),
    Op(61, "MATRIX_UNIFORM_SET",     "uniform",    None, "",   "m", "low high draw",    False,  208339446, "uniform",            "uniform draws from [low, high)"),
    Op(62, "SCALAR_GAUSSIAN_SET",    "gaussian",   None, "",   "s", "mean sd draw",     False,   20775635, "gaussian",           "a normal draw"),
    Op(63, "VECTOR_GAUSSIAN_SET",    "gaussian",   None, "",   "v", "mean sd draw",     False,   77483018, "gaussian",           "normal draws"),
    Op(64, "MATRIX_GAUSSIAN_SET",    "gaussian",   None, "",   "m", "mean sd draw",     False,  277690384, "gaussian",           "normal draws"),
)
"""The operations of the original engine."""
FURTHER: Final[tuple[Op, ...]] = (
    #  code name                   symbol         axis  operands    constants        commutative   cost  meaning                doc
    #                                                         result
    Op(65, "SCALAR_SQRT",            "sqrt",        None, "s",  "s", "",                 False,    4212086, "sqrt",               "square root; nan below zero"),
    Op(66, "VECTOR_SQRT",            "sqrt",        None, "v",  "v", "",                 False,    6311851, "sqrt",               "square root of each element; nan below zero"),
    Op(67, "MATRIX_SQRT",            "sqrt",        None, "m",  "m", "",                 False,   24336141, "sqrt",               "square root of each element; nan below zero"),
    Op(68, "SCALAR_SIGN",            "sign",        None, "s",  "s", "",                 False,    4057075, "sign",               "1 where x > 0, -1 where x < 0, else x itself"),
    Op(69, "VECTOR_SIGN",            "sign",        None, "v",  "v", "",                 False,    3965743, "sign",               "1 where x > 0, -1 where x < 0, else x itself"),
    Op(70, "MATRIX_SIGN",            "sign",        None, "m",  "m", "",                 False,    6728311, "sign",               "1 where x > 0, -1 where x < 0, else x itself"),
    Op(71, "SCALAR_TANH",            "tanh",        None, "s",  "s", "",                 False,   11755929, "tanh",               "hyperbolic tangent"),
    Op(72, "VECTOR_TANH",            "tanh",        None, "v",  "v", "",                 False,   37981953, "tanh",               "hyperbolic tangent of each element"),
    Op(73, "MATRIX_TANH",            "tanh",        None, "m",  "m", "",                 False,  142886049, "tanh",               "hyperbolic tangent of each element"),
    Op(74, "SCALAR_SIGMOID",         "sigmoid",     None, "s",  "s", "",                 False,   12954094, "sigmoid",            "1 / (1 + exp(-x))"),
    Op(75, "VECTOR_SIGMOID",         "sigmoid",     None, "v",  "v", "",                 False,   41279883, "sigmoid",            "1 / (1 + exp(-x)), element by element"),
    Op(76, "MATRIX_SIGMOID",         "sigmoid",     None, "m",  "m", "",                 False,  164208269, "sigmoid",            "1 / (1 + exp(-x)), element by element"),
    Op(77, "VECTOR_EXP",             "exp",         None, "v",  "v", "",                 False,   37981953, "exp",                "exponential of each element"),
    Op(78, "MATRIX_EXP",             "exp",         None, "m",  "m", "",                 False,  142886049, "exp",                "exponential of each element"),
    Op(79, "VECTOR_LOG",             "log",         None, "v",  "v", "",                 False,   37469137, "log",                "natural logarithm of each element"),
    Op(80, "MATRIX_LOG",             "log",         None, "m",  "m", "",                 False,  140834785, "log",                "natural logarithm of each element"),
    Op(81, "SCALAR_WHERE",           "where",       None, "sss","s", "",                 False,    4573695, "where",              "the second where the first is above 0, else the third (nan: the third)"),
    Op(82, "VECTOR_WHERE",           "where",       None, "vvv","v", "",                 False,    3974229, "where",              "the second where the first is above 0, else the third (nan: the third)"),
    Op(83, "MATRIX_WHERE",           "where",       None, "mmm","m", "",                 False,    5840952, "where",              "the second where the first is above 0, else the third (nan: the third)"),
    Op(84, "SCALAR_VECTOR_WHERE",    "where",       None, "svv","v", "",                 False,    3974229, "choose",             "one of two vectors: the first if the scalar is above 0, else the other"),
    Op(85, "SCALAR_MATRIX_WHERE",    "where",       None, "smm","m", "",                 False,    5840952, "choose",             "one of two matrices: the first if the scalar is above 0, else the other"),
)
"""Operations that the original engine does not have; a search uses them only if its configuration says so.

Costs are estimates from the original's: sqrt costs as much as a reciprocal, sign as a step, tanh as exp,
sigmoid as exp and a reciprocal, where as a maximum. For a vector exp and log cost 4 times as much as for a scalar, for a matrix
16 times, less NO_OP: the original's measures of vectors and matrices are in such proportions.
"""
# fmt: on

OPS: Final = (*ORIGINAL, *FURTHER)
"""All operations; the index is the opcode."""
OP_SETS: Final = {"original": ORIGINAL, "extended": OPS}
"""Sets of operations by their names in configurations; each contains the one before it."""
BY_NAME: Final = {op.name: op for op in OPS}
NO_OP: Final = OPS[0]
RANDOM: Final = frozenset(op for op in OPS if op.random)
ELEMENT_SETS: Final = frozenset(op for op in OPS if MEANINGS[op.meaning].partial)
MAX_ADDRESSES: Final = 64
"""Number of addresses of each kind: s0 to s63, v0 to v63, m0 to m63."""
