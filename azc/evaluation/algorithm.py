"""Algorithms: compiled programs, for callers that run them function by function in loops of their own."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from azc.arguments import an_object_with, is_masked, kind_of
from azc.errors import AzcError
from azc.evaluation.stepper import Array, Cells, Stepper
from azc.ir import Address, Program, Signature
from azc.problems import nearest, shown


@attrs.frozen
class CompiledFrom:
    """Checked arguments of `compile` that made an algorithm."""

    program: Program
    features: int
    signature: Signature
    eval_type: str | None
    n_classes: int
    lanes: int
    backend: str
    precision: str
    seeds: tuple[int, ...]


@attrs.define
class _Call:
    """A function made ready: where its inputs go and its outputs are, in memory with lanes."""

    number: int
    entry: Callable[..., None] | None
    """`Stepper.entries`."""
    opens_step: bool
    after: frozenset[str]
    """Functions that may run before it."""
    names: frozenset[str]
    inputs: tuple[tuple[str, Array, tuple[tuple[int, ...], ...]], ...]
    """Names and cells, with the shapes that a value may have: of all lanes, of one."""
    clears: tuple[Array, ...]
    outputs: tuple[tuple[str, Array], ...]


_COMPILED = kind_of(CompiledFrom)
_MACHINE = an_object_with("memory", "step", "entries", "clear", "run", "settle", "twin", "fit")


class Algorithm:
    """A program compiled for a signature, after `start()`; threads cannot share it.

    `call` runs its functions, in all lanes at once. It can be copied, and pickled for another process: the
    pickle holds the program, the arguments of `compile`, memory, step and the function called last.
    Unpickling compiles again.
    """

    def __init__(self, machine: Stepper, compiled_from: CompiledFrom):
        self._machine: Stepper = _MACHINE("machine", machine)
        self._compiled_from: CompiledFrom = _COMPILED("compiled_from", compiled_from)
        self._attach()
        self.start()

    def _attach(self) -> None:
        """Make the functions ready on the machine's memory."""
        signature, memory = self._compiled_from.signature, self._machine.memory
        self._dtype = memory.s.dtype
        self._calls = {
            one.name: _Call(
                number,
                self._machine.entries[number],
                one.opens_step,
                frozenset(before for before, after in signature.follows if after == one.name),
                frozenset(name for name, _ in one.inputs),
                tuple(self._input(name, where) for name, where in one.inputs),
                tuple(memory.at(where) for where in one.clears),
                tuple((name, memory.at(where)) for name, where in one.outputs),
            )
            for number, one in enumerate(signature.functions)
        }
        self._one_lane = self.lanes == 1
        self._memory = memory.of_lane(0) if self._one_lane else memory

    def _input(self, name: str, where: Address) -> tuple[str, Array, tuple[tuple[int, ...], ...]]:
        cells = self._machine.memory.at(where)
        return name, cells, (cells.shape, cells.shape[1:])

    @property
    def program(self) -> Program:
        """The program."""
        return self._compiled_from.program

    @property
    def signature(self) -> Signature:
        """The signature: functions, what they take and give, and their order."""
        return self._compiled_from.signature

    @property
    def features(self) -> int:
        """F, the number of elements of a vector."""
        return self._compiled_from.features

    @property
    def lanes(self) -> int:
        """Number of copies of the program that run together, each with its own memory and draws."""
        return self._compiled_from.lanes

    @property
    def backend(self) -> str:
        """The backend that runs it: kernels, native or python."""
        return self._compiled_from.backend

    @property
    def memory(self) -> Cells:
        """All cells; the program sees what is written to them. With several lanes they are the first axis."""
        self._machine.settle()
        return self._memory

    @property
    def step(self) -> int:
        """The step begun last; the first function is step 0."""
        self._machine.settle()
        return self._machine.step

    def start(self) -> None:
        """Clear memory and run the first function, in all lanes."""
        self._machine.clear()
        self._machine.step = 0
        self._last = self.signature.names[0]
        self._machine.run(0)

    def call(self, function: str, /, **inputs: ArrayLike) -> dict[str, Any]:
        """Run a function on its inputs, given by name, and return its outputs by name.

        An input is a number for a scalar, F numbers for a vector, F x F for a matrix, with the lanes as first
        axis, (lanes, …); without that axis it is the same in all lanes. Outputs are new arrays (lanes, …), or
        without that axis if there is one lane. AzcError, before anything runs: there is no such function, it
        may not run now, an input is missing, unknown or of another shape.
        """
        called = self._calls.get(function) if isinstance(function, str) else None
        if called is None or len(inputs) != len(called.inputs) or self._last not in called.after:
            raise self._refused(function, inputs)
        values = []
        for name, _, shapes in called.inputs:
            if name not in inputs:
                raise self._refused(function, inputs)
            value = inputs[name]
            if type(value) is not np.ndarray or value.dtype is not self._dtype or value.shape not in shapes:
                value = self._taken(name, value, shapes)
            # A view may be one of memory, which the other inputs are about to overwrite.
            values.append(value if value.base is None else value.copy())
        self._machine.settle()
        if called.entry is not None:
            self._last = function
            called.entry(*values)
        else:
            for (_, cells, _), value in zip(called.inputs, values, strict=True):
                cells[...] = value
            for cells in called.clears:
                cells[...] = 0
            self._run(called, function)
        found = {}
        for name, cells in called.outputs:
            found[name] = cells[0].copy() if self._one_lane else cells.copy("K")
        return found

    def _run(self, called: _Call, function: str) -> None:
        """Run a function whose inputs are in memory."""
        machine = self._machine
        if called.opens_step:
            machine.step += 1
        self._last = function
        machine.run(called.number)

    def _taken(self, name: str, value: ArrayLike, shapes: tuple[tuple[int, ...], ...]) -> Array:
        """An input as an array of one of the shapes, in the precision of memory."""
        # Numbers are common and need no look inside.
        array = np.array(value) if type(value) is float else numbers(name, value)
        if array.shape not in shapes:
            expected = " or ".join(map(str, shapes))
            raise AzcError(f"{name} has the shape {array.shape}; expected {expected}")
        if array.dtype is self._dtype:
            return array
        with np.errstate(all="ignore"):  # beyond float32's range is infinite, below it zero
            return np.asarray(array, dtype=self._dtype)

    def _refused(self, function: str, inputs: Mapping[str, Any]) -> AzcError:
        """The error for a call that cannot be made."""
        called = self._calls.get(function) if isinstance(function, str) else None
        if called is None:
            return AzcError(f"there is no function {shown(function)}; {nearest(function, self._calls)}")
        if unknown := [name for name in inputs if name not in called.names]:
            return AzcError(f"{function} has no input {unknown[0]!r}; {nearest(unknown[0], called.names)}")
        if missing := [name for name, _, _ in called.inputs if name not in inputs]:
            return AzcError(f"{function} misses {', '.join(missing)}; give each of its inputs by name")
        if not called.after:
            return AzcError(f"{function} runs first and once; call start(), which runs it")
        before = " or ".join(sorted(called.after))
        return AzcError(f"{function} may not run after {self._last}, but after {before}; call that first")

    # --- copies ---------------------------------------------------------------------------------------

    def copy(self) -> "Algorithm":
        """An independent algorithm in the same state; compiled code is shared, memory is not."""
        self._machine.settle()
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._machine = self._machine.twin()
        made._attach()
        made._put(self._machine.memory, self.step, self._last)
        return made

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "Algorithm":
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        from azc.evaluation.compiling import in_state

        self._machine.settle()
        return in_state, (self._compiled_from, self._machine.memory.copy(), self.step, self._last)

    def _put(self, memory: Cells, step: int, last: str) -> None:
        """Restore a state of an algorithm with the same program."""
        self._machine.settle()
        self._machine.memory.put(memory)
        self._machine.step = step
        self._last = last


def numbers(name: str, value: ArrayLike) -> Array:
    """A value as an array of numbers; AzcError if it is none."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub" or is_masked(value):
            raise ValueError(f"it holds {array.dtype}")
    except Exception as error:  # NumPy may call any code of the user's own class
        raise AzcError(f"{name} is not an array of numbers: {error}; convert it first") from None
    return array if array.dtype.kind == "f" else np.asarray(array, dtype=np.float64)
