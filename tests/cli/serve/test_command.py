"""The command `azc serve`: its options, and lines of standard input until its end."""

import json
import signal
import subprocess

import pytest
from cli.serve.asking import CALL, TASK, strict
from click import BadParameter
from programs import LINEAR

from azc.cli.serve.command import Size


@pytest.mark.parametrize(
    ("text", "size"), [("500M", 500 * 2**20), ("1.5g", 3 * 2**29), ("2 GiB", 2**31), ("1000000", 10**6)]
)
def test_a_size_may_have_a_unit(text: str, size: int) -> None:
    """A size is a number of bytes, or has a unit that is a power of 1,024."""
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "M", "-1G", "nan", "1e9", "5", "1X", "99999999999T"])
def test_a_wrong_size_is_refused(text: str) -> None:
    """A wrong size is an error that says what is expected."""
    with pytest.raises(BadParameter, match="expected a size of at least 1M, like 500M or 2G"):
        Size().convert(text, None, None)


def test_a_line_that_is_too_long_is_skipped() -> None:
    """A line that is too long gets an error and is skipped, also as the last one without newline."""
    lines = [
        b'{"id": 1, "define": {}}\n',
        b"[" * 3_000_000 + b"\n",
        b'{"id": 2, "define": {}}\n',
        b"[" * 3_000_000,
    ]
    done = subprocess.run(
        [*CALL, "--max-memory", "20M"], input=b"".join(lines), capture_output=True, check=True
    )
    said = [strict(line) for line in done.stdout.splitlines()]
    assert [entry["id"] for entry in said] == [1, None, 2, None]
    assert "the request is longer than 1,048,576 bytes" in said[1]["error"]["message"]


def test_the_server_answers_in_order_and_ends_with_its_input() -> None:
    """Answers come at once and in order, also after errors and to a last line without newline."""
    lines = [
        json.dumps({"id": 1, "define": {"a": TASK}}).encode(),
        b"\xff\xfe",
        json.dumps({"id": 2, "program": LINEAR, "task": "a"}).encode(),
        b"",
        json.dumps({"id": 3, "program": "", "task": "a"}).encode(),
    ]
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(lines[0] + b"\n")
        server.stdin.flush()
        assert strict(server.stdout.readline()[:-1]) == {"id": 1, "defined": ["a"]}
        rest, errors = server.communicate(b"\n".join(lines[1:]))
    said = [strict(line) for line in rest.splitlines()]
    assert [entry["id"] for entry in said] == [None, 2, None, 3]
    assert (server.returncode, errors) == (0, b"")


def test_the_server_ends_quietly_on_ctrl_c_or_closed_output() -> None:
    """Ctrl-C and a closed standard output end the server without a message."""
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"{}\n")
        server.stdin.flush()
        server.stdout.readline()
        server.send_signal(signal.SIGINT)
        assert server.communicate() == (b"", b"")
    assert server.returncode == 130
    with subprocess.Popen(
        CALL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        server.stdout.close()
        server.stdout = None
        assert server.communicate(b"{}\n" * 3)[1] == b""
    assert server.returncode == 0
