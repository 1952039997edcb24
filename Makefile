# `make demo` shows a discovery, `make test` runs all tests but those that take long, which `make soak` does.
# All make what they need first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test soak lint clean

demo: $(VENV)/.azc
	$(BIN)/azc evolve examples/linear_regression.toml

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -m soak -s -o faulthandler_timeout=0

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.azc: pyproject.toml $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .[dev]
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
