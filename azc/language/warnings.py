"""Warnings about legal text that is surely not meant, each with its column.

`WARNINGS` lists them: functions from an instruction, with facts about the program, to columns and sentences.
They depend on what whoever runs the program reads and writes, so on a signature.
"""

import math
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from azc.ir import ELEMENT_SETS, NO_OP, Address, Instruction, Interface, Signature
from azc.language.diagnostics import clipped, listed
from azc.language.errors import Problem
from azc.language.lines import FunctionHead, Statement
from azc.language.reader import Source
from azc.language.spelling import constant_text, number
from azc.passes import roles
from azc.tasks import MAX_FEATURES

Found = Iterator[tuple[int, str]]
"""Columns, counted from 0, each with a sentence."""


@attrs.frozen
class Occurrence:
    """An instruction in the text, with the facts about the program that rules need."""

    statement: Statement
    function: str
    line: int
    """Index of its line."""
    live: bool
    """Whether an output depends on it."""
    before: frozenset[Address]
    """Addresses that earlier instructions of the function write."""
    written: frozenset[Address]
    """Addresses written by any instruction, or from outside: inputs, a replaced prediction."""
    unwritten: tuple[str, ...]
    """Outputs that no instruction writes, each with its address, if they are all outputs; else none."""
    signature: Signature

    @property
    def instruction(self) -> Instruction:
        """The instruction itself."""
        return self.statement.instruction

    def reads(self) -> Iterator[tuple[int, Address]]:
        """Addresses among the operands, each with its column."""
        for column, operand in zip(self.statement.columns.operands, self.instruction.operands, strict=True):
            if isinstance(operand, Address):
                yield column, operand

    def given(self) -> dict[Address, str]:
        """Addresses of all inputs, each with the input's name."""
        return {where: name for one in self.signature.functions for name, where in one.inputs}

    def givers(self, where: Address) -> list[str]:
        """The functions that have an input at an address."""
        return [one.name for one in self.signature.functions if where in dict(one.inputs).values()]

    def constants(self) -> dict[str, tuple[int, float | int]]:
        """Constants by name, each with its column; the number of a draw excluded."""
        named = zip(self.instruction.op.constants, self.instruction.constants, strict=True)
        placed = zip(self.statement.columns.constants, named, strict=False)
        return {name: (column, value) for column, (name, value) in placed}


def warnings_of(source: Source, signature: Signature | Interface) -> list[Problem]:
    """All warnings of a text, by line and column, at most one for each column."""
    found: dict[tuple[int, int], str] = {}
    if isinstance(signature, Interface):
        signature = signature.signature
    for site in _sites(source, signature):
        for rule in WARNINGS:
            for column, message in rule(site):
                found.setdefault((site.line, column), message)
    return [
        Problem(message, line + 1, column + 1, source.texts[line], source.filename, severity="warning")
        for (line, column), message in sorted(found.items())
    ]


def _sites(source: Source, signature: Signature) -> Iterator[Occurrence]:
    """Instructions of a text, from its first line to its last."""
    by_function = roles(source.program, signature)
    given = {address for edge in signature.follows for address in signature.overwritten(*edge)}
    outs = {i.out for i in source.program.instructions() if i.out is not None}
    written = frozenset(given | outs)
    outputs = [(name, where) for one in signature.functions for name, where in one.outputs]
    none = not any(where in outs | signature.written for _, where in outputs)
    unwritten = tuple(f"{where}, the {name}" for name, where in outputs if none)
    function, index, before = signature.names[0], 0, frozenset[Address]()
    for number_of_line, line in enumerate(source.lines):
        if isinstance(line.content, FunctionHead):
            function, index, before = line.content.name, 0, frozenset()
        elif isinstance(line.content, Statement):
            live = by_function[function][index].live
            yield Occurrence(
                line.content, function, number_of_line, live, before, written, unwritten, signature
            )
            out, index = line.content.instruction.out, index + 1
            before |= frozenset() if out is None else {out}


def never_written(site: Occurrence) -> Found:
    """Find addresses that are read but never written."""
    for column, operand in site.reads():
        if operand not in site.written:
            yield column, f"{operand} is never written, so it is always 0"


def nothing_there_yet(site: Occurrence) -> Found:
    """Find inputs read before they are put in, and reads in the first function before any write."""
    given, first = site.given(), site.signature.names[0]
    absent = {*given} if site.function == first else {*site.signature[site.function].clears} & {*given}
    for column, operand in site.reads():
        if operand in site.before:
            continue
        if operand in absent:
            name, when = given[operand], site.givers(operand)[0]
            yield column, f"{operand} is 0 in {site.function}: the {name} {_is(name)} put in before {when}"
        elif site.function == first and site.live and operand in site.written:
            yield column, f"{operand} is 0 here: nothing in {first} has written it before"


def _is(name: str) -> str:
    """The verb for a name, which is a plural if it ends in s."""
    return "are" if name.endswith("s") else "is"


def writes_what_is_given(site: Occurrence) -> Found:
    """Find writes to inputs and to what is cleared."""
    out, given = site.instruction.out, site.given()
    if out not in site.signature.written:
        return
    cleared = [one.name for one in site.signature.functions if out in one.clears]
    put_in = [f"before {name}" for name in site.givers(out)]
    does = [f"the {given[out]} {_is(given[out])} put in {listed(put_in, 'and')}"] if out in given else []
    does += [f"zero is put in before {name}" for name in cleared]
    yield (
        site.statement.columns.out,
        f"{out} is where {listed(does, 'and')}, so what is written here does not last; take another address",
    )


def without_effect(site: Occurrence) -> Found:
    """Find dead instructions."""
    if not site.live and site.instruction.op is not NO_OP:
        outputs = {name: None for one in site.signature.functions for name, _ in one.outputs}
        why = f"no {listed([*outputs], 'or')} depends on it"
        if site.unwritten:
            why = f"nothing writes {listed(site.unwritten, 'or')}"
        yield site.statement.columns.out, f"this has no effect: {why}"


def negative_deviation(site: Occurrence) -> Found:
    """Find normal draws with a negative standard deviation."""
    column, deviation = site.constants().get("sd", (0, 0.0))
    if deviation < 0:
        yield (
            column,
            f"the sign of a standard deviation does not matter; write {constant_text(-deviation)}",
        )


def empty_interval(site: Occurrence) -> Found:
    """Find uniform draws from an empty interval."""
    constants = site.constants()
    if "low" in constants:
        column, low = constants["low"]
        _, high = constants["high"]
        if low >= high:
            yield column, f"low is not below high, so every draw is {constant_text(low)}"


def far_index(site: Occurrence) -> Found:
    """Find indexes that are no fraction from 0 to 1, or numbers beyond all features."""
    if site.instruction.op not in ELEMENT_SETS:
        return
    for name, (column, index) in site.constants().items():
        if name == "value":
            continue
        if isinstance(index, int):
            if index >= MAX_FEATURES:
                yield column, f"there is no element {index}: a task has at most {MAX_FEATURES:,} features"
        elif not 0 <= index < 1:
            which = "last" if index >= 1 else "first"
            yield column, f"a fraction is from 0 to below 1; {constant_text(index)} means the {which} element"


def beyond_range(site: Occurrence) -> Found:
    """Find numbers beyond the range of float64, and numbers that it rounds to zero."""
    for token in site.statement.numbers:
        value, digits = number(token.text), token.text.lower().partition("e")[0]
        if math.isinf(value) and "inf" not in token.text:
            yield token.column, f"{clipped(token.text)} is beyond the range of float64, so it is {value:g}"
        elif value == 0 and any(digit in digits for digit in "123456789"):
            yield token.column, f"{clipped(token.text)} is nearer to 0 than any float64, so it is 0"


WARNINGS: Final[tuple[Callable[[Occurrence], Found], ...]] = (
    never_written,
    nothing_there_yet,
    writes_what_is_given,
    without_effect,
    negative_deviation,
    empty_interval,
    far_index,
    beyond_range,
)
"""All rules; if several concern one column, the first one's sentence counts."""
