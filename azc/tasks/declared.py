"""What a task says besides its examples, and a set of tasks besides its kind: declared once.

Makers, `Task`, headers of programs, requests of `azc serve` and options of commands take it from here.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from azc.arguments import MAX_SEED
from azc.ir import INTERFACES
from azc.settings import Setting, number, one_of, setting, settings, whole

MAX_FEATURES: Final = 3072
"""Features an example, at most: a colour image of 32 x 32."""
FEATURES: Final = whole(1, MAX_FEATURES)
SEED: Final = whole(0, MAX_SEED)


@attrs.frozen(kw_only=True)
class TaskSettings:
    """What a task says besides its examples."""

    eval_type: str = setting("evaluation type", one_of(INTERFACES), "RMS_ERROR")
    n_classes: int | None = setting(
        "number of classes, for MULTICLASS_ACCURACY alone", whole(2, MAX_FEATURES), None
    )
    epochs: int = setting(
        "passes over the training examples; from the second on shuffled", whole(1, 2**31), 1
    )
    max_abs_error: float = setting("a greater error stops the run", number(0.0), 100.0)
    seed: int = setting("what the program's own draws depend on", SEED, 0)


TASK: Final[Mapping[str, Setting]] = settings(TaskSettings)
N_TASKS: Final = Setting(whole(1, 100_000), 10, "tasks of the set")
