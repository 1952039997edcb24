"""The license and the citation file."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import azc

ROOT = Path(__file__).parent.parent
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the text at https://www.apache.org/licenses/LICENSE-2.0.txt."""


@pytest.fixture(name="citation")
def read_citation() -> dict[str, Any]:
    """CITATION.cff as a dictionary."""
    found = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_license_is_the_standard_text() -> None:
    """LICENSE is the Apache License 2.0, byte for byte."""
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_the_license_is_declared() -> None:
    """pyproject.toml names the license as an SPDX expression and ships its text."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])


def test_the_citation_has_what_the_format_requires(citation: dict[str, Any]) -> None:
    """Version 1.2.0 of the Citation File Format requires a message, a title and authors."""
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"].startswith("azc")
    assert citation["authors"] == [{"name": "The azc authors"}]


def test_the_citation_is_of_this_version(citation: dict[str, Any]) -> None:
    """The cited version and license are the package's."""
    assert citation["version"] == azc.__version__
    assert citation["license"] == "Apache-2.0"


def test_the_citation_names_the_paper(citation: dict[str, Any]) -> None:
    """The only reference is the AutoML-Zero paper, with type, year, title, authors and identifier."""
    (paper,) = citation["references"]
    assert (paper["type"], paper["year"]) == ("conference-paper", 2020)
    assert paper["title"] == "AutoML-Zero: Evolving Machine Learning Algorithms From Scratch"
    assert [author["family-names"] for author in paper["authors"]] == ["Real", "Liang", "So", "Le"]
    assert paper["identifiers"][0]["value"] == "arXiv:2003.03384"
