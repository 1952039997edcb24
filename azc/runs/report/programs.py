"""Sections on the hall of fame, and on the final program with its dataflow."""

from collections.abc import Sequence
from typing import Any

from azc.errors import AzcError
from azc.explain import explain
from azc.ir import KINDS, PREDICT, Address, Program, SignatureLike, signature_of
from azc.language import parse
from azc.passes import carried, optimize
from azc.runs.report.charts import front
from azc.runs.report.dataflow import graph
from azc.runs.report.drawing import drawing
from azc.runs.report.listing import ListingLine, lines, listing
from azc.runs.report.run_data import RunData
from azc.runs.report.run_files import RunFiles
from azc.runs.report.traces import drawable
from azc.runs.report.words import count_text, fitness_text
from azc.words import counted


def hall_section(files: RunFiles) -> dict[str, Any]:
    """Entries of the hall of fame, each with its program."""
    best = max(files.hall, key=lambda entry: entry.fitness, default=None)
    entries = [
        {
            "length": counted(entry.length, "live instruction"),
            "numbers": [
                count_text(entry.length),
                fitness_text(entry.fitness),
                count_text(entry.island),
                count_text(entry.evaluation),
            ],
            "listing": listing(lines(entry.program, files.declared)),
            "shown": entry is best,
        }
        for entry in files.hall
    ]
    return {"entries": entries, "searched": files.searched, "charts": drawable([front(files.hall)])}


def final_section(files: RunFiles, data: RunData) -> dict[str, Any]:
    """Data of the run's result, or else its best program: listing with notes, and drawing."""
    text, source = _final(files, data)
    if text is None:
        return {"lead": "There is none yet.", "listing": None, "drawing": None, "meaning": None}
    read = lines(text, files.declared)
    try:
        program = parse(text, signature=files.own_signature)
    except AzcError as error:
        lead = f"{source} It cannot be read: {error}"
        return {"lead": lead, "listing": listing(read), "drawing": None, "meaning": None}
    kept = carried(program, files.declared)
    every = frozenset[Address]().union(*kept.values())
    if files.own_signature is None:
        carrying = (
            f"Carried from example to example: {_names(every)}; in validation too: {_names(kept[PREDICT])}."
        )
    else:
        carrying = f"Carried from call to call: {_names(every)}."
    return {
        "lead": f"{source} {_sizes(program, read, files)} {carrying}",
        "meaning": _meaning(program, files.declared),
        "listing": listing(read, _notes(read, files, every)),
        "drawing": drawing(graph(program, files.declared)),
    }


def _meaning(program: Program, declared: SignatureLike) -> dict[str, Any] | None:
    """What a program means: a sentence, formulas by function, letters, known parts."""
    try:
        found = explain(program, declared)
    except Exception:  # a report is not lost for them
        return None
    return {
        "sentence": found.sentence,
        "equations": found.equations(),
        "letters": [
            (
                found.symbol(named),
                named.role,
                found.scaled_address(named),
                found.how(named),
                found.begins(named),
            )
            for named in found.names
        ],
        "parts": [(part.fragment, found.where(part)) for part in found.parts],
    }


def _final(files: RunFiles, data: RunData) -> tuple[str | None, str]:
    """Text of the final program, and a sentence on its origin."""
    if files.program is not None and files.header.is_result:
        where = "on the select tasks" if "select" in files.header.fitness else "in the search"
        return files.program, f"The run's result (best.azl), which was best {where}."
    if files.program is not None:
        return files.program, f"The best {files.searched} when the last checkpoint was written (best.azl)."
    if data.best:
        return data.best[-1]["program"], f"The run's best {files.searched} so far."
    return None, ""


def _sizes(program: Program, read: Sequence[ListingLine], files: RunFiles) -> str:
    """A sentence on the numbers of instructions."""
    every = sum(map(len, program.functions))
    live = sum(line.live and not line.head for line in read)
    simple = sum(map(len, optimize(program, files.declared).functions))
    return f"{counted(every, 'instruction')}, {live:,} live, {simple:,} when simplified."


def _notes(read: Sequence[ListingLine], files: RunFiles, kept: frozenset[Address]) -> list[str]:
    """A note for each line: a constant value, an output, or state carried to the next example or call."""
    last = {
        (line.function, _written(line)): index
        for index, line in enumerate(read)
        if line.live and not line.head
    }
    signature = signature_of(files.declared)
    outputs = {(one.name, str(where)): name for one in signature.functions for name, where in one.outputs}
    notes = []
    for index, line in enumerate(read):
        words = []
        out = _written(line)
        if line.live and not line.head and last.get((line.function, out)) == index:
            if output := outputs.get((line.function, out)):
                words.append(f"the {output}")
            if line.function != signature.names[0] and out in {str(address) for address in kept}:
                words.append("carried on")
        if line.live and line.value is not None:
            words.append(f"always {line.value + 0.0:.6g}")
        notes.append(", ".join(words))
    return notes


def _written(line: ListingLine) -> str:
    """Address that a line writes."""
    return line.text.strip().partition(" ")[0].partition("[")[0]


def _names(addresses: frozenset[Address]) -> str:
    ordered = sorted(addresses, key=lambda address: (KINDS.index(address.kind), address.index))
    return ", ".join(map(str, ordered)) or "nothing"
