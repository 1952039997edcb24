"""What the passes cost, how many instructions they leave, and what that saves of an evaluation."""

import random

from harness import alternated, seconds, show, tasks

from azc.evaluation import Evaluator
from azc.ir import INTERFACES, ORIGINAL, Address, Instruction, Interface, Op, Program, address
from azc.passes import PASSES, dead_code, optimize

COUNT = 200
SIZES = (10, 10, 20)
"""Instructions of Setup, Predict and Learn."""
ADDRESSES = {"s": 6, "v": 5, "m": 3}


def instruction(draw: random.Random, ops: list[Op], interface: Interface) -> Instruction:
    """An instruction as a search makes it: any operation over few addresses; data are not written."""
    op = draw.choice(ops)
    out = address(op.result, draw.randrange(ADDRESSES[op.result]))
    while out in interface.overwritten:
        out = address(op.result, draw.randrange(ADDRESSES[op.result]))
    operands = tuple(address(kind, draw.randrange(ADDRESSES[kind])) for kind in op.operands)
    constants = tuple(
        draw.getrandbits(20) if name == "draw" else draw.uniform(-1.0, 1.0) for name in op.constants
    )
    return Instruction(op, out, operands, constants)


def evolved(seed: int, interface: Interface) -> Program:
    """A program as evolution leaves them: random instructions, on some of which the prediction depends."""
    draw = random.Random(seed)
    ops = [op for op in ORIGINAL if op.result]
    setup, predict, learn = ([instruction(draw, ops, interface) for _ in range(n)] for n in SIZES)
    live: set[Address] = {interface.prediction}
    for function in (predict, learn):
        # Let most instructions write what is read after them, as those do that selection keeps.
        for place in reversed(range(len(function))):
            one = function[place]
            wanted = [a for a in live if a.kind == one.out.kind and a not in interface.overwritten]
            if wanted and draw.random() < 0.7:
                one = Instruction(one.op, draw.choice(wanted), one.operands, one.constants)
                function[place] = one
            live |= {o for o in one.operands if isinstance(o, Address)}
    return Program(tuple(setup), tuple(predict), tuple(learn))


def length(programs: list[Program]) -> float:
    """Instructions a program, on average."""
    return sum(len(function) for program in programs for function in program.functions) / len(programs)


def main() -> None:
    rms = INTERFACES["RMS_ERROR"]
    stages = [[evolved(seed, rms) for seed in range(COUNT)]]
    whole, rows = stages[0], []
    for name, run in PASSES.items():
        before = stages[-1]
        took = alternated({name: lambda b=before, r=run: seconds(lambda: [r(p, rms) for p in b]) / COUNT})
        stages.append([run(program, rms) for program in before])
        changed = sum(a != b for a, b in zip(before, stages[-1], strict=True))
        left = length([dead_code(program, rms) for program in stages[-1]])
        rows.append([name, f"{1e6 * took[name]:.0f}", f"{changed / COUNT:.0%}", f"{left:.1f}"])
    simple = [optimize(program, rms) for program in whole]
    took = alternated({"all": lambda: seconds(lambda: [optimize(p, rms) for p in whole]) / COUNT})
    changed = sum(a != b for a, b in zip(whole, simple, strict=True))
    rows.append(
        [
            "until nothing changes",
            f"{1e6 * took['all']:.0f}",
            f"{changed / COUNT:.0%}",
            f"{length(simple):.1f}",
        ]
    )
    show(
        f"{COUNT} programs of {length(whole):.1f} instructions",
        ["pass, after those above it", "us a program", "changes", "live instructions left"],
        rows,
    )
    evaluator = Evaluator(tasks(16, 1000, 100, 8))
    forms = {"whole": whole, "live code": [dead_code(p, rms) for p in whole], "all passes": simple}
    for programs in forms.values():
        list(map(evaluator.fitness, programs))
    figures = alternated(
        {
            name: lambda ps=programs: seconds(lambda: list(map(evaluator.fitness, ps))) / COUNT
            for name, programs in forms.items()
        }
    )
    show(
        "Evaluating them: 8 tasks, 16 features, 1,000 + 100 examples",
        ["what", "us a program"],
        [[name, f"{1e6 * t:.0f}"] for name, t in figures.items()],
    )


if __name__ == "__main__":
    main()
