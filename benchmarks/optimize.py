"""What leaving out dead code costs, and what it saves of an evaluation, for programs with much of it."""

import random

from harness import alternated, seconds, show, tasks

from azc.evaluation import Evaluator
from azc.ir import INTERFACES, Program
from azc.passes import dead_code
from azc.search import parameters, start
from azc.search.initial import individuals
from azc.search.stream import Stream

COUNT = 200


def main() -> None:
    params = parameters(
        {"seed": random.Random(1).getrandbits(32)},
        {"initial": "random", "sizes": {"setup": 10, "predict": 10, "learn": 20}},
        "RMS_ERROR",
    )
    individual, stream = individuals(params), Stream(start(params).position)
    many: list[Program] = [individual(stream) for _ in range(COUNT)]
    rms = INTERFACES["RMS_ERROR"]
    live = [dead_code(program, rms) for program in many]
    evaluator = Evaluator(tasks(16, 1000, 100, 8))
    for program in (*many, *live):
        evaluator.fitness(program)
    figures = alternated(
        {
            "leaving out dead code": lambda: seconds(lambda: [dead_code(p, rms) for p in many]) / COUNT,
            "evaluating whole programs": lambda: seconds(lambda: list(map(evaluator.fitness, many))) / COUNT,
            "evaluating live code": lambda: seconds(lambda: list(map(evaluator.fitness, live))) / COUNT,
        }
    )
    before, after = (sum(len(f) for p in ps for f in p.functions) / COUNT for ps in (many, live))
    show(
        f"{COUNT} random programs, {before:.1f} instructions, {after:.1f} of them live",
        ["what", "us a program"],
        [[name, f"{1e6 * t:.1f}"] for name, t in figures.items()],
    )


if __name__ == "__main__":
    main()
