"""First programs: the programs that a population begins with."""

from typing import Final

from azc.errors import AzcError
from azc.ir import Instruction, Program, no_op
from azc.search.params import ProgramSettings

LINEAR: Final = """
def Setup():
  s2 = 0.01              # learning rate
def Predict():
  s1 = dot(v0, v1)
def Learn():
  s3 = s0 - s1
  s4 = s2 * s3
  v2 = s4 * v0
  v1 = v1 + v2
"""
"""Linear regression by stochastic gradient descent, as the original engine begins with it."""
NEURAL_NETWORK: Final = """
def Setup():
  s2 = 0.01              # learning rate
  v1 = gaussian(0, 0.1)  # final layer
  m0 = gaussian(0, 0.1)  # first layer
def Predict():
  v3 = dot(m0, v0)
  v3 = v3 + v2           # first layer's bias
  v4 = maximum(v3, v8)   # ReLU; v8 stays zero
  s1 = dot(v4, v1)
  s1 = s1 + s3           # final layer's bias
def Learn():
  s4 = s0 - s1
  s4 = s2 * s4
  v5 = s4 * v4
  v6 = s4 * v1           # gradient with respect to activations
  v1 = v1 + v5
  s3 = s3 + s4
  v7 = heaviside(v3)     # ReLU's gradient
  v6 = v6 * v7
  v2 = v2 + v6
  m1 = outer(v6, v0)
  m0 = m0 + m1
"""
"""A two-layer network trained by stochastic gradient descent, with the original engine's operations."""
LINEAR_CLASSES: Final = """
def Setup():
  s2 = 0.01              # learning rate
def Predict():
  v2 = dot(m0, v0)
def Learn():
  v3 = v1 - v2
  v3 = s2 * v3
  m1 = outer(v3, v0)
  m0 = m0 + m1
"""
"""Softmax regression by stochastic gradient descent."""
NEURAL_NETWORK_CLASSES: Final = """
def Setup():
  s2 = 0.01              # learning rate
  m1 = gaussian(0, 0.1)  # final layer
  m0 = gaussian(0, 0.1)  # first layer
def Predict():
  v3 = dot(m0, v0)
  v3 = v3 + v5           # first layer's bias
  v4 = maximum(v3, v8)   # ReLU; v8 stays zero
  v2 = dot(m1, v4)
def Learn():
  v6 = v1 - v2
  v6 = s2 * v6
  m2 = transpose(m1)
  v7 = dot(m2, v6)       # gradient with respect to activations
  m2 = outer(v6, v4)
  m1 = m1 + m2
  v6 = heaviside(v3)     # ReLU's gradient
  v7 = v7 * v6
  v5 = v5 + v7
  m2 = outer(v7, v0)
  m0 = m0 + m2
"""
"""A two-layer network with a softmax."""
PROGRAMS: Final = {
    # name, whether predictions are class numbers
    ("linear", False): LINEAR,
    ("linear", True): LINEAR_CLASSES,
    ("neural_network", False): NEURAL_NETWORK,
    ("neural_network", True): NEURAL_NETWORK_CLASSES,
}


def first_programs(settings: ProgramSettings) -> tuple[Program, ...]:
    """Programs that fill a first population in turn, padded with no-ops to the initial sizes.

    Empty if first programs are random. AzcError if a program breaks the size limits.
    """
    if settings.initial == "random":
        return ()
    if not isinstance(settings.initial, str):
        programs = settings.initial
    elif settings.initial == "empty":
        programs = (Program(names=settings.signature.names),)
    else:
        programs = (known_program(settings.initial, settings.interface.classes),)
    return tuple(
        program.having(
            map(_filled, settings.signature.keys, program.functions, settings.sizes, settings.size_limits)
        )
        for program in programs
    )


def known_program(name: str, classes: bool) -> Program:
    """A built-in program by name; with `classes`, its version for tasks with many classes."""
    from azc.language import parse

    return parse(PROGRAMS[name, classes])


def _filled(
    name: str, function: tuple[Instruction, ...], size: int, limits: tuple[int, int]
) -> tuple[Instruction, ...]:
    filled = function + (no_op(),) * (size - len(function))
    if not limits[0] <= len(filled) <= limits[1]:
        raise AzcError(
            f"program.initial: its {name} has {len(function)} instructions, expected from {limits[0]} to "
            f"{limits[1]} (program.size_limits.{name})"
        )
    return filled
