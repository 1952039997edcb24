"""The azl language: text to program and program to text, with errors that show line and column.

Knows programs (`azc.ir`), the grammar and, for warnings, the findings of passes; must not know how programs
run or are found.
"""

from typing import TYPE_CHECKING

from azc.language.errors import AzlError, Problem
from azc.language.formatter import format_text
from azc.language.lines import FunctionHead as FunctionHead
from azc.language.lines import Statement as Statement
from azc.language.printer import format_instruction, format_program
from azc.language.printer import header_text as header_text
from azc.language.printer import shows_draws as shows_draws
from azc.language.reader import MAX_BYTES, load, parse
from azc.language.reader import Source as Source
from azc.language.reader import read as read
from azc.language.reader import read_bytes as read_bytes
from azc.language.syntax import scan as scan
from azc.lazy import lazy

if TYPE_CHECKING:
    from azc.language.signatures import load_signature
    from azc.language.signatures import signature_from_table as signature_from_table
    from azc.language.signatures import signature_lines as signature_lines
    from azc.language.warnings import warnings_of as warnings_of

__getattr__, __dir__ = lazy(
    __name__,
    {
        "load_signature": "signatures",
        "signature_from_table": "signatures",
        "signature_lines": "signatures",
        "warnings_of": "warnings",
    },
)

__all__ = [
    "MAX_BYTES",
    "AzlError",
    "Problem",
    "format_instruction",
    "format_program",
    "format_text",
    "load",
    "load_signature",
    "parse",
]
