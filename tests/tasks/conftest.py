"""Tests of tasks use a temporary cache and ignore the user's AZC_DATA."""

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("AZC_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("AZC_DATA", raising=False)
