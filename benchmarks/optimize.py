"""What LLVM's optimization of a whole program costs and what it gains."""

from harness import MLP, SGD, alternated, programs, seconds, show, tasks

from azc.backends.llvm import Shape, layout, places, target
from azc.backends.llvm.jit import compile_module
from azc.backends.llvm.native import module
from azc.evaluation import Evaluator
from azc.ir import INTERFACES

RMS = INTERFACES["RMS_ERROR"]


def main() -> None:
    shape = Shape(16, 8, vector_bytes=target().vector_bytes)
    examples = tasks(16, 8000, 1000, 8)
    rows = []
    for name, text in (("sgd", SGD), ("mlp", MLP)):
        program = programs(text, 1)[0]
        made = layout(shape, RMS.addresses, places(program.instructions()))

        def build(optimized: bool) -> float:
            made_module = module(program, made)  # noqa: B023 (called in this round)
            return seconds(lambda: compile_module(made_module, optimized=optimized))

        kernels, native = Evaluator(examples, backend="kernels"), Evaluator(examples, backend="native")
        native.evaluate(program)
        figures = alternated(
            {
                "plain": lambda: build(False),
                "optimized": lambda: build(True),
                "kernels": lambda: seconds(lambda: kernels.fitness(program)),  # noqa: B023
                "native": lambda: seconds(lambda: native.evaluate(program)),  # noqa: B023
            }
        )
        rows.append([name, *(f"{1e3 * value:.2f}" for value in figures.values())])
    show(
        "Whole programs (16 features, 8 tasks of 8000 + 1000 examples), ms",
        ["program", "compile, plain", "compile, optimized", "run as kernels", "run native"],
        rows,
    )


if __name__ == "__main__":
    main()
