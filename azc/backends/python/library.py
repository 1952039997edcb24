"""Library of a generated module: exactly the definitions of `azc.ir` that its program uses."""

import ast
from collections.abc import Iterable
from copy import deepcopy

from azc.backends.python.sources import definitions


def needed(roots: Iterable[str]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Imports and definitions that `roots` need, directly or through others, each after those it uses."""
    found: set[str] = set()
    waiting = set(roots)
    while waiting:
        key = waiting.pop()
        found.add(key)
        if key in definitions():
            waiting |= definitions()[key].uses - found
    imports = [ast.parse(key).body[0] for key in sorted(found - definitions().keys())]
    return imports, [definition.node for key, definition in definitions().items() if key in found]


def as_expression(meaning: str, arguments: list[ast.expr]) -> tuple[ast.expr, frozenset[str]]:
    """Expression for a meaning applied to arguments, and the keys of the definitions that it uses.

    A meaning that is a single expression is written in place, with the defaults of missing arguments; others
    are called.
    """
    key = f"semantics.{meaning}"
    found = definitions()[key]
    assert isinstance(found.node, ast.FunctionDef)
    match found.node.body:
        case [ast.Expr(), ast.Return(ast.expr() as value)]:
            names = [parameter.arg for parameter in found.node.args.args]
            missing = len(names) - len(arguments)
            given = [*arguments, *found.node.args.defaults[-missing:]] if missing else arguments
            return _Filled(dict(zip(names, given, strict=True))).visit(deepcopy(value)), found.uses
    return ast.Call(ast.Name(meaning, ast.Load()), arguments, []), frozenset({key})


class _Filled(ast.NodeTransformer):
    """Replaces parameters by arguments."""

    def __init__(self, arguments: dict[str, ast.expr]):
        self.arguments = arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.arguments.get(node.id, node)
