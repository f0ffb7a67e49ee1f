"""Small faults, put into a module one at a time.

Left as they are: annotations, decorators, bases, docstrings, texts for people, which are strings with a space in them,
and the columns of models, of which `makemigrations --check` sees every change.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPARED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}
SKIPPED = {"annotation", "returns", "decorator_list", "bases", "type_params"}


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    path: Path
    where: str
    """The qualified name of the function or class, or "module"."""
    change: str
    line: int
    tree: ast.Module

    @property
    def name(self) -> str:
        return f"{self.path.stem}.{self.where}: {self.change}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Return every mutant of a module, each with a name of its own that does not depend on line numbers."""
    names: Counter[str] = Counter()
    source = path.read_text()
    for place, (_where, node) in enumerate(_walk(ast.parse(source))):
        for variant in range(len(_variants(node))):
            tree = ast.parse(source)
            where, node = next(pair for number, pair in enumerate(_walk(tree)) if number == place)
            before, line = _shown(node), getattr(node, "lineno", 0)
            after = _variants(node)[variant]
            _replace(node, after)
            change = f"{before} -> {_shown(after)}"
            names[f"{where} {change}"] += 1
            number = names[f"{where} {change}"]
            change += f" ({number})" if number > 1 else ""
            yield Mutant(path, where, change, line, ast.fix_missing_locations(tree))


def _walk(tree: ast.AST, where: str = "module") -> Iterator[tuple[str, Any]]:
    """Return the nodes that may be changed, each with the name of what it is in."""
    for name, value in ast.iter_fields(tree):
        if name in SKIPPED:
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or _is_text(node) or _is_column(node):
                continue
            inside = where
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inside = node.name if where == "module" else f"{where}.{node.name}"
            if isinstance(node, ast.expr | ast.stmt | ast.comprehension):
                yield inside, node
            yield from _walk(node, inside)


def _is_text(node: ast.AST) -> bool:
    """Tell whether it is a docstring, or what makes up a text for people."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"_", "TypeVar"}
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )


def _is_column(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("models.")


def _variants(node: Any) -> list[Any]:  # noqa: C901  (a table)
    """Return what may stand in a node's place."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return [ast.Compare(left, [other()], [right]) for other in COMPARED[type(operator)]]
        case ast.BoolOp(op=operator, values=values):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            return [ast.BoolOp(other, values), *(_joined(operator, rest) for rest in _less_one(values))]
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in CALCULATED:
            return [ast.BinOp(left, CALCULATED[type(operator)](), right)]
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            return [operand]
        case ast.Constant(value=bool() as value):
            return [ast.Constant(not value)]
        case ast.Constant(value=int() | float() as value):
            return [ast.Constant(value + 1)]
        case ast.Constant(value=str() as value):
            return [ast.Constant(value[:-1] if value else "x")]
        case ast.Constant(value=bytes() as value):
            return [ast.Constant(value[:-1] if value else b"x")]
        case ast.Name(id=name) if name in NAMED:
            return [ast.Name(NAMED[name], ast.Load())]
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare):
            return [_with(node, test=ast.UnaryOp(ast.Not(), test))]
        case ast.comprehension(ifs=[test]):
            return [_with(node, ifs=[])]
        case ast.Call(keywords=[_, *_] as keywords):
            return [_with(node, keywords=rest) for rest in _less_one(keywords)]
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            return [ast.Return(ast.Constant(None))]
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign():
            return [ast.Pass()]
        case ast.Continue():
            return [ast.Break()]
        case ast.Break():
            return [ast.Continue()]
    return []


def _joined(operator: ast.boolop, values: list[ast.expr]) -> ast.expr:
    return values[0] if len(values) == 1 else ast.BoolOp(operator, values)


def _less_one(nodes: list[Any]) -> list[list[Any]]:
    return [nodes[:place] + nodes[place + 1 :] for place in range(len(nodes))]


def _with(node: Any, **fields: Any) -> Any:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _replace(node: Any, other: Any) -> None:
    """Make the node, which its parent holds, the other one."""
    fields = {"lineno": 1, "col_offset": 0, **vars(other)}
    fields |= {name: value for name, value in vars(node).items() if name.endswith(("lineno", "offset"))}
    node.__class__ = other.__class__
    vars(node).clear()
    vars(node).update(fields)


def _shown(node: Any) -> str:
    return ast.unparse(node).splitlines()[0]
