"""Numbers, times and reasons in the report's spelling."""

from datetime import datetime
from typing import Final

from azc import words

Number = float | None
_ENDS: Final = {
    "target": "the target was reached",
    "max_evals": "its limit of programs was reached",
    "max_seconds": "its limit of time was reached",
    "patience": "there was no improvement within its patience",
    "callback": "a callback asked for it",
    "Ctrl-C": "by Ctrl-C",
    "SIGTERM": "by SIGTERM",
    "SIGHUP": "its terminal was gone",
}


def count_text(value: Number) -> str:
    """A count: `1,234,567`."""
    return "–" if value is None else f"{value:,.0f}"


def short_count(value: Number) -> str:
    """A count in few characters: `1.23 M`."""
    if value is None:
        return "–"
    for size, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / min(size, 1e3 if sign == 'k' else size):.3g} {sign}"
    return f"{value:,.0f}"


def fitness_text(value: Number) -> str:
    """A fitness in the common spelling; a dash for None."""
    return "–" if value is None else words.fitness_text(value)


def gain_text(value: float) -> str:
    """A gain of fitness: `+0.012345`."""
    return f"+{value:.6f}" if value >= 1e-4 else f"+{value:.2g}"


def share_text(part: Number, whole: Number) -> str:
    """A share in percent."""
    return f"{100 * (part or 0) / whole:.3g} %" if whole else "–"


def seconds_text(seconds: Number) -> str:
    """A duration in the common spelling; a dash for None."""
    return "–" if seconds is None else words.seconds_text(seconds)


def time_text(value: str | None) -> str:
    """A time of the history, to the second."""
    if value is None:
        return "–"
    try:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S %Z}".strip()
    except ValueError:
        return value


def seconds_between(begin: str | None, end: str | None) -> float | None:
    """Seconds from one time to another; None if one is not known."""
    try:
        return (datetime.fromisoformat(end or "") - datetime.fromisoformat(begin or "")).total_seconds()
    except (TypeError, ValueError):
        return None


def end_text(why: str | None) -> str:
    """Reason why a run ended, in words."""
    return "–" if why is None else _ENDS.get(why, why)
