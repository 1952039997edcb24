"""Settings for a table of one's own, when nobody gives any."""

from typing import Any, Final

TABLE_SEARCH: Final[dict[str, Any]] = {
    "population_size": 200,
    "tournament_size": 10,
    "mutate_prob": 0.9,
    "mutations": {
        "alter_param": 1.0,
        "randomize_instruction": 1.0,
        "randomize_component_function": 0.2,
        "insert_instruction": 1.0,
        "remove_instruction": 1.0,
    },
    "max_seconds": 60.0,
    "restart_after": 100_000,
    "target_fitness": 1.0,
}
TABLE_PROGRAM: Final[dict[str, Any]] = {
    "initial": "empty",
    "size_limits": {"setup": [1, 7], "predict": [1, 11], "learn": [1, 23]},
    "addresses": {"scalars": 5, "vectors": 9, "matrices": 2},
    "setup_ops": [
        "SCALAR_CONST_SET",
        "VECTOR_GAUSSIAN_SET",
        "MATRIX_GAUSSIAN_SET",
    ],
    "predict_ops": [
        "SCALAR_SUM",
        "MATRIX_VECTOR_PRODUCT",
        "VECTOR_MAX",
        "VECTOR_INNER_PRODUCT",
        "VECTOR_SUM",
    ],
    "learn_ops": [
        "SCALAR_SUM",
        "SCALAR_DIFF",
        "SCALAR_PRODUCT",
        "SCALAR_VECTOR_PRODUCT",
        "VECTOR_SUM",
        "VECTOR_HEAVYSIDE",
        "VECTOR_PRODUCT",
        "VECTOR_OUTER_PRODUCT",
        "MATRIX_SUM",
    ],
}
