"""Signals at moments at which their exceptions would be lost or do harm."""

import importlib
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from azc.signals import ctrl_c_postponed, held_back

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")


def test_ctrl_c_is_held_back_to_the_end() -> None:
    """Held-back Ctrl-C raises KeyboardInterrupt after the block has ended."""
    done = []

    def interrupted() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_is_delivered_on_request() -> None:
    """The first `deliver()` after Ctrl-C raises KeyboardInterrupt, earlier and later ones nothing."""
    with held_back() as deliver:
        deliver()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            deliver()
        deliver()


def test_ctrl_c_has_priority_over_errors() -> None:
    """Ctrl-C is raised instead of an error that the block raises afterwards."""

    def interrupted() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            raise RuntimeError("no compiled object yet")

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_errors_are_raised_if_there_is_no_signal() -> None:
    """An error inside the block is raised as usual if no signal comes."""
    with pytest.raises(RuntimeError), held_back():
        raise RuntimeError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_are_called_and_restored(number: signal.Signals) -> None:
    """A signal's own handler is called once for each held-back signal, and is restored."""
    heard = []
    before = signal.signal(number, lambda number, frame: heard.append(number))
    try:
        ours = signal.getsignal(number)
        with held_back():
            signal.raise_signal(number)
            signal.raise_signal(number)
            assert heard == []
        assert heard == [number, number]
        assert signal.getsignal(number) is ours
    finally:
        signal.signal(number, before)


def test_a_signal_that_is_ignored_stays_so() -> None:
    """An ignored signal, as in the background of a shell, stays ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_back(), ctrl_c_postponed():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_no_handler() -> None:
    """Outside the main thread no handler changes, as only the main thread receives signals."""
    handlers = []

    def look() -> None:
        with held_back() as deliver, ctrl_c_postponed():
            deliver()
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_import_ends_before_ctrl_c_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during an import is raised after the module is completely loaded."""
    (tmp_path / "interrupted_import.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(1000): pass\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    whole = []

    def importing() -> None:
        with ctrl_c_postponed():
            whole.append(importlib.import_module("interrupted_import").whole)
            threading.Event().wait(10)

    with pytest.raises(KeyboardInterrupt):
        importing()
    assert whole == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Interrupted:
    """An object that sends SIGINT in `__del__`."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_inside_del_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C inside `__del__`, where Python loses exceptions, is raised later, and nothing is printed."""

    def deleting() -> None:
        with ctrl_c_postponed():
            Interrupted()
            threading.Event().wait(10)

    with pytest.raises(KeyboardInterrupt):
        deleting()
    assert capsys.readouterr().err == ""


def test_other_errors_inside_del_are_printed() -> None:
    """Other errors inside `__del__` are printed as usual."""
    code = (
        "from azc.signals import ctrl_c_postponed\n"
        "class Faulty:\n    def __del__(self): 1 / 0\n"
        "with ctrl_c_postponed(): Faulty()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ZeroDivisionError" in done.stderr
    assert done.returncode == 0
