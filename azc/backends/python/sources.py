"""Definitions of `azc.ir`, read from its source and adapted to a module that stands alone.

In `azc.ir` definitions name modules and compute with an abstract arithmetic `o`. A module that stands alone
has one arithmetic and one set of names: `o.where(x > 0.0, x, y)` becomes
`where(x > 0.0, x, y)`, `elementary.exp(o, x)` becomes `exp(x)`, and types are left out.
"""

import ast
from copy import deepcopy
from functools import cache
from importlib.resources import files

import attrs

FILES = ("indexing", "arithmetic", "elementary", "draws", "semantics")
"""Files of `azc.ir` with definitions, each after those that it uses."""


@attrs.frozen
class Definition:
    """A function or a constant."""

    node: ast.FunctionDef | ast.Assign
    uses: frozenset[str]
    """Keys, `file.name`, of the definitions that it names, and plain imports, `import math`."""


@cache
def definitions() -> dict[str, Definition]:
    """All definitions by key, `file.name`; each after those that it uses at module level."""
    return {f"{name}.{key}": found for name in FILES for key, found in _read(name).items()}


def _read(name: str) -> dict[str, Definition]:
    body = ast.parse(files("azc.ir").joinpath(f"{name}.py").read_text("utf-8")).body
    modules = {"o": "arithmetic"}
    names = {}
    nodes: dict[str, ast.stmt] = {}
    for node in body:
        match node:
            case ast.FunctionDef(key) | ast.Assign([ast.Name(key)]) | ast.AnnAssign(ast.Name(key)):
                nodes[key] = node
                names[key] = f"{name}.{key}"
            case ast.Import(aliases):
                names.update({a.asname or a.name: ast.unparse(ast.Import([a])) for a in aliases})
            case ast.ImportFrom("azc.ir", aliases):
                modules.update({a.asname or a.name: a.name for a in aliases})
            case ast.ImportFrom(str(module), aliases) if module.startswith("azc.ir."):
                file = module.removeprefix("azc.ir.")
                names.update({a.asname or a.name: f"{file}.{a.name}" for a in aliases})
    return {key: _definition(node, modules, names) for key, node in nodes.items()}


def _definition(node: ast.stmt, modules: dict[str, str], names: dict[str, str]) -> Definition:
    alone = _Alone(modules, {name: key for name, key in names.items() if name not in local_names(node)})
    changed = alone.visit(deepcopy(node))
    return Definition(changed, frozenset(alone.uses))


def local_names(node: ast.AST) -> set[str]:
    """Names that a function binds itself."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    parts = list(ast.walk(node))
    bound = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return bound | {part.arg for part in parts if isinstance(part, ast.arg)}


class _Alone(ast.NodeTransformer):
    """Removes types, module names and the arithmetic, and records the names used."""

    def __init__(self, modules: dict[str, str], names: dict[str, str]):
        self.modules, self.names = modules, names
        self.uses: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.args.args = [parameter for parameter in node.args.args if parameter.arg != "o"]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return self.generic_visit(ast.Assign([node.target], node.value))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [a for a in node.args if not (isinstance(a, ast.Name) and a.id == "o")]
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node.value:
            case ast.Name(module) if module in self.modules:
                self.uses.add(f"{self.modules[module]}.{node.attr}")
                return ast.Name(node.attr, ast.Load())
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Load) and node.id in self.names:
            self.uses.add(self.names[node.id])
        return node
