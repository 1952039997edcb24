"""How fast programs are evaluated, beside the yardstick: each call a program with another constant."""

from harness import MLP, SGD, alternated, baseline, programs, seconds, show, tasks

import azc
from azc.evaluation import Evaluator

FIXED = {"sgd": (SGD, 20), "mlp": (MLP, 6)}
REPEATS = 5


def each(evaluator: Evaluator, many: list[azc.Program]) -> float:
    """Milliseconds a program, all of them new."""
    return 1e3 * seconds(lambda: list(map(evaluator.fitness, many))) / len(many)


def fixed() -> None:
    examples = tasks(16, 8000, 1000, 10)
    rows = []
    for name, (text, count) in FIXED.items():
        many = programs(text, count)
        double, single = Evaluator(examples), Evaluator(examples, precision="float32")
        for evaluator in (double, single):
            evaluator.fitness(many[0])
        figures = alternated(
            {
                "baseline.c": lambda: baseline(name, str(REPEATS)),  # noqa: B023
                "float64": lambda: each(double, many),  # noqa: B023
                "float32": lambda: each(single, many),  # noqa: B023
            }
        )
        base = figures["baseline.c"]
        rows += [[f"{name}, {who}", f"{ms:.2f}", f"{base / ms:.1f}"] for who, ms in figures.items()]
    show(
        "10 tasks of 8000 + 1000 examples, 16 features, kernels", ["program", "ms", "times baseline.c"], rows
    )


def break_even() -> None:
    """After how many evaluations of one program compiling it whole pays, on the same tasks."""
    rows = []
    for precision in ("float64", "float32"):
        for name, (text, _) in FIXED.items():
            examples = tasks(16, 8000, 1000, 10)
            kernels = Evaluator(examples, precision=precision)
            native = Evaluator(examples, precision=precision, backend="native")
            many = iter(programs(text, 40)[1:])
            first = programs(text, 1)[0]
            kernels.evaluate(first)
            native.evaluate(first)
            figures = alternated(
                {
                    "kernels": lambda: 1e3 * seconds(lambda: kernels.evaluate(first)),  # noqa: B023
                    "native": lambda: 1e3 * seconds(lambda: native.evaluate(first)),  # noqa: B023
                    "with compiling": lambda: 1e3 * seconds(lambda: native.evaluate(next(many))),  # noqa: B023
                }
            )
            gain, cost = figures["kernels"] - figures["native"], figures["with compiling"] - figures["native"]
            even = f"{cost / gain:,.0f}" if gain > 0 else "never"
            rows.append([f"{name}, {precision}", *(f"{ms:.2f}" for ms in figures.values()), even])
    columns = ["program", "kernels, ms", "native, ms", "the first time, ms", "break-even, evaluations"]
    show("The whole program compiled, 10 tasks of 8000 + 1000 examples, 16 features", columns, rows)


def backends() -> None:
    few, many = tasks(16, 1000, 1000, 2, "two_layer"), programs(MLP, 6)
    kernels, native, python = (Evaluator(few, backend=b) for b in ("kernels", "native", "python"))
    kernels.fitness(many[0])
    native.evaluate(many[0])
    figures = alternated(
        {
            "python": lambda: 1e3 * seconds(lambda: python.evaluate(many[0])),
            "kernels, another constant each time": lambda: each(kernels, many[1:]),
            "native, from the second time on": lambda: 1e3 * seconds(lambda: native.evaluate(many[0])),
        },
        rounds=3,
    )
    rows = [[who, f"{ms:.2f}", f"{figures['python'] / ms:.0f}"] for who, ms in figures.items()]
    title = "Two-layer network, 16 features, 2 tasks of 1000 + 1000 examples"
    show(title, ["backend", "ms", "times python"], rows)


def main() -> None:
    fixed()
    break_even()
    backends()


if __name__ == "__main__":
    main()
