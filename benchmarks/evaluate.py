"""How fast programs are evaluated, beside the yardstick: each call a program with another constant."""

from harness import MLP, SGD, alternated, baseline, programs, seconds, show, tasks

from azc.evaluation import Evaluator

FIXED = {"sgd": (SGD, 20), "mlp": (MLP, 6)}


def main() -> None:
    examples = tasks(16, 8000, 1000, 10)
    few = tasks(16, 1000, 1000, 2, "two_layer")
    rows = []
    for name, (text, count) in FIXED.items():
        many = programs(text, count)
        double, single = Evaluator(examples), Evaluator(examples, precision="float32")
        for evaluator in (double, single):
            evaluator.fitness(many[0])
        figures = alternated(
            {
                "baseline.c": lambda: baseline(name, "5"),  # noqa: B023
                "float64": lambda: 1e3 * seconds(lambda: list(map(double.fitness, many))) / count,  # noqa: B023
                "float32": lambda: 1e3 * seconds(lambda: list(map(single.fitness, many))) / count,  # noqa: B023
            }
        )
        base = figures["baseline.c"]
        rows += [[f"{name}, {who}", f"{ms:.2f}", f"{base / ms:.1f}"] for who, ms in figures.items()]
    show(
        "10 tasks of 8000 + 1000 examples, 16 features, kernels", ["program", "ms", "times baseline.c"], rows
    )

    many = programs(MLP, 6)
    kernels, native, python = (Evaluator(few, backend=b) for b in ("kernels", "native", "python"))
    kernels.fitness(many[0])
    native.evaluate(many[0])
    figures = alternated(
        {
            "python": lambda: 1e3 * seconds(lambda: python.evaluate(many[0])),
            "kernels, another constant each time": lambda: (
                1e3 * seconds(lambda: list(map(kernels.fitness, many[1:]))) / (len(many) - 1)
            ),
            "native, from the second time on": lambda: 1e3 * seconds(lambda: native.evaluate(many[0])),
        },
        rounds=3,
    )
    rows = [[who, f"{ms:.2f}", f"{figures['python'] / ms:.0f}"] for who, ms in figures.items()]
    show(
        "Two-layer network, 16 features, 2 tasks of 1000 + 1000 examples",
        ["backend", "ms", "times python"],
        rows,
    )


if __name__ == "__main__":
    main()
