"""`azc emit`: a program in its other forms."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import azc as package
from azc.backends.python import disassembly, source
from azc.cli.emit import FORMS
from azc.cli.emit import PASSES as NAMED
from azc.ir import INTERFACES
from azc.passes import PASSES, after

Azc = Callable[..., Result]

IR = """\
Setup
  0      SCALAR_CONST_SET       s2 = 0.01
Predict
  0      VECTOR_INNER_PRODUCT   s1 = dot(v0, v1)
Learn
  0      SCALAR_DIFF            s3 = s0 - s1
  1      SCALAR_PRODUCT         s4 = s3 * s2
  2      SCALAR_VECTOR_PRODUCT  v2 = s4 * v0
  3      VECTOR_SUM             v1 = v1 + v2
"""
TAPE = """\
Setup
  0      SCALAR_CONST_SET                  s2@48                     value=0.01
  1      RETURN
Predict
  0      VECTOR_INNER_PRODUCT              s1@40  v0@x v1@72
  1      RETURN
Learn
  0      SCALAR_DIFF SCALAR_PRODUCT        s4@64  s0@32 s1@40 s2@48
  1      SCALAR_VECTOR_PRODUCT VECTOR_SUM  v1@72  s4@64 v0@x v1@72
  2      RETURN
"""


@pytest.mark.parametrize(("form", "text"), [("ir", IR), ("tape", TAPE)])
def test_listings_are_pinned(azc: Azc, linear: Path, form: str, text: str) -> None:
    """Listings of `--to ir` and `--to tape` have aligned columns."""
    assert azc("emit", linear, "--to", form).output == text


def test_a_tape_shows_literals_draws_and_elements(azc: Azc, tmp_path: Path) -> None:
    """A tape shows constants, draws and offsets, of elements too, for `--features` and `--lanes`."""
    path = tmp_path / "p.azl"
    path.write_text(
        "def Setup():\n  v1 = gaussian(0, 0.1)\n  v1[0.5] = -2\ndef Predict():\n  v2 = maximum(0, v1)\n"
    )
    lines = azc(
        "emit", path, "--to", "tape", "--features", 2, "--lanes", 4, "--eval", "RMS_ERROR"
    ).output.splitlines()
    assert lines[1].endswith("v1@128                mean=0.0 sd=0.1 draw=0")
    assert lines[2].endswith("v1@160                value=-2.0")
    assert lines[5].endswith("v2@192  0@256 v1@128")


def test_python_and_bytecode_are_those_of_the_backend(azc: Azc, linear: Path) -> None:
    """`--to python` and `--to bytecode` print the Python backend's code, in the given precision."""
    program = package.load(linear)
    assert azc("emit", linear, "--to", "python").output == source(program)
    assert azc("emit", linear, "--to", "bytecode").output == disassembly(program)
    assert "np.float32" in azc("emit", linear, "--to", "python", "--precision", "float32").output


@pytest.mark.parametrize(("form", "piece"), [("llvm", "define void @azl_Learn("), ("asm", "azl_Learn:")])
@pytest.mark.parametrize("eval_type", INTERFACES)
def test_machine_code_is_shown(azc: Azc, linear: Path, form: str, piece: str, eval_type: str) -> None:
    """`--to llvm` and `--to asm` print the code of Learn, under every evaluation type."""
    assert piece in azc("emit", linear, "--to", form, "--eval", eval_type).output


def test_an_element_beyond_the_features_is_an_error(azc: Azc, tmp_path: Path) -> None:
    """An element index beyond `--features` is an error."""
    path = tmp_path / "p.azl"
    path.write_text("def Setup():\n  v1[7] = 1\n")
    assert "there is no element 7" in azc("emit", path, "--to", "tape", code=1).stderr
    azc("emit", path, "--to", "tape", "--features", 8)


def test_text_is_the_default_form(azc: Azc, linear: Path) -> None:
    """Without `--to` the program's text is printed."""
    assert azc("emit", linear).output == linear.read_text()


WASTEFUL = (
    "def Setup():\n  s2 = 1\n  s9 = 4\ndef Predict():\n  v1 = s2 * v0\n  v3 = v1 * v4\n  s1 = norm(v3)\n"
)


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("eval_type", ["RMS_ERROR", "MULTICLASS_ACCURACY"])
def test_programs_are_shown_after_any_pass(azc: Azc, tmp_path: Path, name: str, eval_type: str) -> None:
    """`--after` prints the program after any pass, in every form."""
    path = tmp_path / "p.azl"
    path.write_text(WASTEFUL)
    expected = after(package.parse(WASTEFUL), INTERFACES[eval_type], name)
    arguments = ("emit", path, "--after", name, "--eval", eval_type)
    assert azc(*arguments).output == package.format_program(expected)
    for form in FORMS:
        assert azc(*arguments, "--to", form).output


def test_help_names_all_passes(azc: Azc) -> None:
    """Help lists all passes in their order; an unknown pass gives exit code 2."""
    assert tuple(PASSES) == NAMED
    assert ", ".join(NAMED) in " ".join(azc("emit", "--help").output.split())
    assert "invalid" in azc("emit", "p.azl", "--after", "magic", code=2).stderr.lower()
