"""Names in configurations: operations and mutations, under azc's names and the original engine's."""

from typing import Final

import attrs

from azc.ir import BY_NAME
from azc.problems import CheckError, nearest, shown


@attrs.frozen
class Mutation:
    """A mutation."""

    name: str
    inserts: bool
    """Whether it inserts an instruction, even if only for a moment: genomes then need room for one more
    instruction than the size limits allow."""


# fmt: off
MUTATION_TABLE: Final = (
    #        name                            inserts
    Mutation("alter_param",                  False),
    Mutation("randomize_instruction",        False),
    Mutation("randomize_component_function", False),
    Mutation("identity",                     False),
    Mutation("insert_instruction",           True),
    Mutation("remove_instruction",           False),
    Mutation("trade_instruction",            True),
    Mutation("randomize_algorithm",          False),
    # connected variation
    Mutation("grow",                         True),
    Mutation("parameter",                    True),
    Mutation("scan",                         True),
    Mutation("shrink",                       False),
    Mutation("alter",                        False),
    Mutation("exchange",                     True),
    Mutation("compose",                      True),
)
"""Mutations in the order of their numbers: those of the original engine (`engine/mutation.py`), then those
that know the dataflow (`engine/variation.py`)."""
# fmt: on
MUTATIONS: Final = tuple(mutation.name for mutation in MUTATION_TABLE)
"""Names of the mutations, in that order."""
ORIGINAL_MUTATIONS: Final = MUTATIONS[:8]
"""Those of the original engine."""
INSERTING: Final = frozenset(mutation.name for mutation in MUTATION_TABLE if mutation.inserts)


def op_name(word: object) -> str:
    """Name of an operation as `azc ops` prints it; CheckError, with the nearest name, if there is none."""
    name = word.upper().removesuffix("_OP") if isinstance(word, str) and word != "NO_OP" else word
    if not isinstance(name, str) or name not in BY_NAME:
        raise CheckError(f"there is no operation {shown(word)}; {nearest(word, BY_NAME)}")
    return name


def mutation_name(word: object) -> str:
    """Name of a mutation; CheckError, with the nearest name, if there is none."""
    name = word.lower().removesuffix("_mutation_type") if isinstance(word, str) else word
    if not isinstance(name, str) or name not in MUTATIONS:
        raise CheckError(f"there is no mutation {shown(word)}; {nearest(word, MUTATIONS)}")
    return name
