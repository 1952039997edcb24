"""Signals that come at a bad moment."""

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
    """What was begun is done, and then KeyboardInterrupt comes."""
    done = []

    def interrupted() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_comes_where_it_does_no_harm() -> None:
    """At the first moment that is named, and no later."""
    with held_back() as deliver:
        deliver()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            deliver()
        deliver()


def test_ctrl_c_goes_before_any_other_error() -> None:
    """What went wrong meanwhile went wrong for it."""

    def interrupted() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            raise RuntimeError("no compiled object yet")

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_without_a_signal_errors_come_through() -> None:
    """And nothing else happens."""
    with pytest.raises(RuntimeError), held_back():
        raise RuntimeError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_every_handler_is_called_and_is_back(number: signal.Signals) -> None:
    """Each signal goes to the handler that it had, as often as it came."""
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
    """As in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_back(), ctrl_c_postponed():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_happens() -> None:
    """Only the main thread hears signals."""
    handlers = []

    def look() -> None:
        with held_back() as deliver, ctrl_c_postponed():
            deliver()
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_an_import_is_done_before_ctrl_c_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module is whole, and KeyboardInterrupt comes right after."""
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
    """While it is deleted Ctrl-C comes."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_python_would_forget_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception in `__del__` is lost; it comes again, and nothing is printed."""

    def deleting() -> None:
        with ctrl_c_postponed():
            Interrupted()
            threading.Event().wait(10)

    with pytest.raises(KeyboardInterrupt):
        deleting()
    assert capsys.readouterr().err == ""


def test_other_errors_that_python_forgets_are_printed() -> None:
    """As ever."""
    code = (
        "from azc.signals import ctrl_c_postponed\n"
        "class Faulty:\n    def __del__(self): 1 / 0\n"
        "with ctrl_c_postponed(): Faulty()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ZeroDivisionError" in done.stderr
    assert done.returncode == 0
