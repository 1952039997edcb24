"""Semantics: the definition of what every operation computes, as plain Python over NumPy numbers and rows.

A scalar is a NumPy number, a vector has the shape (F,), a matrix (F, F), all float64 or all float32. Each
function is named in the column `meaning` of `ops.py`; the other statement of the same is
`backends/llvm/lower/`. The Python backend prints these functions into the module that it makes: they use
NumPy's exactly rounded operations (+ - * / sqrt), each other, `elementary` and `draws`, and nothing else.
Callers silence NumPy's warnings: division by zero and overflow are values here.
"""

import numpy as np

from azc.ir import arithmetic as o
from azc.ir import draws, elementary

# --- sums ---------------------------------------------------------------------------------------------


def fold(x):
    """The sum over the first axis in the order that the specification fixes: halves onto halves."""
    x = x.copy()
    n = len(x)
    while n > 1:
        h = (n + 1) // 2
        x[: n - h] += x[h:n]
        n = h
    return x[0]


def elements(x):
    """A vector's elements, or a matrix's row by row as one long row."""
    return x.reshape(-1)


# --- element by element -------------------------------------------------------------------------------


def add(a, b):
    """The sum of two."""
    return a + b


def subtract(a, b):
    """The difference of two."""
    return a - b


def multiply(a, b):
    """The product of two."""
    return a * b


def divide(a, b):
    """The quotient of two."""
    return a / b


def reciprocal(a):
    """One divided by it."""
    return 1.0 / a


def absolute(a):
    """The absolute value: the sign bit cleared."""
    return np.abs(a)


def step_from_zero(a):
    """1 from zero on, also at -0.0; nan gives 0."""
    return np.where(a >= 0.0, 1.0, 0.0)


def step_above_zero(a):
    """1 above zero; nan gives 0."""
    return np.where(a > 0.0, 1.0, 0.0)


def sign(a):
    """1 above zero, -1 below; else the operand itself: 0.0, -0.0 or nan."""
    return np.where(a > 0.0, 1.0, np.where(a < 0.0, -1.0, a))


def sqrt(a):
    """The square root, correctly rounded; nan below zero, -0.0 at -0.0."""
    return np.sqrt(a)


def minimum_or_first(a, b):
    """The smaller of two; of equals, or beside a nan, the first."""
    return np.where(b < a, b, a)


def minimum_or_second(a, b):
    """The smaller of two; of equals, or beside a nan, the second."""
    return np.where(a < b, a, b)


def maximum_or_first(a, b):
    """The greater of two; of equals, or beside a nan, the first."""
    return np.where(b > a, b, a)


def maximum_or_second(a, b):
    """The greater of two; of equals, or beside a nan, the second."""
    return np.where(a > b, a, b)


def where(a, b, c):
    """The second where the first is above zero, else the third; so too where the first is nan."""
    return np.where(a > 0.0, b, c)


# --- between ranks ------------------------------------------------------------------------------------


def scale(a, b):
    """A scalar times each element."""
    return a * b


def choose(a, b, c):
    """The second if a scalar is above zero, else the third; so too if it is nan."""
    return np.where(a > 0.0, b, c)


def fill(a, features):
    """A vector of `features` elements filled with a scalar."""
    return np.full(features, a)


def outer(a, b):
    """The outer product: element i, j is a[i] * b[j]."""
    return a[:, None] * b


def columns(a):
    """The matrix whose every column is the vector: element i, j is a[i]."""
    return np.repeat(a[:, None], len(a), axis=1)


def rows(a):
    """The matrix whose every row is the vector: element i, j is a[j]."""
    return np.repeat(a[None, :], len(a), axis=0)


def transpose(a):
    """The transpose."""
    return a.T.copy()


def dot(a, b):
    """The inner product: the folded sum of the products."""
    return fold(a * b)


def matrix_vector(a, b):
    """Matrix times vector: the inner product of each row with it."""
    return fold((a * b).T)


def matmul(a, b):
    """The matrix product, row by row."""
    return np.stack([fold(row[:, None] * b) for row in a])


# --- summaries ----------------------------------------------------------------------------------------


def norm(a):
    """The root of the sum of squares, unscaled."""
    x = elements(a)
    return np.sqrt(fold(x * x))


def column_norms(a):
    """The norm of each column."""
    return np.sqrt(fold(a * a))


def row_norms(a):
    """The norm of each row."""
    return np.sqrt(fold((a * a).T))


def mean(a):
    """The sum divided by the number of elements."""
    x = elements(a)
    return fold(x) / x.dtype.type(len(x))


def row_means(a):
    """The mean of each row."""
    return fold(a.T) / a.dtype.type(len(a))


def std(a):
    """The root of mean square less squared mean, unclamped: nan or tiny on constant input is right."""
    x = elements(a)
    m = mean(a)
    return np.sqrt(mean(x * x) - m * m)


def row_stds(a):
    """The standard deviation of each row."""
    m = row_means(a)
    return np.sqrt(row_means(a * a) - m * m)


# --- elementary functions: in float64, rounded once to the precision of memory -------------------------


def sin(a):
    """The sine of radians."""
    return elementary.sin(o, np.float64(a))


def cos(a):
    """The cosine of radians."""
    return elementary.cos(o, np.float64(a))


def tan(a):
    """The tangent of radians."""
    return elementary.tan(o, np.float64(a))


def arcsin(a):
    """The arc sine in radians; nan outside -1 to 1."""
    return elementary.arcsin(o, np.float64(a))


def arccos(a):
    """The arc cosine in radians; nan outside -1 to 1."""
    return elementary.arccos(o, np.float64(a))


def arctan(a):
    """The arc tangent in radians."""
    return elementary.arctan(o, np.float64(a))


def exp(a):
    """The exponential."""
    return elementary.exp(o, np.float64(a))


def log(a):
    """The natural logarithm; -inf at zero, nan below."""
    return elementary.log(o, np.float64(a))


def tanh(a):
    """The hyperbolic tangent."""
    return elementary.tanh(o, np.float64(a))


# --- draws: a function of seed, step, draw and element --------------------------------------------------


def uniform(low, high, draw, memory, numbers):
    """Uniform draws for the elements `numbers`, an array of any shape."""
    return draws.uniform(o, np.uint64(memory.seed), numbers, draw, np.uint64(memory.step), low, high)


def gaussian(mean, sd, draw, memory, numbers):
    """Normal draws for the elements `numbers`, an array of any shape."""
    return draws.gaussian(o, np.uint64(memory.seed), numbers, draw, np.uint64(memory.step), mean, sd)


# --- the interface: what follows Predict, errors and fitness; `n_classes` is 0 where there are none -------


def sigmoid(a, n_classes=0):
    """1 / (1 + exp(-a)), rounded to a's precision; also the probability that replaces a prediction."""
    return a.dtype.type(elementary.sigmoid(o, np.float64(a)))


def softmax(a, n_classes):
    """The first `n_classes` elements replaced by their shares, the rest by zero."""
    x = a[:n_classes].astype(np.float64)
    e = elementary.exp(o, x - np.max(x))
    shares = np.zeros_like(a)
    shares[:n_classes] = e / fold(e)
    return shares


def distance(label, prediction, n_classes=0):
    """The absolute error."""
    return np.abs(label - np.float64(prediction))


def difference(label, prediction, n_classes=0):
    """The error, signed."""
    return label - np.float64(prediction)


def wrong_side(label, prediction, n_classes=0):
    """1 where the probability and the label lie on different sides of a half; nan counts as class 0."""
    return np.float64((label > 0.5) != (sigmoid(prediction) > 0.5))


def missing_share(label, prediction, n_classes=0):
    """What the share of the class lacks to 1."""
    return np.float64(1.0) - np.float64(prediction[int(label)])


def wrong_class(label, prediction, n_classes):
    """1 unless the greatest of the first `n_classes` elements is the class; lowest index wins a tie."""
    x = prediction[:n_classes]
    return np.float64(bool(np.isnan(x).any()) or int(np.argmax(x)) != int(label))


def squashed_rms(loss, n_valid):
    """Fitness from a sum of squared errors: 1 - (2/pi) atan(root mean square), 0 if that is not finite."""
    root = np.sqrt(np.float64(loss) / n_valid)
    return 1.0 - 0.6366197723675814 * elementary.arctan(o, root) if np.isfinite(root) else np.float64(0.0)


def share_right(loss, n_valid):
    """Fitness from a number of errors: the share without."""
    return np.float64(1.0) - np.float64(loss) / n_valid
