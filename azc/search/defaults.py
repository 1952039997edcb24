"""Default settings of a search on a table, if they differ from those of other searches.

The search begins with a known algorithm: on a few hundred rows and within a minute it finds better programs
than from random ones. The algorithm is a network if its matrices are small, else linear regression; with many
features there are no matrices at all, since one example would cost more than a whole program does otherwise.
"""

from typing import Any, Final

NETWORK_FEATURES: Final = 20
MATRIX_FEATURES: Final = 64
SEARCH: Final[dict[str, Any]] = {
    "max_seconds": 60.0,
    # Several experiments, so that the select tasks have several programs to choose from: one alone learns the
    # few rows of a table by heart.
    "restart_after": 20_000,
}
SETUP_OPS: Final = ("SCALAR_CONST_SET", "VECTOR_GAUSSIAN_SET", "MATRIX_GAUSSIAN_SET")
PREDICT_OPS: Final = (
    "SCALAR_SUM",
    "MATRIX_VECTOR_PRODUCT",
    "VECTOR_MAX",
    "VECTOR_INNER_PRODUCT",
    "VECTOR_SUM",
)
LEARN_OPS: Final = (
    "SCALAR_SUM",
    "SCALAR_DIFF",
    "SCALAR_PRODUCT",
    "SCALAR_VECTOR_PRODUCT",
    "VECTOR_SUM",
    "VECTOR_DIFF",
    "VECTOR_HEAVYSIDE",
    "VECTOR_PRODUCT",
    "VECTOR_OUTER_PRODUCT",
    "MATRIX_SUM",
)


def default_tables(features: int, many_classes: bool) -> dict[str, dict[str, Any]]:
    """The tables `[search]` and `[program]` for tasks with this number of features."""
    # An example's features can reach more than one class only through matrices.
    matrices = many_classes or features <= MATRIX_FEATURES
    lists = {"setup_ops": SETUP_OPS, "predict_ops": PREDICT_OPS, "learn_ops": LEARN_OPS}
    return {
        "search": dict(SEARCH),
        "program": {
            "initial": "neural_network" if features <= NETWORK_FEATURES else "linear",
            "size_limits": {"setup": [1, 7], "predict": [1, 11], "learn": [1, 23]},
            "addresses": {"scalars": 5, "vectors": 9, "matrices": 3 if matrices else 0},
            **{
                name: [op for op in ops if matrices or not ("MATRIX" in op or "OUTER" in op)]
                for name, ops in lists.items()
            },
        },
    }
