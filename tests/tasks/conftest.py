"""No test of tasks reads or leaves anything in the user's cache, or looks where the user keeps data."""

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("AZC_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("AZC_DATA", raising=False)
