"""The section on the final program: its lines with notes, and the dataflow of its live code."""

from collections.abc import Sequence
from typing import Any

from azc.errors import AzcError
from azc.ir import KINDS, Address, Program
from azc.language import parse
from azc.passes import carried, optimize
from azc.runs.report.about import About
from azc.runs.report.dataflow import graph
from azc.runs.report.drawing import drawing
from azc.runs.report.programs import ListingLine, lines, listing
from azc.runs.report.run_data import RunData
from azc.words import counted


def final_section(about: About, data: RunData) -> dict[str, Any]:
    """The program that the run came to, explained."""
    text, source = _final(about, data)
    if text is None:
        return {"lead": "There is none yet.", "listing": None, "drawing": None}
    read = lines(text, about.interface)
    try:
        program = parse(text)
    except AzcError as error:
        return {"lead": f"{source} It cannot be read: {error}", "listing": listing(read), "drawing": None}
    in_training, in_validation = carried(program, about.interface)
    return {
        "lead": f"{source} {_sizes(program, read, about)} Carried from example to example: "
        f"{_names(in_training)}; in validation too: {_names(in_validation)}.",
        "listing": listing(read, _notes(read, about, in_training)),
        "drawing": drawing(graph(program, about.interface)),
    }


def _final(about: About, data: RunData) -> tuple[str | None, str]:
    """The program to explain, and a sentence on where it comes from."""
    if about.program is not None and about.header.is_result:
        return about.program, "The run's result (best.azl), which was best on the select tasks."
    if about.program is not None:
        return about.program, "The best on the search tasks when the last checkpoint was written (best.azl)."
    if data.best:
        return data.best[-1]["program"], "The run's best on the search tasks so far."
    return None, ""


def _sizes(program: Program, read: Sequence[ListingLine], about: About) -> str:
    """A sentence on the numbers of instructions."""
    every = sum(map(len, program.functions))
    live = sum(line.live and not line.head for line in read)
    simple = sum(map(len, optimize(program, about.interface).functions))
    return f"{counted(every, 'instruction')}, {live:,} live, {simple:,} when simplified."


def _notes(read: Sequence[ListingLine], about: About, kept: frozenset[Address]) -> list[str]:
    """A note for each line: a value that is always the same, the prediction, what is carried on."""
    last = {
        (line.function, _written(line)): index
        for index, line in enumerate(read)
        if line.live and not line.head
    }
    notes = []
    for index, line in enumerate(read):
        words = []
        out = _written(line)
        if line.live and not line.head and last.get((line.function, out)) == index:
            if line.function == "predict" and out == str(about.interface.prediction):
                words.append("the prediction")
            if line.function != "setup" and out in {str(address) for address in kept}:
                words.append("carried on")
        if line.live and line.value is not None:
            words.append(f"always {line.value + 0.0:.6g}")
        notes.append(", ".join(words))
    return notes


def _written(line: ListingLine) -> str:
    """The address that a line writes to."""
    return line.text.strip().partition(" ")[0].partition("[")[0]


def _names(addresses: frozenset[Address]) -> str:
    ordered = sorted(addresses, key=lambda address: (KINDS.index(address.kind), address.index))
    return ", ".join(map(str, ordered)) or "nothing"
