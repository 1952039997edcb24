"""Source of compiled modules: its contents, and that it runs without azc."""

import ast
import builtins
import json
import subprocess
import sys

import numpy as np
import pytest
from backends.python.making import EVERY_OPERATION, any_instruction
from programs import linear

from azc.backends.python import compile_module, disassembly, load_module, source
from azc.backends.python.sources import local_names
from azc.ir import OPS, Program
from azc.language import parse

LINEAR_REGRESSION = parse(linear(0.5))
ALONE = """
import json, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "azc":
            raise ImportError("azc is not here")
sys.meta_path.insert(0, Block())
sys.path.insert(0, ".")
import printed
memory = printed.new_memory(3, 11)
printed.setup(memory)
predictions = []
for i in range(3):
    printed.learn(memory, [i, 1, 2], i)
    predictions.append(float(printed.predict(memory, [i, 0.5, -2.0])))
cells = [a.view("u8" if a.dtype == "f8" else "u4").tolist() for a in (memory.s, memory.v, memory.m)]
print(json.dumps([predictions, cells]))
"""


def names_at_top(text):
    """Names defined at the top of a module, in order."""
    return [
        name
        for node in ast.parse(text).body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [part.id for part in targets(node)]
        )
    ]


def targets(node):
    """The targets of an assignment."""
    return node.targets if isinstance(node, ast.Assign) else []


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_source_runs_alone(tmp_path, precision):
    """The printed source runs without azc and gives the same bits as the loaded module."""
    program = Program(
        EVERY_OPERATION["Setup"],
        EVERY_OPERATION["Setup"] + LINEAR_REGRESSION["Predict"],
        LINEAR_REGRESSION["Learn"],
    )
    (tmp_path / "printed.py").write_text(source(program, precision=precision))
    run = subprocess.run(
        [sys.executable, "-I", "-c", ALONE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    module = load_module(program, precision=precision)
    memory = module.new_memory(3, 11)
    module.setup(memory)
    predictions = []
    for i in range(3):
        module.learn(memory, [i, 1, 2], i)
        predictions.append(float(module.predict(memory, [i, 0.5, -2.0])))
    words = "u8" if precision == "float64" else "u4"
    cells = [a.view(words).tolist() for a in (memory.s, memory.v, memory.m)]
    assert json.dumps([predictions, cells]) == run.stdout.strip()


def test_one_statement_an_instruction():
    """Each instruction is one readable statement; elementwise ones are written in place."""
    text = source(LINEAR_REGRESSION)
    for line in (
        "s[2] = 0.5",
        "s[3] = s[0] - s[1]",
        "v[2] = s[4] * v[0]",
        "v[1] = v[1] + v[2]",
        "return s[1]",
    ):
        assert f"\n    {line}\n" in text


def test_only_used_definitions_are_printed():
    """A module contains the definitions that its program uses, directly or not, and no others."""
    offered = ["Memory", "new_memory", "setup", "predict", "learn"]
    assert names_at_top(source(Program())) == offered
    assert names_at_top(source(LINEAR_REGRESSION)) == [*offered, "fold"]
    program = Program((any_instruction(OPS[13]),))
    assert OPS[13].name == "SCALAR_EXP"
    exp = names_at_top(source(program))
    assert "exp" in exp
    assert not {"log", "sin", "fold", "gaussian"} & set(exp)


def test_names_do_not_clash():
    """Names of definitions are unique, hide no builtin, and are not hidden by local names where called."""
    text = source(EVERY_OPERATION)
    names = names_at_top(text)
    assert len(names) == len(set(names))
    assert not [name for name in names if hasattr(builtins, name)]
    for node in ast.parse(text).body:
        called = {
            p.func.id for p in ast.walk(node) if isinstance(p, ast.Call) and isinstance(p.func, ast.Name)
        }
        assert not called & local_names(node) & set(names)


def test_printed_module_names_nothing_of_azc():
    """A printed module has no names of azc, no `from` imports and no type annotations."""
    tree = ast.parse(source(EVERY_OPERATION))
    known = {*names_at_top(ast.unparse(tree)), *dir(builtins), "np", "math"}
    for node in tree.body:
        assert not isinstance(node, ast.ImportFrom)
        if isinstance(node, ast.FunctionDef):
            loaded = {p.id for p in ast.walk(node) if isinstance(p, ast.Name)}
            assert loaded <= known | local_names(node)
            assert node.returns is None
            assert all(parameter.annotation is None for parameter in node.args.args)


@pytest.mark.parametrize(
    "program", [Program(), LINEAR_REGRESSION, EVERY_OPERATION], ids=["empty", "linear", "every"]
)
def test_the_compiled_module_is_the_printed_one(program):
    """The compiled module has the same bytecode as the printed source."""

    def parts(code):
        inner = [parts(c) for c in code.co_consts if hasattr(c, "co_code")]
        return (code.co_code, code.co_names, code.co_varnames, inner)

    assert parts(compile_module(program)) == parts(compile(source(program), "", "exec"))


def test_disassembly():
    """The disassembly lists the bytecode of the functions, the same each time and without addresses."""
    listing = disassembly(LINEAR_REGRESSION)
    assert "Disassembly of <code object predict" in listing
    assert "BINARY_OP" in listing
    assert listing == disassembly(LINEAR_REGRESSION)
    assert " at 0x" not in listing


def test_programs_do_not_share_state():
    """Two modules of one program are separate: a change of one does not affect the other."""
    first, second = load_module(LINEAR_REGRESSION), load_module(LINEAR_REGRESSION)
    assert first is not second
    first.fold = lambda x: np.float64(7.0)
    assert first.predict(first.new_memory(1), [1.0]) == 7.0
    assert second.predict(second.new_memory(1), [1.0]) == 0.0
