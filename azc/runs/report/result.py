"""The sections on the hall of fame and on the final program, listed with notes and drawn."""

from collections.abc import Sequence

from azc.errors import AzcError
from azc.ir import KINDS, Address, Program
from azc.language import parse
from azc.passes import carried, optimize
from azc.runs.hall_of_fame import Entry
from azc.runs.report.about import About
from azc.runs.report.costs import front
from azc.runs.report.dataflow import graph
from azc.runs.report.drawing import drawing
from azc.runs.report.html import Child, Html, element, table
from azc.runs.report.parts import figure, listing, section
from azc.runs.report.programs import ListingLine, lines
from azc.runs.report.run_data import RunData
from azc.runs.report.words import count_text, fitness_text
from azc.words import counted


def hall_section(about: About) -> Html:
    """The hall of fame: each row opens its program."""
    if not about.hall:
        empty = "It is written with the first checkpoint, and there was none yet."
        return section("hall", "Hall of fame", empty)
    rows = [_hall_row(index, entry) for index, entry in enumerate(about.hall)]
    heads = ("program", "live length", "fitness", "island", "its programs by then")
    made = table("Hall of fame", heads, rows, numbers=(1, 2, 3, 4))
    programs = [
        element(
            "div",
            listing(lines(entry.program, about.interface)),
            id=f"hall-{index}",
            hidden=index != _best(about),
        )
        for index, entry in enumerate(about.hall)
    ]
    return section(
        "hall",
        "Hall of fame",
        "The best program for each length that no shorter one equals, by fitness on the search tasks.",
        element(
            "div",
            element("div", figure(front(about.hall)), made),
            element(
                "div", element("h3", "Program", id="hall-shown"), *programs, class_="card", id="hall-programs"
            ),
            class_="halves",
        ),
    )


def _best(about: About) -> int:
    return max(range(len(about.hall)), key=lambda index: about.hall[index].fitness)


def _hall_row(index: int, entry: Entry) -> list[Child]:
    button = element(
        "button",
        "show",
        type="button",
        data_hall=index,
        aria_label=f"Show the program of {counted(entry.length, 'live instruction')}",
    )
    return [
        button,
        count_text(entry.length),
        fitness_text(entry.fitness),
        count_text(entry.island),
        count_text(entry.evaluation),
    ]


def final_section(about: About, reading: RunData) -> Html:
    """The program that the run came to, explained."""
    text, whence = _final(about, reading)
    if text is None:
        return section("final", "The program", "There is none yet.")
    try:
        program = parse(text)
    except AzcError as error:
        return section(
            "final",
            "The program",
            f"{whence} It cannot be read: {error}",
            listing(lines(text, about.interface)),
        )
    read = lines(text, about.interface)
    live = sum(line.live and not line.head for line in read)
    simple = sum(map(len, optimize(program, about.interface).functions))
    in_training, in_validation = carried(program, about.interface)
    kept = (
        f"Carried from example to example: {_names(in_training)}; in validation too: {_names(in_validation)}."
    )
    whole = sum(map(len, program.functions))
    lead = f"{whence} {counted(whole, 'instruction')}, {live:,} live, {simple:,} when simplified. {kept}"
    shown = element(
        "div", element("h3", "Listing"), listing(read, _notes(read, about, in_training)), class_="card"
    )
    return section(
        "final", "The program", lead, element("div", shown, _dataflow(program, about), class_="final")
    )


def _dataflow(program: Program, about: About) -> Html:
    """The card with the drawing, which scrolls where it is wide."""
    drawn = element(
        "div",
        drawing(graph(program, about.interface)),
        class_="scrolls",
        tabindex="0",
        role="region",
        aria_label="Dataflow",
    )
    return element("div", element("h3", "Dataflow of its live code"), _legend(), drawn, class_="card")


def _final(about: About, reading: RunData) -> tuple[str | None, str]:
    """The program to explain, and a sentence on where it comes from."""
    if about.program is not None and about.header.is_result:
        return about.program, "The run's result (best.azl), which was best on the select tasks."
    if about.program is not None:
        return about.program, "The best on the search tasks when the last checkpoint was written (best.azl)."
    if reading.best:
        return reading.best[-1]["program"], "The run's best on the search tasks so far."
    return None, ""


def _notes(read: Sequence[ListingLine], about: About, kept: frozenset[Address]) -> list[Child]:
    """A word on each line: what it always gives, what it gives to the outside, what lasts."""
    last = {
        (line.function, _written(line)): index
        for index, line in enumerate(read)
        if line.live and not line.head
    }
    notes: list[Child] = []
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
        notes.append(", ".join(words) or None)
    return notes


def _written(line: ListingLine) -> str:
    """The address that a line writes to."""
    return line.text.strip().partition(" ")[0].partition("[")[0]


def _names(addresses: frozenset[Address]) -> str:
    ordered = sorted(addresses, key=lambda address: (KINDS.index(address.kind), address.index))
    return ", ".join(map(str, ordered)) or "nothing"


def _legend() -> Html:
    kinds = [element("span", element("i", class_=kind), kind) for kind in ("scalar", "vector", "matrix")]
    more = element("span", element("i", class_="carried"), "carried to the next example")
    return element("p", *kinds, more, class_="legend")
