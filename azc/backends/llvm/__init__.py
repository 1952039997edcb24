"""Machine code for programs: kernels that a tape threads together, or a whole program as one function.

Knows instructions, shapes and the interface's rows; knows no tasks and no text.
"""

from azc.backends.llvm.block import Block, Data
from azc.backends.llvm.driver import DONE, MORE, PAUSED
from azc.backends.llvm.entries import Entries, driver
from azc.backends.llvm.kernels import kernel_text
from azc.backends.llvm.layout import Layout, Place, aligned, layout, places, scratch_cells
from azc.backends.llvm.native import Native, native_text
from azc.backends.llvm.shape import Shape
from azc.backends.llvm.tape import Binder, tape
from azc.backends.llvm.target import Target, target

__all__ = [
    "DONE",
    "MORE",
    "PAUSED",
    "Binder",
    "Block",
    "Data",
    "Entries",
    "Layout",
    "Native",
    "Place",
    "Shape",
    "Target",
    "aligned",
    "driver",
    "kernel_text",
    "layout",
    "native_text",
    "places",
    "scratch_cells",
    "tape",
    "target",
]
