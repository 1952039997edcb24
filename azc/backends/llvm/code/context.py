"""The context that compiled code and its callers share: eight-byte fields, then rows with a number a lane.

It is a buffer of `context_words(shape)` words that begins on a cache line. A field's word is its index in
`FIELDS`; a row begins at the word `row_start(shape, name)`.
"""

from typing import Final

from llvmlite import ir

from azc.arguments import explained, one_of, takes
from azc.backends.llvm.lower.shape import Shape, a_shape
from azc.backends.llvm.lower.values import WORD

_POINTERS: Final = {
    "setup": "the tape of Setup",
    "predict": "the tape of Predict",
    "learn": "the tape of Learn, or 0 if Learn does nothing",
    "train_x": "[example][feature][lane] of the shape's stored precision, the epoch's examples as visited",
    "train_y": "f64 [example][lane]",
    "valid_x": "[example][feature][lane] of the shape's stored precision",
    "valid_y": "f64 [example][lane]",
    "batch_predict": "the tape of Predict on a batch of examples, or 0: validation goes one by one",
    "batch_inputs": "inputs of batch_predict, which it does not write: offset and cells of each, then zeros",
    "batch_memory": "memory of a batch, whose lanes are examples times tasks",
    "batch_x": "valid_x as [batch][feature][example][lane], whole batches only",
    "batch_rows": "a batch's squares, living lanes and maximal errors: BATCH_ROWS rows [example][lane]",
    "scratch": "scratch memory: partial sums, and results that must not overwrite their operands",
    "image": "memory as it is before Setup, or 0 if it is all zero",
    "stopped_memory": "a copy of memory for lanes that stopped, put back after the epoch; or 0: not wanted",
    "train_errors": "f64 [example][lane] for the first epoch's errors, or 0: not wanted",
    "valid_errors": "f64 [example][lane] for the first epoch's absolute errors, or 0: not wanted",
}
_NUMBERS: Final = {
    "cells": "cells of memory",
    "used": "lanes that are tasks; the others only fill vectors",
    "n_train": "training examples",
    "n_valid": "validation examples",
    "n_epochs": "epochs",
    "ordered": "whether epochs differ in the order of examples, so that `go` returns between them",
    "budget": "examples that `go` may visit before it returns",
    "step": "step number of the draws that follow: 0 in Setup, 1 for the first example",
    "first_step": "step of the epoch's first example",
    "position": "index in the epoch: from 0 in training, from n_train in validation",
    "epoch": "index of the epoch",
}
FIELDS: Final = (*_POINTERS, *_NUMBERS)
ROWS: Final = {
    "seeds": "u64: seed of the task",
    "max_abs_error": "f64",
    "training": "i64: -1 while the lane trains, 0 after a training error has stopped it",
    "validating": "i64: -1 while the lane counts in the epoch's validation, else 0",
    "loss": "f64: validation loss of the epoch",
    "fitness": "f64: best fitness of the epochs so far",
    "first_stop": "i64: step of the lane's first stop, in training or validation, or 0",
    "training_stop": "i64: step at which an error ended the lane's training, or 0",
}
BATCH_ROWS: Final = 3
"""Number of rows of words [example][lane] in `batch_rows`."""
_LINE: Final = 8
"""Words of a cache line."""


def row_start(shape: Shape, name: str) -> int:
    """Index of the word at which a row of the context begins."""
    try:
        return _whole_lines(len(FIELDS)) + [*ROWS].index(name) * _whole_lines(shape.lanes)
    except Exception as error:
        raise explained(error, (a_shape, "shape", shape), (one_of(ROWS), "name", name)) from None


@takes(shape=a_shape)
def context_words(shape: Shape) -> int:
    """Number of words of a context."""
    return _whole_lines(len(FIELDS)) + len(ROWS) * _whole_lines(shape.lanes)


def _whole_lines(words: int) -> int:
    return -(-words // _LINE) * _LINE


def field_pointer(builder: ir.IRBuilder, context: ir.Value, name: str) -> ir.Value:
    """Emit the pointer to a field."""
    number = ir.Constant(WORD, FIELDS.index(name))
    return builder.gep(context, [number], inbounds=True, source_etype=WORD)


def field(builder: ir.IRBuilder, context: ir.Value, name: str, type_: ir.Type | None = None) -> ir.Value:
    """Emit the load of a field: a pointer or a word."""
    type_ = type_ or (ir.PointerType() if name in _POINTERS else WORD)
    return builder.load(field_pointer(builder, context, name), typ=type_, align=8)


def lane_row(builder: ir.IRBuilder, context: ir.Value, shape: Shape, name: str) -> ir.Value:
    """Emit the pointer to a row."""
    start = ir.Constant(WORD, row_start(shape, name))
    return builder.gep(context, [start], inbounds=True, source_etype=WORD)
