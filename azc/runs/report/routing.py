"""Ways of values from function to function: out below, up between the columns, over them, in from above."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from azc.ir import FUNCTIONS
from azc.runs.report.dataflow import Net

STEP: Final = 10.0
"""Between lines that run side by side."""
_CORNER: Final = 6.0
Point = tuple[float, float]


@attrs.frozen
class Wire:
    """A net and the tracks that it takes."""

    net: Net
    gutter: int
    """Right of which column it goes up."""
    track: int
    """Which of the lines in that gutter it is."""
    under: int
    """Which of the lines below its source it is."""
    over: int
    """Which of the lines above the columns it is."""


def wires(nets: Sequence[Net], ports: Mapping[tuple[str, str], float]) -> list[Wire]:
    """Tracks for all nets; `ports` says how far to the right a net's ends are, by function and address.

    Lines in a gutter never share a track, and neither do those below a column; above the columns those do
    that do not overlap.
    """
    found: list[Wire] = []
    ends: list[float] = []  # of the tracks above, how far to the right they are taken
    in_gutter, below = [0, 0, 0], dict.fromkeys(FUNCTIONS, 0)
    for net in sorted(nets, key=lambda net: _reach(net, ports)):
        gutter = _gutter(net)
        left, right = _reach(net, ports)
        over = next((n for n, end in enumerate(ends) if end + STEP < left), len(ends))
        ends[over : over + 1] = [right]
        found.append(Wire(net, gutter, in_gutter[gutter], below[net.source], over))
        in_gutter[gutter] += 1
        below[net.source] += 1
    return found


def _gutter(net: Net) -> int:
    """Between the source and where the value goes; a value that only Learn keeps goes round on the right."""
    if net.source == "setup":
        return 0
    return 2 if net.source == "learn" and net.targets == ("learn",) else 1


def _reach(net: Net, ports: Mapping[tuple[str, str], float]) -> Point:
    """From where to where it runs above the columns, roughly: a gutter is taken as far right as it can be."""
    ends = [ports[target, str(net.address)] for target in net.targets] + [1e4 * (_gutter(net) + 1) - 1e3]
    return min(ends), max(ends)


def rounded(points: Sequence[Point]) -> str:
    """The path of an SVG along points, with rounded corners."""
    pieces = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _towards(here, before), _towards(here, after)
        pieces.append(f"L{ax:.1f} {ay:.1f}Q{here[0]:.1f} {here[1]:.1f} {bx:.1f} {by:.1f}")
    pieces.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
    return "".join(pieces)


def _towards(here: Point, there: Point) -> Point:
    """A point a corner's size away from here, at most half the way."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    length = abs(dx) + abs(dy)
    part = min(_CORNER / length, 0.5) if length else 0.0
    return here[0] + dx * part, here[1] + dy * part
