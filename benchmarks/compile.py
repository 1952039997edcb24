"""How long a program takes to become something that runs, in each form; and a shape's kernels, once."""

import os
import tempfile
from collections.abc import Callable

from harness import MLP, alternated, programs, seconds, show

from azc.backends.llvm import Binder, Native, Shape, layout, locations, numbers_for, plan, target
from azc.backends.llvm.code.functions import provide_functions
from azc.backends.llvm.code.kernels import Kernels
from azc.backends.llvm.lower.elementary import called_by
from azc.backends.python import load_module
from azc.ir import INTERFACES, ORIGINAL

RMS = INTERFACES["RMS_ERROR"]
COUNT = 2000


def _kernels(features: int, lanes: int) -> Callable[[], float]:
    """Building the kernels of a shape from nothing: an empty cache folder each time."""

    def measure() -> float:
        shape = Shape(features, lanes, vector_bytes=target().vector_bytes)
        provide_functions(shape, called_by(ORIGINAL))
        before = os.environ.get("AZC_CACHE")
        with tempfile.TemporaryDirectory() as folder:
            os.environ["AZC_CACHE"] = folder
            try:
                return seconds(lambda: Kernels(shape).require(numbers_for(ORIGINAL)))
            finally:
                del os.environ["AZC_CACHE"]
                if before is not None:
                    os.environ["AZC_CACHE"] = before

    return measure


def main() -> None:
    shape = Shape(16, 8, vector_bytes=target().vector_bytes)
    many = programs(MLP, COUNT)
    made = layout(shape, RMS.addresses, locations(many[0].instructions()))
    binder = Binder(made, RMS, numbers_for(ORIGINAL))

    def tapes() -> None:
        for program in many:
            steps = plan(program, RMS)
            binder.admit(binder.unknown(steps))
            for function in steps.functions:
                binder.bind(function)

    figures = alternated(
        {
            "tape": lambda: seconds(tapes) / COUNT,
            "native code": lambda: seconds(lambda: Native(plan(many[0], RMS), made, RMS)),
            "Python bytecode": lambda: seconds(lambda: load_module(many[0], RMS)),
            "kernels, F = 4, 12 lanes": _kernels(4, 12),
            "kernels, F = 16, 8 lanes": _kernels(16, 8),
            "kernels, F = 160, 8 lanes": _kernels(160, 8),
            "kernels, F = 3072, 1 lane": _kernels(3072, 1),
        }
    )
    show(
        "Compilation of a two-layer network, and of all kernels of a shape",
        ["what", "ms"],
        [[name, f"{1e3 * t:.3f}"] for name, t in figures.items()],
    )


if __name__ == "__main__":
    main()
