"""`azc serve` under hostile requests and little memory: all are answered, and memory stays small."""

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from cli.serve.hostile import dumped, requests, task

SERVE = "from azc.cli import main; main()"
LIMIT = 4 << 30
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and read as Linux does it")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() + sum(resident_bytes(int(child)) for child in children)


def expected_ids(line: bytes) -> tuple[Any, ...]:
    """Ids that an answer to a line may have."""
    try:
        fields = json.loads(line)
        return (fields.get("id"), None) if isinstance(fields, dict) else (None,)
    except (ValueError, RecursionError):
        return (None, *range(100))


def served(n: int, endless: int, *options: str) -> int:
    """Send hostile requests; return the server's resident bytes at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        sent: Queue[bytes] = Queue(50)
        threading.Thread(target=_send, args=[server.stdin, sent, n, endless], daemon=True).start()
        for number in range(n):
            line, said = sent.get(), server.stdout.readline()
            assert said.endswith(b"\n"), (number, line[:300], server.poll())
            found = json.loads(said)
            assert ("error" in found) or ("fitness" in found) or ("defined" in found)
            assert found["id"] in expected_ids(line), (number, line[:300], said[:300])
            assert not found.get("error", {"message": ""})["message"].startswith("azc failed"), said[:300]
        # The server still evaluates.
        server.stdin.write(dumped(id="end", program="", task=task()) + b"\n")
        server.stdin.flush()
        assert "fitness" in json.loads(server.stdout.readline())
        resident = resident_bytes(server.pid)
        server.stdin.close()
        assert server.wait() == 0
    print(f"{n:,} requests, {resident / 2**20:.0f} MB resident")
    return resident


def _send(pipe: Any, sent: "Queue[bytes]", n: int, endless: int) -> None:
    """Send requests ahead of their answers."""
    for line in requests(n, 0, endless):
        sent.put(line)
        pipe.write(line)
        pipe.flush()


@pytest.mark.parametrize(("n", "endless", "options"), [(200, 0, ()), (50, 1, ("--max-seconds", "1"))])
def test_some_hostile_requests_are_answered(n: int, endless: int, options: tuple[str, ...]) -> None:
    """Hostile requests are answered in 4 GB by one or two processes; under 1 GB is resident at the end."""
    assert served(n, endless, *options) < 1 << 30


@pytest.mark.soak
@pytest.mark.parametrize(("endless", "options"), [(0, ()), (50, ("--max-seconds", "1"))])
def test_10_000_hostile_requests_are_answered(endless: int, options: tuple[str, ...]) -> None:
    """Hostile requests are answered in 4 GB by one or two processes; under 1 GB is resident at the end."""
    assert served(10_000, endless, *options) < 1 << 30
