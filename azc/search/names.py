"""What configurations may call things: operations and mutations, also as the original engine does."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from azc.ir import BY_NAME

MUTATIONS: Final = (
    "alter_param",
    "randomize_instruction",
    "randomize_component_function",
    "identity",
    "insert_instruction",
    "remove_instruction",
    "trade_instruction",
    "randomize_algorithm",
)
"""The mutations of the original engine, in the order of their numbers (`engine/mutation.py`)."""


def nearest(word: object, known: Iterable[str]) -> str:
    """A phrase that names the nearest of some words, or all of them where none is near."""
    names = list(known)
    close = get_close_matches(str(word).lower(), [name.lower() for name in names], 1, 0.6)
    if close:
        return f"the nearest is {next(name for name in names if name.lower() == close[0])!r}"
    return f"there are {', '.join(names)}"


def op_name(word: object) -> str:
    """The table's name of an operation; a ValueError says which is the nearest."""
    name = str(word).upper().removesuffix("_OP") if word != "NO_OP" else "NO_OP"
    if not isinstance(word, str) or name not in BY_NAME:
        raise ValueError(f"there is no operation {word!r}; {nearest(word, BY_NAME)}")
    return name


def mutation_name(word: object, known: Iterable[str]) -> str:
    """The name of a mutation; a ValueError says which is the nearest."""
    name = str(word).lower().removesuffix("_mutation_type")
    if not isinstance(word, str) or name not in known:
        raise ValueError(f"there is no mutation {word!r}; {nearest(name, known)}")
    return name
