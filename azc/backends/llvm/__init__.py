"""Machine code for programs: kernels that a tape threads together, or a whole program as native code.

`lower/` states what an operation computes, `code/` makes programs of operations, `drive/` evaluates them.
Other rooms import from here alone. Knows instructions, shapes and evaluation types; knows no tasks and no
text.
"""

from azc.backends.llvm.code.arrays import arrays_are_read as arrays_are_read
from azc.backends.llvm.code.context import FIELDS, context_words, row_start
from azc.backends.llvm.code.forms import (
    CLEAR,
    END,
    FORMS,
    PUT_FEATURES,
    numbers_for,
    pair_table,
    variant_table,
)
from azc.backends.llvm.code.functions import function_addresses
from azc.backends.llvm.code.kernels import RECORD, Kernels, kernel_text, kernels, kernels_for
from azc.backends.llvm.code.layout import (
    Layout,
    Location,
    aligned,
    cells_of,
    layout,
    locations,
    scratch_cells,
)
from azc.backends.llvm.code.native import Native, native_text
from azc.backends.llvm.code.plan import Plan, Step, plan
from azc.backends.llvm.code.plan import plan_of_calls as plan_of_calls
from azc.backends.llvm.code.tape import Binder, tape
from azc.backends.llvm.code.target import Target, target
from azc.backends.llvm.drive.batches import BatchBinder, Batched, inputs
from azc.backends.llvm.drive.block import ERRORS, TAPE_BYTES, Block, Data, memory_bytes, state_bytes
from azc.backends.llvm.drive.calls import Entries, Worker, driver
from azc.backends.llvm.drive.calls import Tape as Tape
from azc.backends.llvm.drive.calls import array_entry as array_entry
from azc.backends.llvm.drive.driver import DONE, EPOCH, MORE
from azc.backends.llvm.lower.shape import Shape

__all__ = [
    "CLEAR",
    "DONE",
    "END",
    "EPOCH",
    "ERRORS",
    "FIELDS",
    "FORMS",
    "MORE",
    "PUT_FEATURES",
    "RECORD",
    "TAPE_BYTES",
    "BatchBinder",
    "Batched",
    "Binder",
    "Block",
    "Data",
    "Entries",
    "Kernels",
    "Layout",
    "Location",
    "Native",
    "Plan",
    "Shape",
    "Step",
    "Target",
    "Worker",
    "aligned",
    "cells_of",
    "context_words",
    "driver",
    "function_addresses",
    "inputs",
    "kernel_text",
    "kernels",
    "kernels_for",
    "layout",
    "locations",
    "memory_bytes",
    "native_text",
    "numbers_for",
    "pair_table",
    "plan",
    "row_start",
    "scratch_cells",
    "state_bytes",
    "tape",
    "target",
    "variant_table",
]
