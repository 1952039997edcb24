"""A server that knows a task."""

import pytest
from cli.serve.asking import TASK, ask

from azc.cli.serve.protocol import ServerState


@pytest.fixture
def state() -> ServerState:
    """A server that knows the task `known`."""
    state = ServerState()
    assert ask(state, id=0, define={"known": TASK}) == {"id": 0, "defined": ["known"]}
    return state
