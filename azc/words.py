"""How numbers are written for people, wherever they stand."""


def fitness_text(value: float) -> str:
    """A fitness: six decimals, more where those would round it up to 1, and `1 - 2e-16` where ten would."""
    text = f"{value:.6f}"
    if text != "1.000000" or value == 1.0:
        return text
    longer = f"{value:.10g}"
    return longer if longer != "1" else f"1 - {1.0 - value:.1g}"
