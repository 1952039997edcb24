"""Right and wrong values for the parameters of public functions, for `test_wrong_arguments.py`.

A new public function needs an entry in `EXAMPLES` for each parameter of a new name, a new public class
one in `OBJECTS`. Values are made anew for each call, so that calls do not affect each other.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from programs import linear

import azc
from azc import evaluation, ir, language, passes, runs, search, tasks
from azc.backends import llvm
from azc.runs.workers import Share
from azc.search.engine.state import Offspring
from azc.search.engine.state import children as two_children
from azc.search.islands import Job
from azc.search.space import room

F = 4
X, Y = np.ones((5, F)), np.ones(5)
RMS = ir.interface_of("RMS_ERROR")
PROGRAM = linear(0.1, "v1 = gaussian(0, 1)")
CONFIG = """
[search]
population_size = 4
tournament_size = 2
max_evals = 8
round_evals = 4
[tasks.search]
kind = "linear"
features = 4
train = 4
valid = 4
tasks = 1
"""


# --- programs and tasks -------------------------------------------------------------------------------


def program() -> azc.Program:
    """A program."""
    return azc.parse(PROGRAM)


def task() -> azc.Task:
    """A small task."""
    x = np.arange(6.0 * F).reshape(6, F) / 7
    return azc.Task(x, x.sum(axis=1), x[:3], x[:3].sum(axis=1))


def algorithm() -> azc.Algorithm:
    """The program as an Algorithm, after a prediction."""
    made = azc.compile(program(), F, backend="python")
    made.predict_one(np.ones(F))
    return made


def stopped() -> azc.Evaluation:
    """An evaluation of the program on a task, marked as stopped at once."""
    return attrs.evolve(azc.evaluate(program(), task()), stopped_at=[1])


# --- files in the current folder ----------------------------------------------------------------------


def written(name: str, content: str) -> str:
    """Path of a new file with this content."""
    Path(name).write_text(content)
    return name


def table_file() -> str:
    """A csv file."""
    rows = "".join(f"{i % 5},{i * i % 7},{i * 3 % 11}\n" for i in range(20))
    return written("table.csv", f"a,b,y\n{rows}")


def npz_file() -> str:
    """An npz file with the arrays of a task."""
    one = task()
    np.savez("arrays.npz", **{n: getattr(one, n) for n in ("train_x", "train_y", "valid_x", "valid_y")})
    return "arrays.npz"


def signature_file() -> str:
    """A file with a signature."""
    return written("signature.toml", "\n".join(language.signature_lines(RMS.signature)))


def images_file() -> str:
    """An npz file of images of two classes."""
    pixels = np.random.default_rng(1).integers(0, 255, (40, 3, 3), dtype=np.uint8)
    np.savez("images.npz", x=pixels, y=np.arange(40) % 2)
    return "images.npz"


def table() -> tasks.Table:
    """The table in the csv file."""
    return tasks.read_table(table_file(), "y")


def preprocessing() -> tasks.Preprocessing:
    """Preprocessing of the table's columns."""
    return tasks.prepare(table())


# --- searches and runs --------------------------------------------------------------------------------


@cache
def config() -> search.Config:
    """A configuration of a search."""
    return search.load_config(written("search.toml", CONFIG))


def params() -> search.Params:
    """Parameters of the search."""
    return config().params


@cache
def share() -> Share:
    """Input of the search's workers."""
    return Share(((params(), tuple(config().tasks("search"))),), "examples")


@cache
def finished_run() -> Path:
    """Folder of a finished run, not to be changed."""
    path = Path(tempfile.mkdtemp(prefix="azc-examples-")) / "run"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    runs.run_search(config(), run_dir=path)
    return path


@cache
def found() -> search.SearchResult:
    """Result of the search; afterwards all code of a search is compiled."""
    search.Evolution(params(), config().tasks("search")).score(search.start(params()), children())
    asked = search.Search(params())
    asked.tell(asked.ask(), [0.5])
    return runs.run_search(config())


def run_folder() -> str:
    """Folder of a finished run, copied."""
    shutil.rmtree("run", ignore_errors=True)
    shutil.copytree(finished_run(), "run")
    return "run"


def children() -> Offspring:
    """Two offspring that are not scored yet."""
    return two_children(2, room(params()), n_functions=3)


def maker() -> Any:
    """A maker of small tasks."""
    return tasks.MAKERS["linear"](features=F, train=4, valid=4, tasks=1)


def arrays_maker() -> Any:
    """A maker of the tasks in a file of arrays."""
    return tasks.MAKERS["arrays"](path=npz_file())


@cache
def executor() -> ThreadPoolExecutor:
    """An executor of one thread."""
    return ThreadPoolExecutor(1)


# --- machine code -------------------------------------------------------------------------------------


@cache
def shape() -> llvm.Shape:
    """A shape of two lanes."""
    return llvm.Shape(F, 2)


@cache
def plan() -> llvm.Plan:
    """Plan of the program."""
    return llvm.plan(program(), RMS)


@cache
def layout() -> llvm.Layout:
    """Layout of the program's memory."""
    return llvm.layout(shape(), RMS.addresses, llvm.locations(program().instructions()))


@cache
def entries() -> llvm.Entries:
    """Driver of the layout."""
    return llvm.driver(layout(), RMS, 0)


@cache
def _on_bench() -> Any:
    evaluator = evaluation.Evaluator([task()], backend="kernels")
    evaluator.fitness(program())
    return evaluator, evaluator.groups[0].blocks[0]


def block() -> llvm.Block:
    """A block that has just evaluated the program, so that all its pointers are valid."""
    evaluator, block = _on_bench()
    evaluator.fitness(program())
    return block.context


def kernels() -> llvm.Kernels:
    """The kernels of the shape."""
    return llvm.kernels(shape())


# --- right values -------------------------------------------------------------------------------------

OBJECTS: dict[type, Callable[[], Any]] = {
    azc.Algorithm: algorithm,
    azc.Evaluation: lambda: azc.evaluate(program(), task()),
    azc.Program: program,
    azc.Signature: lambda: RMS.signature,
    azc.Task: task,
    evaluation.Learner: algorithm,
    evaluation.Evaluator: lambda: evaluation.Evaluator(task(), backend="python"),
    evaluation.Stop: lambda: evaluation.Stop(0, "training", 1, 2, 0.5),
    evaluation.Report: lambda: evaluation.Report(0.5, False, 3),
    ir.Address: lambda: ir.address("v", 1),
    ir.Instruction: lambda: program()["Setup"][1],
    ir.Interface: lambda: RMS,
    ir.Literal: lambda: ir.Literal(0.5),
    ir.Op: lambda: ir.BY_NAME["SCALAR_SUM"],
    ir.Reading: lambda: ir.Reading(ir.BY_NAME["SCALAR_SUM"]),
    language.Problem: lambda: language.Problem("wrong", 1, 1, "text", "file"),
    passes.EvaluationType: lambda: passes.EvaluationType(RMS),
    passes.Role: lambda: passes.roles(program(), RMS)["Learn"][0],
    tasks.Images: lambda: tasks.find_dataset(path=images_file()),
    tasks.Parameter: lambda: tasks.parameters(tasks.MAKERS["linear"])[0],
    tasks.Preprocessing: preprocessing,
    tasks.Table: table,
    tasks.TableTasks: lambda: tasks.TableTasks(path=table_file(), target="y", tasks=1),
    search.Config: config,
    search.Evolution: lambda: search.Evolution(params(), config().tasks("search")),
    search.SearchResult: found,
    search.Params: params,
    search.Mutator: lambda: search.Mutator(params()),
    search.Search: lambda: search.Search(params()),
    search.Strategy: search.Strategy,
    search.Tuned: lambda: search.Tuned(program(), 0.5, 0.4, 1, 3),
    search.State: lambda: search.start(params()),
    runs.Callback: runs.Callback,
    runs.Header: lambda: runs.header_of(config()),
    runs.InProcess: lambda: runs.InProcess(share()),
    runs.Improvement: lambda: runs.Improvement(1, 1, 0, 1, 1, 0.5, True, 1, PROGRAM, (), 0.1),
    runs.OnExecutor: lambda: runs.OnExecutor(share(), executor()),
    runs.TunedStrategy: lambda: runs.TunedStrategy("live_evolution", {}, (), (), 4),
    runs.Processes: lambda: runs.Processes(share(), 1),
    runs.Progress: lambda: runs.Progress(1, 8, 0.1, 80.0, 0.5, 0.4, 0.3, None, 1, 1, None, (), {}, ()),
    runs.RunFolder: lambda: runs.RunFolder(Path(run_folder())),
    llvm.BatchBinder: lambda: llvm.BatchBinder(layout(), RMS),
    llvm.Batched: lambda: llvm.Batched(b"", b"", None),
    llvm.Binder: lambda: llvm.Binder(layout(), range(len(llvm.FORMS))),
    llvm.Block: block,
    llvm.Data: lambda: _on_bench()[1].examples(0),
    llvm.Entries: entries,
    llvm.Kernels: kernels,
    llvm.Layout: layout,
    llvm.Native: lambda: llvm.Native(plan(), layout()),
    llvm.Plan: plan,
    llvm.Shape: shape,
    llvm.Step: lambda: plan()["Learn"][0],
    llvm.Target: llvm.target,
    llvm.Worker: lambda: llvm.Worker(int),
    tasks.MAKERS["arrays"]: lambda: tasks.MAKERS["arrays"](path=npz_file()),
    **{tasks.MAKERS[kind]: maker for kind in ("linear", "affine", "two_layer")},
    **{
        tasks.MAKERS[kind]: lambda kind=kind: tasks.MAKERS[kind](
            path=images_file(), features=F, train=4, valid=4, tasks=1
        )
        for kind in ("projected", "projected_multiclass")
    },
}
"""An object of each public class; its attributes are right values for its constructor."""

EXAMPLES: dict[str, Callable[[], Any]] = {
    # numbers
    "Block.get.name": lambda: "epoch",
    "Block.set.value": lambda: 1,
    "axis": lambda: 0,
    "before": lambda: 0,
    "budget": lambda: 3,
    "cells": lambda: 100,
    "count": lambda: 3,
    "draw": lambda: 3,
    "epochs": lambda: 1,
    "evals": lambda: 4,
    "experiment": lambda: 1,
    "features": lambda: F,
    "index": lambda: 1,
    "island": lambda: 0,
    "lanes": lambda: 2,
    "level": lambda: 2,
    "limit": lambda: 8,
    "line": lambda: 1,
    "max_abs_error": lambda: 100.0,
    "max_bytes": lambda: 1 << 30,
    "minimum": lambda: 2,
    "most": lambda: 3,
    "n": lambda: 2,
    "n_classes": lambda: None,
    "n_epochs": lambda: 1,
    "n_rows": lambda: 20,
    "n_train": lambda: 6,
    "n_valid": lambda: 3,
    "numerator": lambda: 1.0,
    "record": lambda: 0.5,
    "scratch_cells": lambda: 1,
    "seed": lambda: 3,
    "task": lambda: 1,
    "value": lambda: 0.5,
    "width": lambda: 2,
    "y": lambda: 1.0,
    "Evolution.advance.target": lambda: 1.0,
    "driver.n_classes": lambda: 0,
    "scratch_cells.n_classes": lambda: 0,
    "Algorithm.n_classes": lambda: 0,
    "submit.kind": lambda: 0,
    "header_of.kind": lambda: 0,
    # truth values
    "exposed": lambda: False,
    "follow": lambda: True,
    "format_instruction.draw": lambda: True,
    "keep.wanted": lambda: True,
    "kept": lambda: True,
    "learns": lambda: True,
    "literals": lambda: True,
    # words and texts
    "backend": lambda: "python",
    "default": lambda: "RMS_ERROR",
    "eval_type": lambda: "RMS_ERROR",
    "filename": lambda: "program.azl",
    "kind": lambda: "s",
    "precision": lambda: "float64",
    "source": lambda: "somewhere",
    "spec": lambda: "linear,features=4,train=4,valid=4,tasks=1",
    "symbol": lambda: "/",
    "target": lambda: "y",
    "text": lambda: PROGRAM,
    "with_header.program": lambda: PROGRAM,
    "readings.target": lambda: "s",
    "name": lambda: "some_name",
    "after.name": lambda: "constants",
    "tasks.name": lambda: "search",
    "set_defaults.name": lambda: "search",
    "set_seed.name": lambda: "search",
    "Block.name": lambda: "seeds",
    "Block.row.name": lambda: "seeds",
    "Block.set.name": lambda: "step",
    "Block.point.name": lambda: "kept",
    "row_start.name": lambda: "seeds",
    "function.name": lambda: "exp",
    "part": lambda: "all",
    "want": lambda: ["memory"],
    "want_one": lambda: "memory",
    # files and folders
    "base_folder": lambda: ".",
    "below": lambda: Path("runs"),
    "data": table_file,
    "folder": lambda: Path(),
    "path": lambda: written("program.azl", PROGRAM),
    "find_dataset.name": lambda: "",
    "find_dataset.path": images_file,
    "load_config.source": lambda: written("search.toml", CONFIG),
    "read_features.path": table_file,
    "read_table.path": table_file,
    "run_dir": lambda: "new_run",
    "resume.run_dir": run_folder,
    # collections
    "callbacks": lambda: [runs.Callback()],
    "defaults": lambda: {"seed": 3},
    "fitnesses": lambda: [0.5, 0.25],
    "instructions": lambda: program()["Learn"],
    "kinds": lambda: "s#",
    "names": lambda: ["exp"],
    "Program.names": lambda: ("Setup", "Predict", "Learn"),
    "having.functions": lambda: program().functions,
    "Signature.functions": lambda: RMS.signature.functions,
    "signature": lambda: RMS.signature,
    "function": lambda: "Predict",
    "compile.lanes": lambda: 1,
    "compile.signature": lambda: None,
    "follows": lambda: RMS.signature.follows,
    "replaced": tuple,
    "from_table.table": lambda: RMS.signature.table(),
    "overwritten.source": lambda: "Setup",
    "overwritten.target": lambda: "Predict",
    "load_signature.path": signature_file,
    "numbers": lambda: [1, 2],
    "ops": lambda: [ir.BY_NAME["SCALAR_SUM"], ir.BY_NAME["SCALAR_EXP"]],
    "overrides": lambda: ["search.seed=4"],
    "resume.overrides": lambda: ["search.max_evals=12"],
    "tune_strategy.overrides": lambda: ["search.max_evals=12"],
    "tune_strategy.seeds": lambda: 1,
    "paths": lambda: [written("search.toml", CONFIG)],
    "checks": list,
    "generations": lambda: 0,
    "check_seeds": lambda: 1,
    "on_generation": lambda: print,
    "others": lambda: {"select": [task()]},
    "pending": set,
    "predict": lambda: program()["Predict"],
    "first": lambda: RMS.addresses,
    "wanted": lambda: RMS.addresses,
    "migrants": lambda: two_children(0, room(params()), n_functions=3),
    "programs": lambda: [program(), program()],
    "strategy": lambda: search.Strategy,
    "initial": lambda: "empty",
    "population": lambda: search.Individuals(*np.zeros((6, 3))),
    "children": lambda: search.Individuals(*np.zeros((6, 3))),
    "memory": lambda: None,
    "random": lambda: np.random.default_rng(0),
    "n_tasks": lambda: 3,
    "read_features.features": lambda: ["a", "b"],
    "rows": lambda: np.arange(20),
    "search": dict,
    "parameters.program": dict,
    "seeds": lambda: [1, 2],
    "Block.max_abs_error": lambda: [100.0, 100.0],
    "settings": dict,
    "steps": lambda: plan()["Learn"],
    "table": lambda: {"kind": "linear", "features": F, "train": 4, "valid": 4, "tasks": 1},
    "prepare.table": table,
    "table_tasks.table": table,
    "target_type.table": table,
    "table_tasks.tasks": lambda: 2,
    "taken": lambda: {0, 2},
    "tapes": lambda: [b"", b"", b""],
    "tasks": lambda: [task()],
    "search_tasks": lambda: [task()],
    "select_tasks": lambda: [task()],
    "final_tasks": lambda: [task()],
    "labels.target": lambda: list(table().target),
    "from_dict.values": lambda: preprocessing().to_dict(),
    "values": lambda: [0.5, 0.25, 1.0],
    # arrays
    "array": lambda: block().memory,
    "dtype": lambda: np.float64,
    "prediction": lambda: Y,
    "train_order": lambda: [[0, 1, 2, 3, 4, 5]],
    "train_x": lambda: X,
    "train_y": lambda: Y,
    "valid_x": lambda: X,
    "valid_y": lambda: Y,
    "x": lambda: X,
    "apply.x": lambda: np.ones((5, 2)),
    "predict_one.x": lambda: X[0],
    "learn_one.x": lambda: X[0],
    "fit.y": lambda: Y,
    "check_classes.y": lambda: Y,
    # functions
    "call": lambda: int,
    "entry": lambda: entries().begin,
    "on_notice": lambda: print,
    "evaluate": lambda: None,
    "variables": lambda: ["x", "y"],
    "run_search.tasks": lambda: None,
    "resume.tasks": lambda: None,
    "workers": lambda: 1,
    # objects
    "batched": lambda: None,
    "compiled_from": lambda: algorithm()._compiled_from,
    "code": lambda: entries()._code,
    "load.code": lambda: None,
    "config": config,
    "entries": entries,
    "executor": executor,
    "found": found,
    "header": lambda: runs.header_of(config()),
    "improvement": OBJECTS[runs.Improvement],
    "instruction": lambda: program()["Setup"][1],
    "element_number.instruction": lambda: azc.parse("def Setup():\n  v1[0] = 1\n")["Setup"][0],
    "interface": lambda: RMS,
    "job": lambda: Job(1, 1, None, None, False, 4),
    "layout": layout,
    "machine": lambda: algorithm()._machine,
    "made": layout,
    "maker": lambda: tasks.MAKERS["linear"],
    "makers": lambda: {name: lambda: [task()] for name in tasks.SETS},
    "one": arrays_maker,
    "op": lambda: ir.BY_NAME["SCALAR_SUM"],
    "other": arrays_maker,
    "params": params,
    "plan": plan,
    "pool": lambda: None,
    "preprocessing": preprocessing,
    "program": program,
    "Evolution.score.programs": children,
    "progress": OBJECTS[runs.Progress],
    "result": stopped,
    "shape": shape,
    "share": share,
    "show.data": OBJECTS[llvm.Data],
    "state": lambda: search.start(params()),
    "resume.config": config,
}
"""Right values of parameters by name, with as much of the function's name in front as is needed."""


MACHINERY = (llvm.BatchBinder, llvm.Binder, llvm.Block, llvm.Entries, llvm.Kernels, llvm.Native, llvm.Worker)
"""Classes over addresses of machine code and memory: no check detects a wrong one, and only azc uses them."""


def example(function: str, constructed: type | None, name: str) -> Any:
    """A right value for a parameter of a function, or of the constructor of a class."""
    parts = function.split(".")
    keys = [".".join([*parts[start:], name]) for start in range(len(parts))]
    for key in keys:
        if key in EXAMPLES:
            return EXAMPLES[key]()
    if constructed is not None and name in _fields(constructed):
        return getattr(OBJECTS[constructed](), _fields(constructed)[name])
    if name in EXAMPLES:
        return EXAMPLES[name]()
    raise LookupError(
        f"nobody knows a right value for `{name}` of {function}; add one to EXAMPLES "
        "(tests/wrong_arguments_examples.py)"
    )


def _fields(made: type) -> dict[str, str]:
    """Parameters of a value class's constructor, with the attributes of the same values."""
    if attrs.has(made):
        return {field.alias: field.name for field in attrs.fields(made)}
    return {name: name for name in getattr(made, "_fields", ())}


# --- wrong values -------------------------------------------------------------------------------------


class Whole(int):
    """A subclass of int."""


class Taker:
    """A class with a constructor that takes anything."""

    def __init__(self, *_: Any) -> None:
        pass


class Hostile:
    """An object with special methods that all fail."""

    def _fail(self, *_: Any) -> Any:
        raise ZeroDivisionError("hostile")

    __repr__ = __str__ = __len__ = __iter__ = __float__ = __index__ = __bool__ = __array__ = __fspath__ = (
        _fail
    )
    __eq__ = __hash__ = __getitem__ = __contains__ = _fail  # type: ignore[assignment]


@cache
def deep(depth: int = 100_000) -> list[Any]:
    """A deeply nested list."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


@cache
def _deep_dict(depth: int = 5_000) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


WRONG: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "1.5": lambda: 1.5,
    "2**31": lambda: 2**31,
    "10**9": lambda: 10**9,
    "10**12": lambda: 10**12,
    "2**63": lambda: 2**63,
    "2**65": lambda: 2**65,
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: -float("inf"),
    "1e308": lambda: 1e308,
    "1j": lambda: 1j,
    "int subclass": lambda: Whole(3),
    "np.int64(3)": lambda: np.int64(3),
    "np.uint8(3)": lambda: np.uint8(3),
    "np.float32(0.5)": lambda: np.float32(0.5),
    "np.bool(True)": lambda: np.bool_(True),
    "'x'": lambda: "x",
    "''": lambda: "",
    "NUL": lambda: "\0",
    "a surrogate": lambda: "\udc80",
    "a long text": lambda: "x" * 100_000,
    "b'x'": lambda: b"x",
    "b'\\xff'": lambda: b"\xff",
    "bytearray": lambda: bytearray(b"x"),
    "[]": list,
    "['x']": lambda: ["x"],
    "[None]": lambda: [None],
    "[-1]": lambda: [-1],
    "[2**65]": lambda: [2**65],
    "[nan, 1]": lambda: [float("nan"), 1.0],
    "()": tuple,
    "{}": dict,
    "{'x': 1}": lambda: {"x": 1},
    "{1: 2}": lambda: {1: 2},
    "a set": lambda: {1, "x"},
    "object()": object,
    "a hostile object": Hostile,
    "a list of hostile objects": lambda: [Hostile()],
    "a lambda": lambda: lambda *_: None,
    "a class": lambda: Taker,
    "a generator": lambda: (i for i in ("x", None)),
    "a deep list": deep,
    "a deep dict": _deep_dict,
    "an array of another shape": lambda: np.ones((2, 3, 4)),
    "an array of no axes": lambda: np.array(3.0),
    "an empty array": lambda: np.zeros((0, F)),
    "an array of whole numbers": lambda: np.arange(3),
    "an array of texts": lambda: np.array(["x", "y"]),
    "an array of objects": lambda: np.array([object(), None], dtype=object),
    "an array of complex numbers": lambda: np.ones((5, F), dtype=complex),
    "an array of nan": lambda: np.full((5, F), np.nan),
    "a masked array": lambda: np.ma.masked_array(np.ones((5, F)), mask=np.eye(5, F)),
    "a ragged list": lambda: [[1.0], [1.0, 2.0]],
    "Path('x')": lambda: Path("x"),
    "Path()": Path,
    "a program": program,
    "a program of nothing known": lambda: azc.Program(5, "x", None),
    "a program of no instructions": lambda: azc.Program((5,), ("x",), (None,)),
    "a program of bad instructions": lambda: azc.Program((ir.Instruction(ir.BY_NAME["SCALAR_SUM"]),)),
    "an instruction without operation": lambda: ir.Instruction(None),
    "an address of no kind": lambda: _made(ir.Address, "x", None),
    "a task": task,
}
"""Values that are wrong for most parameters, by description."""


def _made(kind: type, *arguments: Any) -> Any:
    """An object of a value class; None if its constructor refuses the arguments."""
    try:
        return kind(*arguments)
    except azc.AzcError:
        return None


LASTING = ("fit.epochs", "advance.evals")
"""Parameters that set the amount of work: a large number is right, but takes too long."""


STARTING = ("Processes.ready", "Processes.mend")
"""Methods that start processes: called with wrong values only."""


def wrong_values(function: str, parameter: str) -> Iterator[tuple[str, Any]]:
    """Each wrong value for a parameter, made anew."""
    lasting = any(f"{function}.{parameter}".endswith(f".{name}") for name in LASTING)
    right: tuple[str, ...] = ("2**31", "10**9", "10**12") if lasting else ()
    if function.endswith(STARTING):
        right = ("a lambda", "a class")
    elif parameter == "workers":
        right = ("int subclass", "np.int64(3)", "np.uint8(3)")
    for words, make in WRONG.items():
        if words not in right:
            yield words, make()
