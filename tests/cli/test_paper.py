"""`azc paper`."""

from collections.abc import Callable

import pytest
from click.testing import Result
from paper.test_figure_4 import SMALL

from azc.paper import STUDIES

Azc = Callable[..., Result]


def test_without_a_name_it_lists_the_studies(azc: Azc) -> None:
    """Name and title of each."""
    lines = azc("paper").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*STUDIES]


def test_a_run_prints_its_table_and_goes_on(azc: Azc, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is on standard output; the same command again has the same."""
    monkeypatch.setitem(STUDIES["figure-4"].scales, "quick", SMALL)
    first = azc("paper", "figure-4")
    assert first.stdout.startswith("Evolution succeeds more often")
    assert "linear-learning" in first.stdout
    assert first.stderr.splitlines()[-1].endswith("wrote paper/figure-4-quick")
    assert azc("paper", "figure-4").stdout == first.stdout


def test_errors_are_sentences(azc: Azc) -> None:
    """An unknown study and an unknown budget name what there is."""
    assert "figure-4" in azc("paper", "figure-44", code=1).output
    assert "'quick', 'hour', 'day'" in azc("paper", "figure-4", "--budget", "week", code=2).output
