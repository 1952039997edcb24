"""`azc.compile`: from a program to an algorithm that a caller runs."""

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, overload

from azc.arguments import a_seed, fault, one_of, optional, several, takes, whole
from azc.errors import AzcError
from azc.evaluation.algorithm import Algorithm, CompiledFrom
from azc.evaluation.evaluator import a_backend, a_precision
from azc.evaluation.result import addresses_used, numbers_in
from azc.evaluation.stepper import Cells, Stepper
from azc.ir import (
    INTERFACES,
    Interface,
    Program,
    Signature,
    a_program,
    a_signature,
    check_features,
    check_names,
    interface_of,
    verify,
)
from azc.memory import at_features, check_fits
from azc.passes import evaluation_type
from azc.tasks import MAX_FEATURES

if TYPE_CHECKING:
    from azc.evaluation.learner import Learner

MAX_LANES: Final = 4096
"""Maximum number of lanes of an algorithm."""


def _seeds(name: str, value: Any) -> Any:
    """Check for a seed, or a sequence of seeds."""
    try:
        return a_seed(name, value)
    except AzcError:
        if not isinstance(value, Iterable):
            raise
    return _SEVERAL_SEEDS(name, value)


_SEVERAL_SEEDS: Final = several(a_seed, "a whole number, or one for each lane", into=tuple)


@overload
def compile(
    program: Program,
    features: int,
    *,
    lanes: int = 1,
    eval_type: str | None = None,
    n_classes: int | None = None,
    backend: str = "auto",
    precision: str = "float64",
    seed: int | Iterable[int] = 0,
) -> "Learner": ...
@overload
def compile(
    program: Program,
    features: int,
    *,
    signature: Signature,
    lanes: int = 1,
    backend: str = "auto",
    precision: str = "float64",
    seed: int | Iterable[int] = 0,
) -> Algorithm: ...
@takes(
    program=a_program,
    features=whole(1, MAX_FEATURES),
    signature=optional(a_signature),
    lanes=whole(1, MAX_LANES),
    eval_type=optional(one_of(INTERFACES)),
    n_classes=optional(whole(2, MAX_FEATURES)),
    backend=a_backend,
    precision=a_precision,
    seed=_seeds,
)
def compile(
    program: Program,
    features: int,
    *,
    signature: Signature | None = None,
    lanes: int = 1,
    eval_type: str | None = None,
    n_classes: int | None = None,
    backend: str = "auto",
    precision: str = "float64",
    seed: int | Iterable[int] = 0,
) -> Algorithm:
    """Compile a program, to be run function by function: an `Algorithm`, or without a signature a `Learner`.

    `lanes` copies run together, each with its own memory; `seed` is that of their draws, or a seed for each.
    Without `signature` and `eval_type` the program is one of supervised learning for RMS_ERROR; a warning
    follows if nothing is live under that, but something is under another type. AzcError if an argument is
    wrong, the program is invalid or it does not fit in memory.
    """
    if signature is not None and eval_type is not None:
        raise AzcError("give signature= or eval_type=, not both: an evaluation type has its own signature")
    interface = None if signature is not None else interface_of(eval_type or "RMS_ERROR")
    declared = interface.signature if signature is None and interface is not None else signature
    assert declared is not None
    classes = _classes(interface, features, n_classes)
    verify(program)
    check_names(program, declared)
    check_features(program, features)
    if interface is not None and eval_type is None and (guess := evaluation_type(program).guess):
        warnings.warn(f"compiled for RMS_ERROR; eval_type= may be meant for {guess}", stacklevel=2)
    seeds: tuple[Any, ...] = seed if isinstance(seed, tuple) else (seed,) * lanes
    if len(seeds) != lanes:
        raise fault("seed", f"a whole number, or one for each of {lanes} lanes", seed)
    return made(
        CompiledFrom(
            program,
            features,
            declared,
            None if interface is None else interface.name,
            classes,
            lanes,
            "kernels" if backend == "auto" else backend,
            precision,
            seeds,
        )
    )


def made(wanted: CompiledFrom) -> Algorithm:
    """An algorithm of checked arguments, just started."""
    used = addresses_used(wanted.program, wanted.signature.addresses)
    size = 4 if wanted.precision == "float32" else 8
    check_fits(size * wanted.lanes * numbers_in(used, wanted.features), at_features(wanted.features))
    machine = _machine(wanted)
    if wanted.eval_type is None:
        return Algorithm(machine, wanted)
    from azc.evaluation.learner import Learner

    return Learner(machine, wanted, interface_of(wanted.eval_type))


def _machine(wanted: CompiledFrom) -> Stepper:
    own = (wanted.program, wanted.signature, wanted.features, wanted.precision, wanted.seeds)
    if wanted.backend == "python":
        from azc.evaluation.python_machine import PythonMachine

        return PythonMachine(*own)
    from azc.evaluation.compiled_machine import CompiledMachine

    return CompiledMachine(*own, wanted.backend, wanted.n_classes)


def in_state(wanted: CompiledFrom, memory: Cells, step: int, last: str) -> Algorithm:
    """The algorithm of a pickle."""
    algorithm = made(wanted)
    algorithm._put(memory, step, last)
    return algorithm


def _classes(interface: Interface | None, features: int, n_classes: int | None) -> int:
    if interface is None or not interface.classes:
        if n_classes is not None:
            other = "a signature" if interface is None else interface.name
            raise AzcError(f"n_classes belongs to MULTICLASS_ACCURACY, not to {other}; leave it out")
        return 0
    if n_classes is None or not 2 <= n_classes <= features:
        raise AzcError(
            f"n_classes is {n_classes!r}; {interface.name} needs from 2 to {features}, the features"
        )
    return n_classes
