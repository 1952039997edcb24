"""Set-up of a test session: a temporary cache folder, and Python's handler of Ctrl-C."""

import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# No deadline: machines that run tests are busy.
settings.register_profile("azc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("azc")


def pytest_configure(config: pytest.Config) -> None:
    """Set AZC_CACHE to a new folder; workers of pytest-xdist inherit it, so that kernels are built once."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A shell starts background jobs with Ctrl-C ignored, and their child processes inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.kept_cache = os.environ.get("AZC_CACHE")
        config.own_cache = tempfile.mkdtemp(prefix="azc-tests-")
        os.environ["AZC_CACHE"] = config.own_cache


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache folder and restore AZC_CACHE."""
    if hasattr(config, "own_cache"):
        shutil.rmtree(config.own_cache, ignore_errors=True)
        if config.kept_cache is None:
            del os.environ["AZC_CACHE"]
        else:
            os.environ["AZC_CACHE"] = config.kept_cache
