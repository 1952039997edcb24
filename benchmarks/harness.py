"""What the benchmarks share: the yardstick, fair timing, tables, programs and tasks.


Machines are noisy: two things that are compared run in turn, several times, and medians are printed.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

import azc
from azc.tasks import tasks_from_spec

HERE = Path(__file__).parent
ROUNDS = 5

SGD = """
def Setup():
  s2 = 0.01
def Predict():
  s1 = dot(v0, v1)
def Learn():
  s3 = s0 - s1
  s3 = s3 * s2
  v2 = s3 * v0
  v1 = v1 + v2
"""
MLP = """
def Setup():
  s2 = 0.01
  m0 = gaussian(0, 0.1)
  v2 = gaussian(0, 0.1)
def Predict():
  v3 = dot(m0, v0)
  v5 = maximum(v3, v4)
  s1 = dot(v5, v2)
def Learn():
  s3 = s0 - s1
  s3 = s2 * s3
  v6 = s3 * v5
  v7 = s3 * v2
  v2 = v2 + v6
  v8 = heaviside(v3)
  v7 = v7 * v8
  m1 = outer(v7, v0)
  m0 = m0 + m1
"""
"""The yardstick's two fixed programs (`sgd` and `mlp` of baseline.c)."""


def programs(text: str, count: int) -> list[azc.Program]:
    """So many programs that differ in one constant, so that nothing can be remembered between them."""
    return [azc.parse(text.replace("s2 = 0.01", f"s2 = {0.01 + 1e-6 * i!r}")) for i in range(count)]


def tasks(features: int, train: int, valid: int, count: int, kind: str = "linear") -> list[azc.Task]:
    """Regression tasks, as the yardstick has them."""
    return tasks_from_spec(f"{kind},features={features},train={train},valid={valid},tasks={count}")


def baseline(*arguments: str) -> float:
    """One run of the yardstick, which is built first if need be; the first number that it prints."""
    binary = Path(tempfile.gettempdir()) / "azc-benchmarks" / "baseline"
    source = HERE / "baseline.c"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        binary.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O3", "-march=native", "-o", str(binary), str(source), "-lm"], check=True)
    printed = subprocess.run([str(binary), *arguments], check=True, capture_output=True, text=True).stdout
    found = re.search(r": ([0-9.]+)", printed)
    if found is None:
        sys.exit(f"baseline printed {printed!r}, expected a figure")
    return float(found.group(1))


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def alternated(contenders: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """Each contender's median figure, all measured in turn, round after round."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            figures[name].append(measure())
    return {name: median(values) for name, values in figures.items()}


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    table = Table(title=title)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=110).print(table)
