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
    connected: bool = False
    """Whether it knows the dataflow of the program."""
    family: bool = False
    """Whether it makes several children, which differ in constants alone."""
    mates: bool = False
    """Whether it takes code from another program."""


# fmt: off
MUTATION_TABLE: Final = (
    #        name                            inserts  connected  family  mates
    Mutation("alter_param",                   False,   False),
    Mutation("randomize_instruction",         False,   False),
    Mutation("randomize_component_function",  False,   False),
    Mutation("identity",                      False,   False),
    Mutation("insert_instruction",            True,    False),
    Mutation("remove_instruction",            False,   False),
    Mutation("trade_instruction",             True,    False),
    Mutation("randomize_algorithm",           False,   False),
    Mutation("grow",                          True,    True),
    Mutation("parameter",                     True,    True),
    Mutation("scan",                          True,    True,     True),
    Mutation("shrink",                        False,   True),
    Mutation("alter",                         False,   True),
    Mutation("exchange",                      True,    True,     False,  True),
    Mutation("compose",                       True,    True,     False,  True),
    Mutation("anneal",                        True,    True,     True),
)
"""Mutations in the order of their numbers."""
# fmt: on
MUTATIONS: Final = tuple(mutation.name for mutation in MUTATION_TABLE)
"""Names of the mutations, in that order."""
UNCONNECTED: Final = tuple(mutation.name for mutation in MUTATION_TABLE if not mutation.connected)
"""Those that know no dataflow, as the original engine has them; every strategy may use them."""
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
