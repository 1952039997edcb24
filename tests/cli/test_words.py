"""Values in columns and in JSON."""

import json
import math

import numpy as np

from azc.cli.words import columns, json_text


def test_columns_are_aligned_without_trailing_blanks() -> None:
    """Columns are aligned left, or right if asked, without trailing blanks."""
    assert columns([("1", "a", "x"), ("22", "bb", "")], right=(0,)) == " 1  a   x\n22  bb"


def test_json_keeps_every_bit() -> None:
    """Non-finite numbers are strings in JSON; other floats read back to the same bits."""
    values = [math.nan, math.inf, -math.inf, -0.0, 0.1, 5e-324]
    text = json_text(
        {"list": values, "array": np.array([values]), "huge": np.array([1e308, 1e308]), "n": None}
    )
    written = '["nan", "inf", "-inf", -0.0, 0.1, 5e-324]'
    assert text == f'{{"list": {written}, "array": [{written}], "huge": [1e+308, 1e+308], "n": null}}'
    assert json.loads(text)["list"][3:] == values[3:]
