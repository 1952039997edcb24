"""Dataflow of a program as a graph: values within its functions and between them."""

from typing import Final

import attrs

from azc.ir import Address, Instruction, Interface, Program, SignatureLike, signature_of
from azc.passes import Analysis, Function, dead_code, forward, reads

ENTRY: Final = -1
"""In place of an instruction's index: the value exists before the function begins."""
EXIT: Final = -2
"""In place of an instruction's index: the value is read after the function ends."""
START: Final = "start"
"""In place of a function's name: initial memory, all zeros."""
GIVEN: Final = "="
"""Before the name of an input, in place of a function's name."""
Reaching = frozenset[tuple[Address, str]]
"""Addresses, each with a possible source of its value: a function, `START`, or the name of an input."""


@attrs.frozen
class Edge:
    """A value that one instruction of a function writes and another reads."""

    address: Address
    source: int
    target: int


@attrs.frozen
class FunctionGraph:
    """A function as a graph."""

    name: str
    instructions: tuple[Instruction, ...]
    entries: tuple[Address, ...]
    """Addresses that it reads before it writes them."""
    exits: tuple[Address, ...]
    """Addresses that other functions, or whoever runs the program, read after it."""
    edges: tuple[Edge, ...]
    origins: dict[Address, frozenset[str]] = attrs.field(eq=False)
    """Possible sources of each entry."""
    outputs: dict[Address, str] = attrs.field(eq=False)
    """Names of its outputs."""

    def given(self, address: Address) -> str | None:
        """Name of the input that an entry is; None if the program itself wrote it."""
        return min((s[1:] for s in self.origins[address] if s.startswith(GIVEN)), default=None)


@attrs.frozen
class Net:
    """A value that goes from one function to others."""

    address: Address
    source: str
    targets: tuple[str, ...]
    carried: frozenset[str]
    """Targets that read it after a later call of a function before them, as from one example to the next."""


@attrs.frozen
class Graph:
    """The live code of a program as a graph."""

    parts: tuple[FunctionGraph, ...]
    """A part for each function."""
    nets: tuple[Net, ...]


def graph(program: Program, declared: SignatureLike) -> Graph:
    """The graph of a program's live code."""
    live, signature = dead_code(program, declared), signature_of(declared)
    reaching = forward(live, signature, _origins(live, declared))
    parts, leaving = [], {(where, one.name) for one in signature.functions for where in one.read}
    for name, function in zip(live.names, live.functions, strict=True):
        outputs = {where: output for output, where in signature[name].outputs}
        edges = [*_edges(function), *(Edge(where, _last(function, where), EXIT) for where in outputs)]
        entries = _ordered({edge.address for edge in edges if edge.source == ENTRY})
        before: Reaching = reaching[name][0]
        origins = {a: frozenset(source for address, source in before if address == a) for a in entries}
        leaving |= {(a, source) for a in entries for source in origins[a]}
        parts.append(FunctionGraph(name, function, entries, (), tuple(edges), origins, outputs))
    parts = [_with_exits(part, {a for a, source in leaving if source == part.name}) for part in parts]
    return Graph(tuple(parts), _nets(parts))


def _origins(program: Program, declared: SignatureLike) -> Analysis[Reaching]:
    """Possible sources of each address's value, before and after every function."""
    signature = signature_of(declared)
    follow = declared.follow if isinstance(declared, Interface) else None

    def through(name: str, function: Function, fact: Reaching) -> Reaching:
        written = {i.out for i in function}
        return frozenset(p for p in fact if p[0] not in written) | {(o, name) for o in written if o}

    def along(source: str, target: str, fact: Reaching) -> Reaching:
        over = signature.overwritten(source, target)
        names = {where: f"{GIVEN}{name}" for name, where in signature[target].inputs}
        # What it clears is zero as at the start; what is neither follows another function, as a sigmoid does.
        names |= dict.fromkeys(signature[target].clears, START)
        put = {(a, names.get(a, f"{GIVEN}{follow or ''}")) for a in over}
        return frozenset(p for p in fact if p[0] not in over) | put

    memory = frozenset((a, START) for a in {*program.addresses(), *signature.addresses})
    return Analysis(begins=lambda _: memory, join=frozenset.union, through=through, along=along)


def _edges(function: Function) -> list[Edge]:
    """Edges for all operands of the function's instructions."""
    edges, last = [], dict[Address | None, int]()
    for index, instruction in enumerate(function):
        for address in _ordered(reads(instruction)):
            edges.append(Edge(address, last.get(address, ENTRY), index))
        last[instruction.out] = index
    return edges


def _with_exits(part: FunctionGraph, leaving: set[Address]) -> FunctionGraph:
    """The part with exits for the values that leave it."""
    there = {edge.address for edge in part.edges if edge.target == EXIT}
    more = [Edge(a, _last(part.instructions, a), EXIT) for a in _ordered(leaving - there)]
    return attrs.evolve(part, exits=_ordered(leaving), edges=(*part.edges, *more))


def _last(function: Function, address: Address) -> int:
    """Index of the last instruction that writes an address; `ENTRY` if none does."""
    rows = [index for index, instruction in enumerate(function) if instruction.out == address]
    return rows[-1] if rows else ENTRY


def _nets(parts: list[FunctionGraph]) -> tuple[Net, ...]:
    order = [part.name for part in parts]
    return tuple(
        Net(address, part.name, targets, frozenset(t for t in targets if 0 < index >= order.index(t)))
        for index, part in enumerate(parts)
        for address in part.exits
        if (targets := tuple(p.name for p in parts if part.name in p.origins.get(address, ())))
    )


def _ordered(addresses: set[Address] | frozenset[Address]) -> tuple[Address, ...]:
    return tuple(sorted(addresses, key=lambda address: ("svm".index(address.kind), address.index)))
