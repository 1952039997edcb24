"""Signatures as text: in files, in comments of programs, and the programs read with them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import programs, signatures

import azc
from azc.ir import INTERFACES, Signature
from azc.language import format_text, read, signature_lines
from azc.language.warnings import warnings_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "optimizer"
HEADER = """# A rule.
# [signature]
# name = "optimizer"
#
# [signature.functions.Setup]
# [signature.functions.Update]
# inputs = {weights = "v0", gradient = "v1"}
# outputs = {change = "v2"}
"""
TEXT = f"{HEADER}\ndef Setup():\n  s2 = 0.5\n\ndef Update():\n  v2 = s2 * v1\n"


def commented(signature: Signature) -> str:
    """A signature as the comments of a program."""
    return "".join(f"# {line}\n" for line in signature_lines(signature))


def test_comments_say_the_functions() -> None:
    """A program with a signature in its comments has those functions, in the order of the signature."""
    program = azc.parse(TEXT)
    assert program.names == ("Setup", "Update")
    assert len(program["Update"]) == 1
    assert azc.format_program(program) == "def Setup():\n  s2 = 0.5\n\ndef Update():\n  v2 = s2 * v1\n"
    assert format_text(TEXT) == TEXT
    assert azc.parse(TEXT.split("\n\n", 1)[1], signature=read(TEXT, "x").signature) == program


@given(st.data())
def test_every_program_and_signature_is_read_back(data: st.DataObject) -> None:
    """A signature and a program of it, written as text, give the same signature and program."""
    signature = data.draw(signatures())
    program = data.draw(programs(max_instructions=4, names=signature.names))
    source = read(commented(signature) + azc.format_program(program), "x")
    assert (source.signature, source.program) == (signature, program)


def test_a_file_says_a_signature(tmp_path: Path) -> None:
    """`load_signature` reads the table of a TOML file, whatever else is in it, or of a program's comments."""
    expected = read(TEXT, "x").signature
    assert expected is not None
    path = tmp_path / "signature.toml"
    path.write_text("[search]\nseed = 3\n\n" + "\n".join(signature_lines(expected)))
    assert azc.load_signature(path) == expected
    (tmp_path / "rule.azl").write_text(TEXT)
    assert azc.load_signature(tmp_path / "rule.azl") == expected
    assert azc.load(tmp_path / "rule.azl") == azc.load(tmp_path / "rule.azl", azc.load_signature(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"there is no table \[signature\]"),
        ("[signature", "cannot read .*: Expected"),
        ("signature = 5", "signature: expected a table"),
        (
            "[signature]\nname = 'x'",
            "signature.functions: expected a table for each function, by its name, but it is missing",
        ),
        (
            "[signature]\nfunctions = {Setup = {}, Act = {inputs = {x = 'q'}}}",
            "signature.functions.Act.inputs: x:",
        ),
        ("[signature]\nfunctions = [1]", r"signature.functions: expected a table .*, but it is \[1\]"),
        ("[signature]\nfunctions = {Setup = {}}", "signature.functions: no function has outputs"),
        (
            "[signature]\nname = 5\nfunctions = {Setup = {}, Act = {outputs = {y = 's1'}}}",
            "signature.name: expected text, but it is 5",
        ),
        ("\xff", "cannot read"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    """What is wrong with a signature's file is said with its name and the key."""
    path = tmp_path / "wrong.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(azc.AzcError, match=message) as caught:
        azc.load_signature(path)
    assert "wrong.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A missing file is an error that names it."""
    with pytest.raises(azc.AzcError, match=r"cannot read .*none\.toml: No such file"):
        azc.load_signature(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace('"v1"', "v1"), r"the comments from # \[signature\] on are no TOML"),
        (TEXT.replace('"v1"', '"v77"'), "signature.functions.Update.inputs: gradient: v77 is no address"),
        (TEXT.replace("def Update", "def Updat"), "there is no function Updat; did you mean Update?"),
        (
            TEXT.replace("def Update", "def Predict"),
            "there is no function Predict; there are Setup and Update",
        ),
        (
            TEXT.replace("# [signature]\n", ""),
            "there is no function Update; there are Setup, Predict and Learn",
        ),
        (f"{HEADER}s2 = 1\n", r"expected def Setup\(\): or def Update\(\): before the first statement"),
    ],
)
def test_a_wrong_text_is_an_error(text: str, message: str) -> None:
    """Mistakes in the comments and in the functions are told."""
    with pytest.raises(azc.AzcError, match=message):
        azc.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace("# A rule", "# page\x0cbreak, a line\u2028separator and \x85"),
        TEXT.replace("[signature]", "[ signature ]"),
        TEXT.replace("# ", "\t#\t"),
    ],
)
def test_lines_end_where_the_reader_ends_them(text: str) -> None:
    """A signature is found whatever ends lines and stands in other comments."""
    assert azc.parse(text.encode()) == azc.parse(TEXT)


def test_other_comments_are_no_signature() -> None:
    """Only comments before the first function count, and other tables end the signature."""
    assert read("def Setup():\n# [signature]\n# nonsense\n", "x").signature is None
    assert (
        read(TEXT.replace("\n\ndef", '\n# [other]\n# x = "[signature]"\n\ndef', 1), "x").signature is not None
    )


def test_warnings_name_the_functions_of_the_signature() -> None:
    """Warnings speak of the inputs and outputs that the signature has."""
    setup, update = "v3 = 2 * v1\n  v1 = 2 * v1\n", "v2 = v0 + v9\n  s3 = mean(v2)\n"
    source = read(f"{HEADER}\ndef Setup():\n  {setup}def Update():\n  {update}", "x")
    assert source.signature is not None
    assert [problem.message for problem in warnings_of(source, source.signature)] == [
        "this has no effect: no change depends on it",
        "v1 is 0 in Setup: the gradient is put in before Update",
        "v1 is where the gradient is put in before Update, so what is written here does not last; "
        "take another address",
        "v1 is 0 in Setup: the gradient is put in before Update",
        "v9 is never written, so it is always 0",
        "this has no effect: no change depends on it",
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.azl")), ids=lambda path: path.stem)
def test_examples_are_clean(path: Path) -> None:
    """The examples have no warnings and are in their one form."""
    source = read(path.read_bytes(), path.name)
    assert source.signature is not None
    assert warnings_of(source, source.signature) == []
    assert format_text(path.read_bytes()) == path.read_text()


def test_built_in_signatures_can_be_written() -> None:
    """The signature of supervised learning can be written as comments too."""
    signature = INTERFACES["RMS_ERROR"].signature
    assert read(commented(signature) + "def Predict():\n  s1 = mean(v0)\n", "x").signature == signature
