"""What holds for the whole test session: kernels are kept in a folder of its own, which it removes."""

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Name the cache folder; the workers of pytest-xdist inherit it, so that kernels are built once."""
    if not hasattr(config, "workerinput"):
        config.kept_cache = os.environ.get("AZC_CACHE")
        config.own_cache = tempfile.mkdtemp(prefix="azc-tests-")
        os.environ["AZC_CACHE"] = config.own_cache


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache folder."""
    if hasattr(config, "own_cache"):
        shutil.rmtree(config.own_cache, ignore_errors=True)
        if config.kept_cache is None:
            del os.environ["AZC_CACHE"]
        else:
            os.environ["AZC_CACHE"] = config.kept_cache
