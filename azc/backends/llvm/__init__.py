"""Machine code for programs: kernels that a tape threads together, or a whole program as one function.

Knows instructions, shapes and the interface's rows; knows no tasks and no text.
"""

from azc.backends.llvm.batches import BatchBinder, Batched, inputs
from azc.backends.llvm.block import Block, Data, memory_bytes, state_bytes
from azc.backends.llvm.context import FIELDS, context_words, row_start
from azc.backends.llvm.driver import DONE, EPOCH, MORE
from azc.backends.llvm.entries import Entries, driver
from azc.backends.llvm.forms import (
    CLEAR,
    END,
    FORMS,
    PUT_FEATURES,
    numbers_for,
    pair_table,
    variant_table,
)
from azc.backends.llvm.functions import function_addresses
from azc.backends.llvm.kernels import RECORD, Kernels, kernel_text, kernels
from azc.backends.llvm.layout import Layout, Location, aligned, cells_of, layout, locations, scratch_cells
from azc.backends.llvm.native import Native, native_text
from azc.backends.llvm.plan import Plan, Step, plan
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.tape import Binder, tape
from azc.backends.llvm.target import Target, target
from azc.backends.llvm.worker import Worker

__all__ = [
    "CLEAR",
    "DONE",
    "END",
    "EPOCH",
    "FIELDS",
    "FORMS",
    "MORE",
    "PUT_FEATURES",
    "RECORD",
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
