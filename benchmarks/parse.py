"""How long text takes to become a program and a program to become text."""

from functools import partial

from harness import MLP, alternated, programs, seconds, show

import azc
from azc.language import parse

COUNT = 2000


def main() -> None:
    texts = [azc.format_program(program) for program in programs(MLP, COUNT)]
    parsed = [parse(text) for text in texts]
    wide = [text.replace("s2 = 0.01", f"s2 = {i}e-3") for i, text in enumerate(texts)]
    figures = alternated(
        {
            "parse, 15 instructions": lambda: seconds(lambda: [parse(text) for text in texts]) / COUNT,
            "parse, another constant each": lambda: seconds(lambda: [parse(text) for text in wide]) / COUNT,
            "print": lambda: seconds(partial(list, map(azc.format_program, parsed))) / COUNT,
        }
    )
    show("Language", ["what", "us a program"], [[name, f"{1e6 * t:.1f}"] for name, t in figures.items()])


if __name__ == "__main__":
    main()
