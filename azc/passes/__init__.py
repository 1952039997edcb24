"""Passes: from a program to a better one with the same results, bit for bit; no text, backends or tasks."""

from azc.passes.algebra import algebra
from azc.passes.canonical import canonical
from azc.passes.constants import constant_values, constants
from azc.passes.copies import copies
from azc.passes.dataflow import Analysis as Analysis
from azc.passes.dataflow import Function as Function
from azc.passes.dataflow import forward as forward
from azc.passes.dead_code import dead_code, liveness
from azc.passes.dead_code import reads as reads
from azc.passes.evaluation_type import EvaluationType, evaluation_type
from azc.passes.hoist import hoist
from azc.passes.pipeline import LEVELS, PASSES, after, optimize
from azc.passes.roles import Role, carried, roles
from azc.passes.subexpressions import subexpressions

__all__ = [
    "LEVELS",
    "PASSES",
    "EvaluationType",
    "Role",
    "after",
    "algebra",
    "canonical",
    "carried",
    "constant_values",
    "constants",
    "copies",
    "dead_code",
    "evaluation_type",
    "hoist",
    "liveness",
    "optimize",
    "roles",
    "subexpressions",
]
