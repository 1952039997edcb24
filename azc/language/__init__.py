"""The azl language: text to program and program to text, with errors that show line and column.

It knows what a program is (`azc.ir`), the grammar and, for warnings, what the passes find; it may not know
how programs run or are found.
"""

from azc.language.errors import AzlError, Problem
from azc.language.formatter import format_text
from azc.language.printer import format_instruction, format_program
from azc.language.reader import MAX_BYTES, load, parse

__all__ = [
    "MAX_BYTES",
    "AzlError",
    "Problem",
    "format_instruction",
    "format_program",
    "format_text",
    "load",
    "parse",
]
