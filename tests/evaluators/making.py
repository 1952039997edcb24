"""Evaluators for tests: a signature, modules and commands that score its programs."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import azc
from azc.ir import Signature

FORMULA = Signature("formula", {"Setup": {}, "Predict": {"inputs": {"x": "s2"}, "outputs": {"value": "s1"}}})
SQUARE = "def Setup():\n  pass\n\ndef Predict():\n  s1 = s2 * s2\n"
LINE = "def Setup():\n  pass\n\ndef Predict():\n  s1 = s2 + s2\n"
PROGRAMS = [azc.parse(text, signature=FORMULA) for text in (SQUARE, LINE)]
MODULE = '''
import os, time

def fits(algorithms):
    """How well programs compute 3 x x + 1."""
    def error(algorithm):
        return sum(abs(algorithm.call("Predict", x=x)["value"] - 3 * x * x - 1) for x in (-2.0, 0.5, 1.0))
    return [-error(algorithm) for algorithm in algorithms]

def by_stage(algorithms, stage):
    return [{"search": 1.0, "select": 2.0, "final": 3.0}[stage]] * len(algorithms)

def cases(algorithms):
    return [[a.call("Predict", x=x)["value"] for x in (1.0, 2.0)] for a in algorithms]

def texts(programs):
    return [float(len(str(p["Predict"]))) for p in programs]

def moody(algorithms):
    """Fails for a quarter of the programs, each in the way that its answer says."""
    found = []
    for a in algorithms:
        value = a.call("Predict", x=3.0)["value"]
        kind = int(abs(hash(value))) % 16
        if kind == 1:
            raise ValueError(f"{value} is bad luck")
        if kind == 2:
            os._exit(3)
        if kind == 3 and MOODY_SLEEPS:
            time.sleep(30)
        found.append(float("nan") if kind == 4 else -abs(value - 20))
    return found

MOODY_SLEEPS = True
not_a_function = 3
'''
COMMAND = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    scores = [len(text) if "*" in text else None for text in asked["programs"]]
    print(json.dumps({"scores": scores}), flush=True)
"""


def module(folder: Path, text: str = MODULE) -> Path:
    """Write the module of evaluators into a folder."""
    path = folder / "judging.py"
    path.write_text(text)
    return path


def command(folder: Path, text: str = COMMAND) -> list[str]:
    """Write a command into a folder; how it is called."""
    path = folder / "command.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def tables(evaluator: Mapping[str, Any] = {}, **search: Any) -> dict[str, Any]:
    """A small search for formulas with an evaluator."""
    return {
        "search": {"max_evals": 600, "seed": 1, **search},
        "program": {
            "addresses": {"scalars": 6, "vectors": 0, "matrices": 0},
            "ops": ["SCALAR_SUM", "SCALAR_DIFF", "SCALAR_PRODUCT", "SCALAR_CONST_SET"],
        },
        "signature": FORMULA.table(),
        "evaluator": {"features": 1, **evaluator},
    }


def written(folder: Path, tables: Mapping[str, Any]) -> Path:
    """A configuration as a file."""
    import tomli_w

    path = folder / "search.toml"
    path.write_text(tomli_w.dumps(json.loads(json.dumps(tables))))
    return path
