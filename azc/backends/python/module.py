"""A program as a Python module that needs only NumPy."""

import ast
import builtins
import dis
import io
import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import CodeType, ModuleType
from typing import Any, Final

from azc.arguments import a_path, a_text, a_truth, one_of, takes, whole
from azc.backends.python.library import needed
from azc.backends.python.sources import definitions
from azc.backends.python.statements import PRECISIONS, cell, statement
from azc.ir import (
    ELEMENT_SETS,
    INTERFACES,
    KINDS,
    MAX_ADDRESSES,
    Address,
    Declaration,
    Instruction,
    Interface,
    Program,
    Signature,
    SignatureLike,
    a_program,
    a_signature_like,
    check_names,
    signature_of,
)

RMS_ERROR = INTERFACES["RMS_ERROR"]
_precision = one_of(PRECISIONS)
_minimum = whole(0, MAX_ADDRESSES)

_MODULE = '''
"""DOCSTRING"""
import numpy as np

class Memory:
    """Scalars s (n,), vectors v (n, F), matrices m (n, F, F), the seed of the draws and the step."""
    __slots__ = ("s", "v", "m", "seed", "step")

def new_memory(features, seed=0):
    """Memory for {values} of this number of features, all zero."""
    if features < {least}:
        raise ValueError(f"{{features}} features came, expected at least {least}")
    memory = Memory()
    memory.s = np.zeros({s}, np.{precision})
    memory.v = np.zeros(({v}, features), np.{precision})
    memory.m = np.zeros(({m}, features, features), np.{precision})
    memory.seed = seed % 2**64
    memory.step = 0
    return memory
'''

_FUNCTION = '''
@np.errstate(all="ignore")
def {name}({parameters}):
    """{meaning}"""
    s, v, m, n_features = memory.s, memory.v, memory.m, memory.v.shape[1]
    BEFORE
    BODY
    AFTER
'''

_CHECKS = {
    "s": "",
    "v": """
if len({name}) != n_features:
    raise ValueError(f"{{len({name})}} numbers came as {word}, expected {{n_features}}")
""",
    "m": """
if np.shape({name}) != (n_features, n_features):
    raise ValueError(f"the shape {{np.shape({name})}} came as {word}, expected {{(n_features, n_features)}}")
""",
}
"""Check of an input, by kind."""

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

_CHECK_CLASS = """
if not (0 <= {name} < n_features and {name} == int({name})):
    raise ValueError(f"class {{{name}}} came, expected a whole number from 0 to {{n_features - 1}}")
"""
_PUT_CLASS = """
{where} = 0.0
{where}[int({name})] = 1.0
"""
_NEXT_STEP: Final = "memory.step = (memory.step + 1) % 2**64"
_OWN_NAMES: Final = frozenset(
    {"Memory", "new_memory", "follow", "memory", "np", "math", *KINDS, "n_features"}
)


def module_ast(
    program: Program,
    signature: SignatureLike = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    follow: bool = False,
) -> ast.Module:
    """Syntax tree of a program's module, with at least `minimum` addresses of each kind.

    The module offers `new_memory(features, seed=0)` and a function for each of the signature's, by its name
    in lower case: in supervised learning `setup(memory)`, `predict(memory, features)` and
    `learn(memory, features, label)`. A function returns its output, or several by name. What follows Predict
    in training is left out, unless `follow` is true and the interface has such a function: then the module
    offers `follow(memory)`, or `follow(memory, n_classes)` for many classes.
    """
    interface = signature if isinstance(signature, Interface) else None
    declared = signature_of(signature)
    check_names(program, declared)
    words = _words(program, declared.addresses, precision, minimum)
    tree = ast.parse(_MODULE.format(**words, values=_values(signature)))
    # Not written into the text, since a signature's name may hold quotes.
    docstring: Any = tree.body[0]
    docstring.value.value = _docstring(signature, precision)
    used, named = set[str](), _function_names(declared)
    for one, function in zip(declared.functions, program.functions, strict=True):
        before = [*_before(one, one is declared.functions[0], interface)]
        tree.body += _function(named[one.name], one, before, _body(function, precision, used))
    if follow and interface is not None and interface.follow is not None:
        definition, call = _FOLLOWING[interface.follow]
        used |= {definition}
        where = _text(interface.prediction)
        classes = ", n_classes" if interface.classes else ""
        following = {"classes": classes, "function": interface.follow, "following": call.format(where=where)}
        tree.body += ast.parse(_FOLLOW.format(where=where, **following)).body
    return _with_library(tree, used)


def functions_of(program: Program, precision: str) -> list[Callable[[object], None]]:
    """A program's functions on memory alone: the caller writes inputs, reads outputs and counts steps.

    Memory has the attributes of a module's `Memory`.
    """
    tree, used = ast.parse("import numpy as np"), set[str]()
    names = [f"function_{index}" for index in range(len(program.functions))]
    for name, function in zip(names, program.functions, strict=True):
        tree.body += _function(name, Declaration(name), [], _body(function, precision, used))
    module = ModuleType("functions")
    exec(compile(_with_library(tree, used), "<azl>", "exec", dont_inherit=True), module.__dict__)
    return [getattr(module, name) for name in names]


def _body(function: Iterable[Instruction], precision: str, used: set[str]) -> list[ast.stmt]:
    """A statement for each instruction; `used` gets the definitions that they need."""
    lines = []
    for instruction in function:
        line, uses = statement(instruction, precision)
        lines.append(line)
        used |= uses
    return lines


def _with_library(tree: ast.Module, used: Iterable[str]) -> ast.Module:
    """The module with all that it needs: imports behind the docstring, definitions at its end."""
    imports, library = needed(used)
    at = next(index for index, node in enumerate(tree.body) if isinstance(node, ast.Import))
    tree.body[at:at] = [line for line in imports if ast.unparse(line) != "import numpy as np"]
    tree.body += library
    return ast.fix_missing_locations(tree)


def _function(name: str, declared: Declaration, before: list[str], body: list[ast.stmt]) -> list[ast.stmt]:
    """A function of a module: its statements between those that take inputs and those that give outputs."""
    outputs = [(output, _output(where)) for output, where in declared.outputs]
    after = "".join(f"return {value}" for _, value in outputs)
    if len(outputs) > 1:
        after = f"return {{{', '.join(f'{output!r}: {value}' for output, value in outputs)}}}"
    parameters = ", ".join(_parameters(declared))
    text = _FUNCTION.format(name=name, parameters=parameters, meaning=_meaning(declared))
    parts = {
        "BEFORE": ast.parse("\n".join(before)).body,
        "BODY": body,
        "AFTER": ast.parse(after).body,
    }
    tree = ast.parse(text)
    _Spliced(parts).visit(tree)
    return tree.body


def _meaning(declared: Declaration) -> str:
    """What a function does, in a sentence."""
    inputs, outputs = ([f"`{name}`" for name, _ in pairs] for pairs in (declared.inputs, declared.outputs))
    begin = "Open the next step, run" if declared.opens_step else "Run"
    on = f" on {', '.join(inputs)}" if inputs else ""
    gives = f" and return {', '.join(outputs)}" if outputs else ""
    return f"{begin} {declared.name}{on}{gives}."


def _before(declared: Declaration, first: bool, interface: Interface | None) -> Iterator[str]:
    """Statements before a function's own: check inputs, count the step, put inputs in."""
    _, *parameters = _parameters(declared)
    names = [(one, name, where) for one, (name, where) in zip(parameters, declared.inputs, strict=True)]
    for name, word, where in names:
        check = _CHECK_CLASS if _is_class(interface, where) else _CHECKS[where.kind]
        yield check.format(name=name, word=word)
    if first:
        yield "memory.step = 0"
    elif declared.opens_step:
        yield _NEXT_STEP
    for name, _, where in names:
        put = _PUT_CLASS if _is_class(interface, where) else "{where} = {name}"
        yield put.format(where=_text(where), name=name)
    yield from (f"{_text(where)} = 0.0" for where in declared.clears)


def _is_class(interface: Interface | None, where: Address) -> bool:
    """Whether an input is a class number, which memory has as a vector of zeros and a one."""
    return interface is not None and interface.classes and where == interface.label


def _text(where: Address) -> str:
    return ast.unparse(cell(where))


def _output(where: Address) -> str:
    return _text(where) if where.kind == "s" else f"{_text(where)}.copy()"


def _function_names(signature: Signature) -> dict[str, str]:
    """What the functions are called in a module, by their names."""
    return dict(zip(signature.names, _python_names(signature.keys), strict=True))


def _parameters(declared: Declaration) -> list[str]:
    """The parameters of a function in a module: memory and its inputs."""
    return ["memory", *_python_names([name for name, _ in declared.inputs])]


def _python_names(names: Iterable[str]) -> list[str]:
    """Different names, with underscores behind those that Python or the module has itself."""
    found: list[str] = []
    for name in names:
        while name in _taken_names() or name in found:
            name += "_"
        found.append(name)
    return found


@cache
def _taken_names() -> frozenset[str]:
    own = {key.rpartition(".")[2] for key in definitions()}
    return _OWN_NAMES.union(keyword.kwlist, dir(builtins), own)


@takes(
    program=a_program,
    signature=a_signature_like,
    precision=_precision,
    minimum=_minimum,
    filename=a_path,
    follow=a_truth,
)
def compile_module(
    program: Program,
    signature: SignatureLike = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    filename: str = "<azl>",
    follow: bool = False,
) -> CodeType:
    """Compile a program's module to a code object."""
    tree = module_ast(program, signature, precision, minimum, follow)
    return compile(tree, filename, "exec", dont_inherit=True)


@takes(program=a_program, signature=a_signature_like, precision=_precision, minimum=_minimum, name=a_text)
def load_module(
    program: Program,
    signature: SignatureLike = RMS_ERROR,
    precision: str = "float64",
    minimum: int = 0,
    name: str = "azl",
) -> ModuleType:
    """Execute a program's module and return it."""
    module = ModuleType(name)
    exec(compile_module(program, signature, precision, minimum), module.__dict__)
    return module


@takes(program=a_program, signature=a_signature_like, precision=_precision)
def source(program: Program, signature: SignatureLike = RMS_ERROR, precision: str = "float64") -> str:
    """Source of a program's module, which runs alone."""
    return ast.unparse(module_ast(program, signature, precision, follow=True)) + "\n"


@takes(program=a_program, signature=a_signature_like, precision=_precision)
def disassembly(program: Program, signature: SignatureLike = RMS_ERROR, precision: str = "float64") -> str:
    """Bytecode of a program's module, as text; its line numbers are those of `source`."""
    words = io.StringIO()
    dis.dis(source(program, signature, precision), file=words)
    # Addresses of code objects tell the reader nothing, and would make every listing different.
    return re.sub(r" at 0x[0-9a-f]+", "", words.getvalue())


def _words(program: Program, addresses: Iterable[Address], precision: str, minimum: int) -> dict[str, object]:
    """Words to fill into the module's template."""
    known = [*addresses, *program.addresses()]
    return {
        "precision": precision,
        "least": _least_features(program),
        **{kind: max(minimum, _addresses(kind, known)) for kind in KINDS},
    }


def _values(signature: SignatureLike) -> str:
    """What memory is for, in words."""
    return "examples" if isinstance(signature, Interface) else "vectors and matrices"


def _docstring(signature: SignatureLike, precision: str) -> str:
    """What the module is, and how it is called."""
    declared = signature_of(signature)
    named = _function_names(declared)
    calls = [f"`{named[one.name]}({', '.join(_parameters(one))})`" for one in declared.functions]
    begin = f"First `memory = new_memory(n_features)` and {calls[0]}; then,"
    if not isinstance(signature, Interface):
        return (
            f"A program in {precision}, compiled by azc for the signature {declared.name}.\n\n"
            f"{begin} in the signature's order,\n{', '.join(calls[1:])}.\n"
        )
    follow = f"`follow(memory{', n_classes' if signature.classes else ''})` and "
    meaning = ""
    if signature.binary:
        meaning = "A prediction above 0 means class 1, any other class 0.\n"
    if signature.classes:
        meaning = (
            "The class is the greatest of a prediction's first `n_classes` elements; labels are classes.\n"
        )
    return (
        f"A learning algorithm in {precision}, compiled by azc for the interface {signature.name}.\n\n"
        f"{begin} for every example,\n{calls[1]} and, to learn from it, "
        f"{follow if signature.follow else ''}{calls[2]}.\n{meaning}"
    )


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
