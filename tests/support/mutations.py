"""One thing of a module changed at a time, as mutation testing asks.

A comparison is moved by its boundary or turned round, ``and`` and ``or`` change places, a ``not``
goes, a whole number is one more or one less, ``min`` and ``max`` change places.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change: the line as written, and the expression before and after.

    ``place`` is the node's place in the walk through the module, ``choice`` which of its changes.
    """

    module: str
    line: int
    text: str
    before: str
    after: str
    place: int
    choice: int

    def change(self) -> str:
        """Return the change in words, as the file of equivalents names it."""
        return f"{self.before}  →  {self.after}"


_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SWAPPED: Final = {"min": "max", "max": "min"}


def changes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Return every changed version of one node, [] for a node that is left alone."""
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            ops = list(node.ops)
            ops[at] = _COMPARISONS[type(op)]()
            yield ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(op=other, values=node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(value=node.value + 1)
        yield ast.Constant(value=node.value - 1)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _SWAPPED:
        func = ast.Name(id=_SWAPPED[ast.unparse(node.func)], ctx=ast.Load())
        yield ast.Call(func=func, args=node.args, keywords=node.keywords)


class _Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else self.generic_visit(node)


def mutations_of(module: str, source: str) -> list[Mutation]:
    """Return every change of one module, in the order of its lines."""
    tree, lines = ast.parse(source), source.splitlines()
    found = []
    for place, node in enumerate(ast.walk(tree)):
        for choice, changed in enumerate(changes_of(node)):
            line = getattr(node, "lineno", 0)
            before, after = _in_context(tree, node, changed)
            found.append(
                Mutation(
                    module=module,
                    line=line,
                    text=lines[line - 1].strip(),
                    before=before,
                    after=after,
                    place=place,
                    choice=choice,
                )
            )
    return sorted(found, key=lambda m: (m.line, m.before, m.after))


def mutated(source: str, mutation: Mutation) -> ast.Module:
    """Return a module's source with one change made."""
    tree = ast.parse(source)
    old = next(node for at, node in enumerate(ast.walk(tree)) if at == mutation.place)
    new = list(changes_of(old))[mutation.choice]
    _Replace(old, ast.copy_location(new, old)).visit(tree)
    return ast.fix_missing_locations(tree)


def _in_context(tree: ast.Module, node: ast.AST, changed: ast.AST) -> tuple[str, str]:
    """Return the expression before and after; a bare number is shown with what it stands in."""
    if not isinstance(node, ast.Constant):
        return ast.unparse(node), ast.unparse(changed)
    holder = next(
        other for other in ast.walk(tree) if any(node is c for c in ast.iter_child_nodes(other))
    )
    if not isinstance(holder, ast.expr | ast.Assign | ast.keyword):
        return ast.unparse(node), ast.unparse(changed)
    shown = ast.unparse(ast.fix_missing_locations(_Replace(node, changed).visit(_shallow(holder))))
    return ast.unparse(holder), shown


def _shallow(holder: ast.AST) -> ast.AST:
    """Copy one node and its lists; what they hold stays the same objects."""
    made = copy.copy(holder)
    for name, value in ast.iter_fields(holder):
        if isinstance(value, list):
            setattr(made, name, list(value))
    return made
