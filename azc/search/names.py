"""What configurations may call things: operations and mutations, also as the original engine does."""

from typing import Final

from azc.ir import BY_NAME
from azc.settings import CheckError, nearest, shown

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


def op_name(word: object) -> str:
    """The table's name of an operation; `CheckError` says which is the nearest."""
    name = word.upper().removesuffix("_OP") if isinstance(word, str) and word != "NO_OP" else word
    if not isinstance(name, str) or name not in BY_NAME:
        raise CheckError(f"there is no operation {shown(word)}; {nearest(word, BY_NAME)}")
    return name


def mutation_name(word: object) -> str:
    """The name of a mutation; `CheckError` says which is the nearest."""
    name = word.lower().removesuffix("_mutation_type") if isinstance(word, str) else word
    if not isinstance(name, str) or name not in MUTATIONS:
        raise CheckError(f"there is no mutation {shown(word)}; {nearest(word, MUTATIONS)}")
    return name
