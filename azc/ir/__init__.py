"""Programs: operations and their meaning, instructions, addresses, and interfaces between programs and data.

Knows nothing of text, machine code or tasks. Imports NumPy, but not `semantics`, the definitions of meaning.
"""

from azc.ir.draws import gaussians as gaussians
from azc.ir.draws import permutation as permutation
from azc.ir.draws import uniforms as uniforms
from azc.ir.indexing import check_features, element, element_number
from azc.ir.interface import INTERFACES, Interface, an_interface, interface_of
from azc.ir.interface import SignatureLike as SignatureLike
from azc.ir.interface import a_signature_like as a_signature_like
from azc.ir.interface import own_signature as own_signature
from azc.ir.interface import signature_of as signature_of
from azc.ir.meanings import INTERFACE_FUNCTIONS, MEANINGS
from azc.ir.ops import (
    BY_NAME,
    ELEMENT_SETS,
    KINDS,
    MAX_ADDRESSES,
    NO_OP,
    OP_SETS,
    OPS,
    ORIGINAL,
    RANDOM,
    Op,
    an_op,
)
from azc.ir.program import (
    FUNCTIONS,
    LEARN,
    PREDICT,
    SETUP,
    SUPERVISED,
    Address,
    Constant,
    Instruction,
    Literal,
    Operand,
    Program,
    a_program,
    address,
    an_instruction,
    draw_numbers,
    float_bits,
    no_op,
    numbered_afresh,
    smallest_free_draws,
)
from azc.ir.quantities import quantities as quantities
from azc.ir.quantities import quantities_of as quantities_of
from azc.ir.quantities import with_quantities as with_quantities
from azc.ir.resolution import LITERAL, Reading, forms, is_one_over, readings
from azc.ir.signature import Declaration as Declaration
from azc.ir.signature import Signature as Signature
from azc.ir.signature import a_signature as a_signature
from azc.ir.signature import check_names as check_names
from azc.ir.verifier import MAX_DRAW, MAX_INSTRUCTIONS, faults, instruction_faults, verify

__all__ = [
    "BY_NAME",
    "ELEMENT_SETS",
    "FUNCTIONS",
    "INTERFACES",
    "INTERFACE_FUNCTIONS",
    "KINDS",
    "LEARN",
    "LITERAL",
    "MAX_ADDRESSES",
    "MAX_DRAW",
    "MAX_INSTRUCTIONS",
    "MEANINGS",
    "NO_OP",
    "OPS",
    "OP_SETS",
    "ORIGINAL",
    "PREDICT",
    "RANDOM",
    "SETUP",
    "SUPERVISED",
    "Address",
    "Constant",
    "Instruction",
    "Interface",
    "Literal",
    "Op",
    "Operand",
    "Program",
    "Reading",
    "a_program",
    "address",
    "an_instruction",
    "an_interface",
    "an_op",
    "check_features",
    "draw_numbers",
    "element",
    "element_number",
    "faults",
    "float_bits",
    "forms",
    "instruction_faults",
    "interface_of",
    "is_one_over",
    "no_op",
    "numbered_afresh",
    "readings",
    "smallest_free_draws",
    "verify",
]
