"""Digests of what azc computes: run as a program, in an environment that a test chooses.

The last line is a digest of NumPy's exp and sin, which an environment may change.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import azc
from azc.evaluation import Evaluator
from azc.ir.draws import uniforms
from azc.tasks import Task, tasks_from_spec, tasks_from_table

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaluation.comparing import BACKENDS, WANT, observed

FUNCTIONS = ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log")
FURTHER = ("sqrt", "sign", "tanh", "sigmoid", "exp", "log")
"""Functions that are operations on vectors and matrices, too."""
EVERYTHING = """
def Setup():
  v1 = gaussian(0, 1)
  m1 = gaussian(0, 0.5)
  m3 = uniform(-1, 1)
  s9 = 0.01
def Predict():
  v3 = dot(m1, v0)
  v3 = maximum(v3, v8)
  m2 = matmul(m1, m3)
  s2 = norm(m2)
  s3 = std(v3)
  v4 = std(m2, axis=1)
  v5 = norm(m2, axis=0)
  s4 = mean(m2)
  v6 = v4 / v5
  s5 = dot(v3, v1)
  s6 = dot(v0, v6)
  s1 = s5 + s6
  v2 = v3 + v6
  v2 = v2 - v0
def Learn():
  s7 = gaussian(0, 0.1)
  s8 = s0 - s1
  s8 = s8 * s9
  s8 = s8 + s7
  v7 = v3 * s8
  v1 = v1 + v7
  m4 = outer(v7, v0)
  m1 = m1 + m4
"""


def functions_program() -> azc.Program:
    """Every elementary function of the mean of the features, near and far from zero."""
    lines = ["s2 = mean(v0)", "s3 = 1000000000", "s4 = s2 * s3"]
    for number, name in enumerate(FUNCTIONS):
        lines += [f"s{10 + number} = {name}(s2)", f"s{30 + number} = {name}(s4)", f"s5 = {name}(s2)"]
        lines += [f"s{20 + number} = s{20 + number} + s5"]
    body = "".join(f"  {line}\n" for line in lines)
    return azc.parse(f"def Setup():\ndef Predict():\n{body}def Learn():\n")


def further_program() -> azc.Program:
    """Further operations on features near and far from zero, as vectors and as matrices."""
    lines = ["s2 = 100", "v3 = s2 * v0", "m3 = outer(v0, v3)"]
    for number, name in enumerate(FURTHER):
        near, far = 10 + number, 20 + number
        lines += [f"v{near} = {name}(v0)", f"v{far} = {name}(v3)", f"m{near} = {name}(m3)"]
        lines += [f"s{near} = mean(v{near})", f"s{far} = {name}(s{near})", f"m{far} = m{far} + m{near}"]
    body = "".join(f"  {line}\n" for line in lines)
    return azc.parse(f"def Setup():\ndef Predict():\n{body}def Learn():\n")


def numbers(draw: int, *shape: int) -> np.ndarray:
    """Exact numbers from -1 to 1."""
    return uniforms(2026, int(np.prod(shape)), draw, low=-1.0).reshape(shape)


def tasks(eval_type: str) -> list[Task]:
    """Three tasks of five features and two epochs."""
    classes = 3 if eval_type == "MULTICLASS_ACCURACY" else None
    return [
        Task(
            numbers(10 * n, 20, 5),
            np.abs(numbers(10 * n + 1, 20) * 3).astype(int) % (classes or 2),
            numbers(10 * n + 2, 10, 5),
            np.abs(numbers(10 * n + 3, 10) * 3).astype(int) % (classes or 2),
            eval_type=eval_type,
            n_classes=classes,
            epochs=2,
            seed=n,
            max_abs_error=1e300,
        )
        for n in range(3)
    ]


def made(tasks: list[Task]) -> list[bytes]:
    """Bytes of the arrays of tasks."""
    names = ("train_x", "train_y", "valid_x", "valid_y")
    return [getattr(task, name).tobytes() for task in tasks for name in names]


def projected(kind: str) -> list[Task]:
    """Tasks of invented images."""
    pixels = (np.abs(numbers(90, 200, 8, 8)) * 256).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "images.npz", x=pixels, y=np.arange(200) % 4)
        table = {"kind": kind, "path": "images.npz", "features": 5, "train": 40, "valid": 16, "tasks": 3}
        return tasks_from_table({**table, "seed": 8, "epochs": 3}, folder)


def digest(*values: Any) -> str:
    """A short digest."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def main() -> None:
    """Print a digest a line, with its name; all but the last are equal on every machine."""
    for backend in BACKENDS:
        for precision in ("float64", "float32"):
            seen = []
            for program, eval_types in (
                (azc.parse(EVERYTHING), ("RMS_ERROR", "ACCURACY", "MULTICLASS_ACCURACY")),
                (functions_program(), ("RMS_ERROR",)),
            ):
                for eval_type in eval_types:
                    evaluator = Evaluator(tasks(eval_type), backend=backend, precision=precision)
                    seen.append(sorted(observed(evaluator.evaluate(program, WANT)).items()))
            print(backend, precision, digest(seen))
            evaluator = Evaluator(tasks("RMS_ERROR"), backend=backend, precision=precision)
            seen = sorted(observed(evaluator.evaluate(further_program(), WANT)).items())
            print(backend, f"further_{precision}", digest(seen))
    for spec in ("linear", "affine", "two_layer"):
        print(
            spec, digest(made(tasks_from_spec(f"{spec},features=5,train=20,valid=7,tasks=3,seed=4,epochs=2")))
        )
    for kind in ("projected", "projected_multiclass"):
        print(kind, digest(made(projected(kind))))
    x = numbers(99, 5000) * 5
    print("theirs", digest(np.exp(x).tobytes(), np.sin(x).tobytes()))


if __name__ == "__main__":
    main()
