"""Fitnesses, durations and counts as text for people.

Commands, notices, reports and errors all use these.
"""


def fitness_text(value: float) -> str:
    """A fitness: six decimals, more where those would round it up to 1, and `1 - 2e-16` where ten would."""
    text = f"{value:.6f}"
    if text != "1.000000" or value == 1.0:
        return text
    longer = f"{value:.10g}"
    return longer if longer != "1" else f"1 - {1.0 - value:.1g}"


def seconds_text(seconds: float) -> str:
    """A duration: `12.3 ms`, `4.56 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 1.0:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 100.0:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def counted(number: int, what: str) -> str:
    """A count with its noun, plural except for one: `1 task`, `1,000 tasks`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
