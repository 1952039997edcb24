"""Headers of evolved programs: written, formatted, read back exactly; damaged ones are errors."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azc.errors import AzcError
from azc.language import format_text, parse
from azc.runs.header import TITLE, Header, header_text, read_header
from azc.tasks import Preprocessing

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(5e-324, 1e300)


@st.composite
def preprocessings(draw: st.DrawFn) -> Preprocessing:
    """Any preprocessing of up to three columns."""
    columns = draw(st.lists(st.tuples(NAMES, FINITE, POSITIVE), min_size=1, max_size=3))
    names, means, scales = zip(*columns, strict=True)
    eval_type = draw(st.sampled_from(["RMS_ERROR", "ACCURACY"]))
    classes = draw(st.lists(NAMES, max_size=2))
    return Preprocessing(names, means, scales, draw(NAMES), eval_type, draw(FINITE), draw(POSITIVE), classes)


HEADERS = st.builds(
    Header,
    fitness=st.dictionaries(st.sampled_from(["search", "select", "final"]), FINITE),
    eval_type=st.none() | st.just("ACCURACY"),
    epochs=st.none() | st.integers(1, 9),
    max_abs_error=st.none() | st.just(float("inf")) | POSITIVE,
    precision=st.none() | st.sampled_from(["float64", "float32"]),
    seed=st.none() | st.integers(0, 2**64 - 1),
    preprocessing=st.none() | preprocessings(),
)


@given(HEADERS)
def test_a_header_reads_back_equal(header: Header) -> None:
    """A header reads back equal, with any column and class names and all bits of floats."""
    text = header_text(header) + "\ndef Setup():\n  s2 = 1\n"
    found = read_header(text, "best.azl")
    assert found == header
    assert repr(attrs.asdict(found)) == repr(attrs.asdict(header))
    assert parse(text) == parse("def Setup():\n  s2 = 1\n")


@given(HEADERS)
def test_a_header_survives_the_formatter(header: Header) -> None:
    """The formatter (`azc fmt`) leaves a header unchanged."""
    text = header_text(header) + "def Setup():\n  s2 = 1\n"
    assert read_header(format_text(text), "best.azl") == header


def test_a_header_reads_well() -> None:
    """A header's text is TOML in comments: names with values, and a table of the preprocessing."""
    how = Preprocessing(("a", "b"), (0.1, 2), (1, 0.5), "y", "ACCURACY", class_names=("no", "yes"))
    header = Header({"search": 0.9, "final": 0.8}, "ACCURACY", 2, 100.0, seed=7, preprocessing=how)
    assert header_text(header).splitlines() == [
        TITLE,
        "#   search_fitness = 0.9",
        "#   final_fitness = 0.8",
        '#   eval_type = "ACCURACY"',
        "#   epochs = 2",
        "#   max_abs_error = 100.0",
        "#   seed = 7",
        "#   [preprocessing]",
        '#   features = ["a", "b"]',
        "#   means = [0.1, 2.0]",
        "#   scales = [1.0, 0.5]",
        '#   target = "y"',
        '#   eval_type = "ACCURACY"',
        "#   target_mean = 0.0",
        "#   target_scale = 1.0",
        '#   class_names = ["no", "yes"]',
    ]


@pytest.mark.parametrize(
    "text", ["", "# a comment\n", "def Setup():\n", f"def Setup():\n{TITLE}\n#   seed = 1\n"]
)
def test_a_program_without_a_header_has_an_empty_one(text: str) -> None:
    """A program without a header above its first function has an empty one."""
    assert read_header(text, "x.azl") == Header()


def test_other_comments_are_no_part_of_the_header() -> None:
    """Comments before and after a header are not read as part of it."""
    text = f"# mine\n\n{TITLE}\n#   seed = 1\n# epochs = 9\n"
    assert read_header(text, "x.azl") == Header(seed=1)


@pytest.mark.parametrize(
    "line",
    [
        "seed",
        "seed = true",
        "epochs = 'x'",
        "preprocessing = {}",
        "a = " + "[" * 9999,
        "seed = 1\n#   seed = 2",
    ],
)
def test_a_damaged_header_is_an_error_that_names_the_file(line: str) -> None:
    """A damaged header gives an error that names the file and says what to do."""
    with pytest.raises(AzcError, match=r"x\.azl: .* are damaged: .*; mend them, or remove them"):
        read_header(f"{TITLE}\n#   {line}\n", "x.azl")
