"""What compiled code is told and tells back: eight-byte fields, then rows with a number a lane.

Python, compiled code and whoever else drives it share one buffer of `context_words(shape)` words that
starts on a cache line: the word of a field is its index in `FIELDS`, a row begins at the word
`row_start(shape, name)`.
"""

from typing import Final

from llvmlite import ir

from azc.arguments import explained, one_of, takes
from azc.backends.llvm.lower.shape import Shape, a_shape
from azc.backends.llvm.lower.values import WORD

_POINTERS: Final = {
    "setup": "the tape of Setup",
    "predict": "the tape of Predict",
    "learn": "the tape of Learn, or 0 where there is nothing to do",
    "train_x": "[example][feature][lane] of the shape's stored precision, the epoch's examples as visited",
    "train_y": "f64 [example][lane]",
    "valid_x": "[example][feature][lane] of the shape's stored precision",
    "valid_y": "f64 [example][lane]",
    "batch_predict": "the tape of Predict on a batch of examples, or 0: validation takes them one by one",
    "batch_inputs": "what that reads of memory and does not write: byte offset and cells of each, then zeros",
    "batch_memory": "memory as large as a batch's lanes want it",
    "batch_x": "valid_x as [batch][feature][example][lane], whole batches only",
    "batch_rows": "what is written down of a batch's errors: BATCH_ROWS rows of words [example][lane]",
    "scratch": "memory for sums and for results that must not overwrite their inputs",
    "image": "memory as it is before Setup, or 0 where it is all zero",
    "kept": "as large as memory, for lanes to be put back as they were when they stopped; or 0: they go on",
    "train_errors": "f64 [example][lane] for the first epoch's errors, or 0 where nobody asks",
    "valid_errors": "f64 [example][lane], or 0",
}
_NUMBERS: Final = {
    "cells": "the cells of memory",
    "used": "lanes that are tasks; the others never count",
    "n_train": "training examples",
    "n_valid": "validation examples",
    "n_epochs": "epochs",
    "ordered": "whether epochs differ in the order of examples, so that `go` comes back between them",
    "budget": "how many examples `go` may yet visit before it comes back",
    "step": "which draws the next instructions make: 0 in Setup, then 1 for the first example",
    "first_step": "the step of the epoch's first example",
    "position": "where in the epoch it stands: from 0 over training, from n_train over validation",
    "epoch": "the number of the epoch",
}
FIELDS: Final = (*_POINTERS, *_NUMBERS)
ROWS: Final = {
    "seeds": "u64: the tasks' seeds",
    "max_abs_error": "f64",
    "alive": "i64: -1 while the lane trains, 0 once a training error has stopped it",
    "valid_alive": "i64: -1 while the epoch's validation goes on",
    "loss": "f64: the epoch's validation loss",
    "fitness": "f64: the best of the epochs so far",
    "stopped": "i64: the step of the lane's first stop, in training or validation; 0 if there was none",
    "ended": "i64: the step at which an error ended the lane's training, or 0",
}
BATCH_ROWS: Final = 3
"""How many rows of words [example][lane] the errors of a batch need."""
_LINE: Final = 8
"""The words of a cache line."""


def row_start(shape: Shape, name: str) -> int:
    """The word of the context at which a row begins."""
    try:
        return _whole_lines(len(FIELDS)) + [*ROWS].index(name) * _whole_lines(shape.lanes)
    except Exception as error:
        raise explained(error, (a_shape, "shape", shape), (one_of(ROWS), "name", name)) from None


@takes(shape=a_shape)
def context_words(shape: Shape) -> int:
    """How many words a context has."""
    return _whole_lines(len(FIELDS)) + len(ROWS) * _whole_lines(shape.lanes)


def _whole_lines(words: int) -> int:
    return -(-words // _LINE) * _LINE


def field_pointer(builder: ir.IRBuilder, context: ir.Value, name: str) -> ir.Value:
    """The address of a field."""
    number = ir.Constant(WORD, FIELDS.index(name))
    return builder.gep(context, [number], inbounds=True, source_etype=WORD)


def field(builder: ir.IRBuilder, context: ir.Value, name: str, type_: ir.Type | None = None) -> ir.Value:
    """A field's value: a pointer or a word."""
    type_ = type_ or (ir.PointerType() if name in _POINTERS else WORD)
    return builder.load(field_pointer(builder, context, name), typ=type_, align=8)


def lane_row(builder: ir.IRBuilder, context: ir.Value, shape: Shape, name: str) -> ir.Value:
    """The address of a row."""
    start = ir.Constant(WORD, row_start(shape, name))
    return builder.gep(context, [start], inbounds=True, source_etype=WORD)
