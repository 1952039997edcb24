"""Lowering of operations to LLVM code, with lanes side by side.

Knows shapes, meanings and a builder; knows no programs, no context, and no compiler or caller of the code.
"""
