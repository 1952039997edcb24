"""Rows of csv files, with errors that name the line."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from azc.errors import AzcError
from azc.reading import ROW_CHARACTERS, Limited, table_bytes

_DELIMITERS = (",", ";", "\t")


def csv_rows(path: Path, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank; a header, if there is one, comes first.

    All rows must be as long as the first; AzcError otherwise. Without `delimiter` it is the most frequent one
    of comma, semicolon and tab in the first line. UTF-8, with or without a byte order mark.
    """
    try:
        with path.open("rb") as file:
            lines = _lines(path, io.BufferedReader(Limited(file, table_bytes(), path)))
            first = next(lines, "")
            if delimiter is None:
                delimiter = max(_DELIMITERS, key=first.count)
            # A pipe cannot be read twice, so the first line is put back.
            reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
            width = 0
            for fields in reader:
                if not fields:
                    continue
                width = width or len(fields)
                if len(fields) != width:
                    raise AzcError(
                        f"{path}, line {reader.line_num}: has {len(fields)} fields, and the first line "
                        f"{width}; give every row as many"
                    )
                yield reader.line_num, fields
    except UnicodeDecodeError as error:
        raise AzcError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from None
    except csv.Error as error:
        raise AzcError(f"{path}, line {reader.line_num}: is not csv: {error}") from None
    except OSError as error:
        raise AzcError(f"{path}: cannot be read: {error.strerror or error}") from None


def _lines(path: Path, file: io.BufferedReader) -> Iterator[str]:
    """Lines of a file with their ends; AzcError for a line that is too long."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    for number, line in enumerate(iter(lambda: text.readline(ROW_CHARACTERS + 1), ""), 1):
        if len(line) > ROW_CHARACTERS:
            raise AzcError(f"{path}, line {number}: is longer than {ROW_CHARACTERS:,} characters; is it csv?")
        yield line
