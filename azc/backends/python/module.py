"""A program as a Python module that needs only NumPy."""

import ast
import dis
import io
import re
from collections.abc import Iterable
from types import CodeType, ModuleType

from azc.arguments import a_path, a_text, a_truth, one_of, takes, whole
from azc.backends.python.library import needed
from azc.backends.python.statements import PRECISIONS, cell, statement
from azc.ir import (
    ELEMENT_SETS,
    INTERFACES,
    KINDS,
    MAX_ADDRESSES,
    Address,
    Interface,
    Program,
    a_program,
    an_interface,
)

RMS_ERROR = INTERFACES["RMS_ERROR"]
_precision = one_of(PRECISIONS)
_minimum = whole(0, MAX_ADDRESSES)

_MODULE = '''
"""A learning algorithm in {precision}, compiled by azc for the interface {interface}.

First `memory = new_memory(n_features)` and `setup(memory)`; then, for every example,
`predict(memory, features)` and, to learn from it, {to_learn}.
{meaning}"""
import numpy as np

class Memory:
    """Scalars s (n,), vectors v (n, F), matrices m (n, F, F), the seed of the draws and the step."""
    __slots__ = ("s", "v", "m", "seed", "step")

def new_memory(features, seed=0):
    """Memory for examples with this number of features, all zero."""
    if features < {least}:
        raise ValueError(f"{{features}} features came, expected at least {least}")
    memory = Memory()
    memory.s = np.zeros({s}, np.{precision})
    memory.v = np.zeros(({v}, features), np.{precision})
    memory.m = np.zeros(({m}, features, features), np.{precision})
    memory.seed = seed % 2**64
    memory.step = 0
    return memory

@np.errstate(all="ignore")
def setup(memory):
    """Run Setup, which is step 0."""
    s, v, m, n_features = memory.s, memory.v, memory.m, memory.v.shape[1]
    memory.step = 0
    SETUP

@np.errstate(all="ignore")
def predict(memory, features):
    """Open the next step, run Predict on an example's features and return the prediction."""
    s, v, m, n_features = memory.s, memory.v, memory.m, memory.v.shape[1]
    if len(features) != n_features:
        raise ValueError(f"{{len(features)}} features came, expected {{n_features}}")
    memory.step = (memory.step + 1) % 2**64
    {features} = features
    {label} = 0.0
    PREDICT
    return {prediction}

@np.errstate(all="ignore")
def learn(memory, features, label):
    """Run Learn on an example's features and its label, {a_label}."""
    s, v, m, n_features = memory.s, memory.v, memory.m, memory.v.shape[1]
    if len(features) != n_features:
        raise ValueError(f"{{len(features)}} features came, expected {{n_features}}")
    PUT_LABEL
    {features} = features
    LEARN
'''

_FOLLOW = '''
@np.errstate(all="ignore")
def follow(memory{classes}):
    """What training does between predict and learn: replace the prediction in memory by its {function}."""
    s, v, m = memory.s, memory.v, memory.m
    {where} = {following}
'''

_FOLLOWING = {
    # function that follows Predict: its definition, and its call in a module
    "sigmoid": ("elementary.sigmoid", "s.dtype.type(sigmoid(np.float64({where})))"),
    "softmax": ("semantics.softmax", "softmax({where}, n_classes)"),
}

_PUT_NUMBER = "{label} = label"

_PUT_CLASS = """
if not (0 <= label < n_features and label == int(label)):
    raise ValueError(f"class {{label}} came, expected a whole number from 0 to {{n_features - 1}}")
{label} = 0.0
{label}[int(label)] = 1.0
"""


def module_ast(
    program: Program,
    interface: Interface = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    follow: bool = False,
) -> ast.Module:
    """Syntax tree of a program's module, with at least `minimum` addresses of each kind.

    The module offers `new_memory(features, seed=0)`, `setup(memory)`, `predict(memory, features)` and
    `learn(memory, features, label)`. It leaves out what follows Predict in training, unless `follow` is true
    and the interface has such a function: then it offers `follow(memory)`, or `follow(memory, n_classes)` for
    many classes.
    """
    bodies: dict[str, list[ast.stmt]] = {}
    used: set[str] = set()
    for name, function in zip(("SETUP", "PREDICT", "LEARN"), program.functions, strict=True):
        translated = [statement(instruction, precision) for instruction in function]
        bodies[name] = [line for line, _ in translated]
        used = used.union(*(uses for _, uses in translated))
    words = _words(program, interface, precision, minimum)
    following = []
    if follow and interface.follow is not None:
        definition, call = _FOLLOWING[interface.follow]
        used |= {definition}
        following = ast.parse(_FOLLOW.format(**words, following=call.format(**words))).body
    imports, definitions = needed(used)
    put_label = _PUT_CLASS if interface.classes else _PUT_NUMBER
    bodies["PUT_LABEL"] = ast.parse(put_label.format(**words)).body
    tree = ast.parse(_MODULE.format(**words))
    _Spliced(bodies).visit(tree)
    # Imports go behind the docstring; the template itself imports NumPy.
    tree.body[1:1] = [line for line in imports if ast.unparse(line) != "import numpy as np"]
    tree.body += [*following, *definitions]
    return ast.fix_missing_locations(tree)


@takes(
    program=a_program,
    interface=an_interface,
    precision=_precision,
    minimum=_minimum,
    filename=a_path,
    follow=a_truth,
)
def compile_module(
    program: Program,
    interface: Interface = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    filename: str = "<azl>",
    follow: bool = False,
) -> CodeType:
    """Compile a program's module to a code object."""
    tree = module_ast(program, interface, precision, minimum, follow)
    return compile(tree, filename, "exec", dont_inherit=True)


@takes(program=a_program, interface=an_interface, precision=_precision, minimum=_minimum, name=a_text)
def load_module(
    program: Program,
    interface: Interface = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    name: str = "azl",
) -> ModuleType:
    """Execute a program's module and return it."""
    module = ModuleType(name)
    exec(compile_module(program, interface, precision, minimum), module.__dict__)
    return module


@takes(program=a_program, interface=an_interface, precision=_precision)
def source(program: Program, interface: Interface = RMS_ERROR, precision: str = "float64") -> str:
    """Source of a program's module, which runs alone."""
    return ast.unparse(module_ast(program, interface, precision, follow=True)) + "\n"


@takes(program=a_program, interface=an_interface, precision=_precision)
def disassembly(program: Program, interface: Interface = RMS_ERROR, precision: str = "float64") -> str:
    """Bytecode of a program's module, as text; its line numbers are those of `source`."""
    words = io.StringIO()
    dis.dis(source(program, interface, precision), file=words)
    # Addresses of code objects tell the reader nothing, and would make every listing different.
    return re.sub(r" at 0x[0-9a-f]+", "", words.getvalue())


def _words(program: Program, interface: Interface, precision: str, minimum: int) -> dict[str, object]:
    """Words to fill into the module's template."""
    addresses = [interface.features, interface.label, interface.prediction, *program.addresses()]
    prediction = ast.unparse(cell(interface.prediction))
    return {
        "precision": precision,
        "interface": interface.name,
        "least": _least_features(program),
        "features": ast.unparse(cell(interface.features)),
        "label": ast.unparse(cell(interface.label)),
        "where": prediction,
        "prediction": prediction if interface.prediction.kind == "s" else f"{prediction}.copy()",
        **_training_words(interface),
        "a_label": "a class number" if interface.classes else "a number",
        **{kind: max(minimum, _addresses(kind, addresses)) for kind in KINDS},
    }


def _training_words(interface: Interface) -> dict[str, str]:
    """Words on how to learn from an example, and what a prediction means."""
    classes = ", n_classes" if interface.classes else ""
    learn = "`learn(memory, features, label)`"
    meaning = ""
    if interface.binary:
        meaning = "A prediction above 0 means class 1, any other class 0.\n"
    if interface.classes:
        meaning = "The class is the greatest of a prediction's first `n_classes` elements.\n"
    return {
        "to_learn": learn if interface.follow is None else f"`follow(memory{classes})` and {learn}",
        "meaning": meaning,
        "function": interface.follow or "",
        "classes": classes,
    }


def _addresses(kind: str, addresses: Iterable[Address]) -> int:
    return 1 + max((address.index for address in addresses if address.kind == kind), default=-1)


def _least_features(program: Program) -> int:
    """Minimum number of features for which every absolute index exists."""
    indexes = [
        index
        for instruction in program.instructions()
        if instruction.op in ELEMENT_SETS
        for index in instruction.constants[:-1]
        if isinstance(index, int)
    ]
    return 1 + max(indexes, default=0)


class _Spliced(ast.NodeTransformer):
    """Replaces placeholder names by statements."""

    def __init__(self, bodies: dict[str, list[ast.stmt]]):
        self.bodies = bodies

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | list[ast.stmt]:
        if isinstance(node.value, ast.Name) and node.value.id in self.bodies:
            return self.bodies[node.value.id]
        return node
