"""Evaluators in processes of their own: Python functions and commands, and all ways in which they fail."""

import math
import os
import time
from pathlib import Path

import pytest
from evaluators.making import COMMAND, FORMULA, PROGRAMS, command, module

from azc.errors import AzcError
from azc.evaluators import EvaluatorSettings, Judge, OwnEvaluator


def python(folder: Path, function: str, **more: object) -> Judge:
    """A judge by a function of the module of tests."""
    module(folder)
    settings = EvaluatorSettings(python=f"judging:{function}", folder=str(folder), features=1, **more)  # type: ignore[arg-type]
    return OwnEvaluator(settings, FORMULA).judge("float64")


def commanded(folder: Path, text: str = COMMAND, **more: object) -> Judge:
    """A judge by a command with this text."""
    settings = EvaluatorSettings(command=tuple(command(folder, text)), folder=str(folder), **more)  # type: ignore[arg-type]
    return OwnEvaluator(settings, FORMULA).judge("float64")


def alive(pid: int) -> bool:
    """Whether a process is alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_function_scores_in_its_process(tmp_path: Path) -> None:
    """It gets algorithms, or programs, and its rows come back."""
    judge = python(tmp_path, "fits")
    rows, failures = judge.scores(PROGRAMS)
    assert rows[:, 0].tolist() == [-(9 + 1.5 + 3), -(17 + 0.75 + 2)]
    assert failures == []
    judge.caller.close()
    assert python(tmp_path, "cases", cases=2).scores(PROGRAMS)[0].tolist() == [[1.0, 4.0], [2.0, 4.0]]
    assert python(tmp_path, "texts", give="programs").scores(PROGRAMS)[0].min() > 0


def test_functions_that_take_a_stage_are_told(tmp_path: Path) -> None:
    """Only they score for selection and at the end."""
    judge = python(tmp_path, "by_stage")
    assert judge.caller.takes_stage
    assert [judge.scores(PROGRAMS[:1], stage)[0][0, 0] for stage in ("search", "select", "final")] == [
        1,
        2,
        3,
    ]
    assert not python(tmp_path, "fits").caller.takes_stage


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("nothing", "has no attribute 'nothing'"),
        ("not_a_function", "is int, expected a function"),
    ],
)
def test_functions_that_cannot_be_had(tmp_path: Path, function: str, why: str) -> None:
    """The error names the key and the reason, at the start."""
    with pytest.raises(AzcError, match=rf"evaluator\.python: judging:{function}: .*{why}"):
        python(tmp_path, function)


def test_modules_that_cannot_be_imported(tmp_path: Path) -> None:
    """A missing module, one that raises, one that ends its process: an error each, with what it said."""
    for text, why in [
        ("raise ImportError('no GPU')", "ImportError: no GPU"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; print('goodbye', flush=True); os._exit(4)", "ended with status 4: goodbye"),
        ("import", "SyntaxError"),
    ]:
        (tmp_path / "broken.py").write_text(text)
        settings = EvaluatorSettings(python="broken:f", folder=str(tmp_path))
        with pytest.raises(AzcError, match=why):
            OwnEvaluator(settings, FORMULA).judge("float64")
    missing = OwnEvaluator(EvaluatorSettings(python="absent_module:f", folder=str(tmp_path)), FORMULA)
    with pytest.raises(AzcError, match="No module named 'absent_module'"):
        missing.judge("float64")
    nowhere = EvaluatorSettings(python="broken:f", folder=str(tmp_path / "gone"))
    with pytest.raises(AzcError, match="cannot start"):
        OwnEvaluator(nowhere, FORMULA).judge("float64")


def test_files_beside_the_module_hide_nothing_of_python(tmp_path: Path) -> None:
    """A file random.py in the folder is no trouble for azc, which has imported Python's."""
    (tmp_path / "random.py").write_text("raise RuntimeError('this is not the standard library')")
    assert python(tmp_path, "fits").scores(PROGRAMS)[1] == []


def test_what_a_function_prints_is_no_answer(tmp_path: Path) -> None:
    """Its output goes nowhere, however much it is."""
    (tmp_path / "loud.py").write_text(
        "import sys\ndef score(programs):\n    print('x' * 3_000_000, file=sys.stderr)\n"
        "    print('y' * 3_000_000)\n    return [1.0] * len(programs)\n"
    )
    settings = EvaluatorSettings(python="loud:score", folder=str(tmp_path), give="programs")
    judge = OwnEvaluator(settings, FORMULA).judge("float64")
    for _ in range(3):
        assert judge.scores(PROGRAMS)[0].tolist() == [[1.0], [1.0]]


DYING = """
import os, signal, time
def score(programs):
    for program in programs:
        if "+" in repr(program) or "SUM" in repr(program):
            {act}
    return [1.0] * len(programs)
"""


@pytest.mark.parametrize(
    ("act", "kind", "why"),
    [
        ("os._exit(5)", "died", "ended with status 5"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "died", "ended with SIGSEGV"),
        ("time.sleep(60)", "timed_out", "took more than 1 seconds"),
        ("raise KeyError('x')", "raised", "KeyError: 'x'"),
        ("return object()", "raised", "expected a list"),
    ],
)
def test_a_process_starts_again(tmp_path: Path, act: str, kind: str, why: str) -> None:
    """Whatever a function does, the other programs get their scores, and so do those after it."""
    (tmp_path / "dying.py").write_text(DYING.format(act=act))
    settings = EvaluatorSettings(python="dying:score", folder=str(tmp_path), give="programs", seconds=1.0)
    judge = OwnEvaluator(settings, FORMULA).judge("float64")
    for _ in range(2):
        rows, failures = judge.scores(PROGRAMS)
        assert rows[:, 0].tolist() == [1.0, -math.inf]
        assert [one.kind for one in failures] == [kind]
        assert why in failures[0].message


def test_processes_end_with_their_children(tmp_path: Path) -> None:
    """What a function started ends with its process, as on a timeout."""
    (tmp_path / "parent.py").write_text(
        "import subprocess, sys, time\ndef score(programs):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    open('pid', 'w').write(str(child.pid))\n    time.sleep(60)\n"
    )
    settings = EvaluatorSettings(python="parent:score", folder=str(tmp_path), give="programs", seconds=1.0)
    judge = OwnEvaluator(settings, FORMULA).judge("float64")
    assert [one.kind for one in judge.scores(PROGRAMS[:1])[1]] == ["timed_out"]
    pid, end = int((tmp_path / "pid").read_text()), time.monotonic() + 10
    while alive(pid) and time.monotonic() < end and "zombie" not in _state(pid):
        time.sleep(0.05)
    assert not alive(pid) or "zombie" in _state(pid)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "zombie"


# --- commands -------------------------------------------------------------------------------------------


def test_a_command_answers_lines(tmp_path: Path) -> None:
    """It gets texts; null is nan."""
    judge = commanded(tmp_path)
    for _ in range(2):
        rows, failures = judge.scores(PROGRAMS)
        assert rows[0, 0] == len("def Setup():\n  pass\n\ndef Predict():\n  s1 = s2 * s2\n")
        assert rows[1, 0] == -math.inf
        assert [one.kind for one in failures] == ["nan"]


def test_requests_and_answers_longer_than_a_pipe(tmp_path: Path) -> None:
    """A command that answers before it has read everything, and much, blocks nobody."""
    judge = commanded(
        tmp_path,
        "import sys, json\nfor line in sys.stdin:\n"
        "    scores = [1.0] * len(json.loads(line)['programs'])\n"
        "    print(json.dumps({'scores': scores, 'note': 'x' * 1_000_000}), flush=True)\n",
    )
    assert judge.scores(PROGRAMS * 5_000)[0].sum() == 10_000


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("print('hello', flush=True)", "raised", "answered 'hello', expected one line like"),
        ("print('[1, 2]', flush=True)", "raised", "expected an object"),
        ('print(\'{"error": "no market"}\', flush=True)', "raised", "no market"),
        ('print(\'{"scores": [1.0, "x"]}\', flush=True)', "raised", "expected a list"),
        ('print(\'{"scores": [1]}\\n{"scores": [1]}\', flush=True)', "raised", "a second line follows"),
        ("print('{\"scores\": [1' + '0' * 400 + ']}', flush=True)", "raised", "expected a list"),
        ('print(\'{"error": "\\\\ud800"}\', flush=True)', "raised", "\\ud800"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n'); sys.stdout.flush()", "raised", "answered"),
        ("print('{', end='', flush=True); import os; os._exit(0)", "died", "ended with status 0"),
        ("import sys; sys.exit('out of luck')", "died", "ended with status 1: out of luck"),
        ("import time; time.sleep(60)", "timed_out", "took more than 1 seconds"),
    ],
)
def test_commands_that_misbehave(tmp_path: Path, text: str, kind: str, why: str) -> None:
    """Each is told, and the next call starts the command anew."""
    judge = commanded(tmp_path, f"import sys\nfor line in sys.stdin:\n    {text}\n", seconds=1.0)
    for _ in range(2):
        rows, failures = judge.scores(PROGRAMS[:1])
        assert rows.tolist() == [[-math.inf]]
        assert [one.kind for one in failures] == [kind]
        assert why in failures[0].message


def test_a_command_that_says_why_goes_on(tmp_path: Path) -> None:
    """An error is an answer: the process stays, and the other programs get their scores."""
    judge = commanded(
        tmp_path,
        "import json, os, sys\nfor line in sys.stdin:\n    texts = json.loads(line)['programs']\n"
        "    bad = {'error': 'no sums'} if any('+' in text for text in texts) else None\n"
        "    print(json.dumps(bad or {'scores': [os.getpid()] * len(texts)}), flush=True)\n",
    )
    before = judge.scores(PROGRAMS[:1])[0][0, 0]
    rows, failures = judge.scores(PROGRAMS)
    assert rows[:, 0].tolist() == [before, -math.inf]
    assert [one.message for one in failures] == ["no sums"]


def test_a_line_too_many_is_no_answer(tmp_path: Path) -> None:
    """What a command says before it is asked again is not taken for the next answer."""
    judge = commanded(
        tmp_path,
        "import json, sys, time\nfor line in sys.stdin:\n    print('{\"scores\": [1]}', flush=True)\n"
        "    time.sleep(0.3)\n    print('{\"scores\": [2]}', flush=True)\n",
    )
    assert judge.scores(PROGRAMS[:1])[0].tolist() == [[1.0]]
    time.sleep(0.6)
    rows, failures = judge.scores(PROGRAMS[:1])
    assert rows.tolist() == [[-math.inf]]
    assert "before it was asked" in failures[0].message
    assert judge.scores(PROGRAMS[:1])[0].tolist() == [[1.0]]


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """An error at the start, with the key."""
    settings = EvaluatorSettings(command=("no-such-command",), folder=str(tmp_path))
    with pytest.raises(AzcError, match=r"cannot start no-such-command in .*check evaluator\.command"):
        OwnEvaluator(settings, FORMULA).judge("float64")
