"""Rows of csv files, with errors that name the line."""

import csv
from collections.abc import Iterator
from pathlib import Path

from azc.errors import AzcError

_DELIMITERS = (",", ";", "\t")


def csv_rows(path: Path, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank, the first being the header if there is one.

    All rows must be as long as the first. Without a delimiter it is the one of comma, semicolon and tab that
    the first line has most of. UTF-8, with or without a byte order mark.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            if delimiter is None:
                first = file.readline()
                delimiter = max(_DELIMITERS, key=first.count)
                file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
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
