"""Tasks made ready for a search."""

import tracemalloc

import numpy as np
import pytest
from search.making import small

from azc.errors import AzcError
from azc.search import Evolution
from azc.tasks import Task


def test_blocks_beyond_memory_are_refused_before_allocation() -> None:
    """Blocks beyond the memory limit are refused before any is allocated."""
    x = np.ones((1, 3072), np.float32)
    tasks = [Task(x, [0], x, [0])] * 3000
    tracemalloc.start()
    try:
        with pytest.raises(AzcError, match=r"a search on 3,000 tasks takes .* GiB and azc may use"):
            Evolution(small(), tasks)
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()
