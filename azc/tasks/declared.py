"""Settings of tasks besides their examples, and of sets of tasks besides their kind, declared once.

Makers, `Task`, headers of programs, requests of `azc serve` and options of commands take them from here.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from azc.arguments import MAX_SEED
from azc.ir import INTERFACES
from azc.settings import Setting, number, one_of, setting, settings, whole

MAX_FEATURES: Final = 3072
"""Maximum features of an example: a colour image of 32 x 32."""
FEATURES: Final = whole(1, MAX_FEATURES)
SEED: Final = whole(0, MAX_SEED)


@attrs.frozen(kw_only=True)
class TaskSettings:
    """Settings of a task besides its examples."""

    eval_type: str = setting("evaluation type", one_of(INTERFACES), "RMS_ERROR")
    n_classes: int | None = setting(
        "number of classes, for MULTICLASS_ACCURACY alone", whole(2, MAX_FEATURES), None
    )
    epochs: int = setting(
        "passes over the training examples; from the second on shuffled", whole(1, 2**31), 1
    )
    max_abs_error: float = setting(
        "maximum error of an example; a greater one stops the task", number(0.0), 100.0
    )
    seed: int = setting("seed of the program's own draws", SEED, 0)


TASK: Final[Mapping[str, Setting]] = settings(TaskSettings)
N_TASKS: Final = Setting(whole(1, 100_000), 10, "number of tasks")
