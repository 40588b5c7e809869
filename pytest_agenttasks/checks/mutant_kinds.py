"""What is changed in a Python source: kinds of mutants, by kinds of nodes of the syntax tree.

The changes are those that research and other tools found to tell good tests from bad ones (Offutt's five sufficient
operators; PIT's defaults: https://pitest.org/quickstart/mutators/), without those that crash whatever runs them:
a call replaced by None is noticed by tests that assert nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Protocol

COMPARISONS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
ARITHMETIC: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}
LOGIC: dict[type[ast.AST], tuple[str, ...]] = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
"""An operator as it is written, and what takes its place."""

EMPTY = {
    "str": '""',
    "bytes": 'b""',
    "int": "0",
    "float": "0.0",
    "list": "[]",
    "dict": "{}",
    "set": "set()",
    "tuple": "()",
}
"""What a function returns instead, by its annotation: a caller does not crash as it would on None."""

Node = Any
"""A node of the syntax tree with a position."""


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        start, end: the bytes that are replaced, in the UTF-8 text with `\\n` at line ends.
        new: what takes their place.
        line: line of the change.
        statement: first line of the smallest statement around it, as coverage.py counts.
        function: name of the function or class around it, with dots; empty at the top.
        shown: the change in a few words.
    """

    start: int
    end: int
    new: str
    line: int
    statement: int
    function: str
    shown: str


@dataclass(frozen=True)
class Around:
    """What surrounds a node: see `Mutant`; `returns` is the annotation of the function, `text` whether texts count."""

    function: str = ""
    statement: int = 1
    returns: str = ""
    text: bool = True


class Text(Protocol):
    """The text that nodes were read from."""

    def text(self, node: Node) -> str:
        """What is written for a node."""

    def instead(self, node: Node, new: str, around: Around) -> Mutant:
        """A mutant with another text for a node."""

    def between(self, left: Node, right: Node, old: str, new: str, around: Around) -> Mutant:
        """A mutant with another operator between two nodes."""


def _compare(source: Text, node: ast.Compare, around: Around) -> Iterator[Mutant]:
    for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
        old, *others = COMPARISONS[type(operator)]
        for new in others:
            yield source.between(left, right, old, new, around)


def _logic(source: Text, node: ast.BoolOp, around: Around) -> Iterator[Mutant]:
    old, new = LOGIC[type(node.op)]
    for left, right in pairwise(node.values):
        yield source.between(left, right, old, new, around)


def _arithmetic(source: Text, node: ast.BinOp, around: Around) -> Iterator[Mutant]:
    if type(node.op) in ARITHMETIC and not (_is_text(node.left) or _is_text(node.right)):
        old, new = ARITHMETIC[type(node.op)]
        yield source.between(node.left, node.right, old, new, around)


def _in_place(source: Text, node: ast.AugAssign, around: Around) -> Iterator[Mutant]:
    if type(node.op) in ARITHMETIC and not _is_text(node.value):
        old, new = ARITHMETIC[type(node.op)]
        yield source.between(node.target, node.value, f"{old}=", f"{new}=", around)


def _is_text(node: ast.AST) -> bool:
    """A text, a list, or a sum of such: with them other operators just crash."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr | ast.List) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _sign(source: Text, node: ast.UnaryOp, around: Around) -> Iterator[Mutant]:
    if isinstance(node.op, ast.Not | ast.USub):
        written = source.text(node).removeprefix("not").removeprefix("-").lstrip()
        yield source.instead(node, written, around)


def _constant(source: Text, node: ast.Constant, around: Around) -> Iterator[Mutant]:
    match node.value:
        case bool():
            yield source.instead(node, str(not node.value), around)
        case int() | float() if isfinite(node.value) and node.value + 1 != node.value:
            yield source.instead(node, repr(node.value + 1), around)
        case str() if around.text and node.value and source.text(node).count("\n") == 0:
            yield source.instead(node, '""', around)


def _condition(source: Text, node: Node, around: Around) -> Iterator[Mutant]:
    tests = node.ifs if isinstance(node, ast.comprehension) else [node.test]
    for test in tests:
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
            yield source.instead(test, f"(not ({source.text(test)}))", around)


def _return(source: Text, node: ast.Return, around: Around) -> Iterator[Mutant]:
    if node.value is None or isinstance(node.value, ast.Constant | ast.Compare):
        return
    if around.returns == "bool":
        yield source.instead(node, f"return not ({source.text(node.value)})", around)
    else:
        yield source.instead(node, f"return {EMPTY.get(around.returns, 'None')}", around)


def _nothing(source: Text, node: ast.Raise | ast.Expr, around: Around) -> Iterator[Mutant]:
    value = node.value if isinstance(node, ast.Expr) else None
    called = value.value if isinstance(value, ast.Await) else value
    if isinstance(node, ast.Raise) or isinstance(called, ast.Call):
        yield source.instead(node, "pass", around)


def _loop(source: Text, node: Node, around: Around) -> Iterator[Mutant]:
    yield source.instead(node, "continue" if isinstance(node, ast.Break) else "break", around)


MUTATIONS: dict[type[ast.AST], tuple[Callable[[Text, Any, Around], Iterator[Mutant]], ...]] = {
    ast.Compare: (_compare,),
    ast.BoolOp: (_logic,),
    ast.BinOp: (_arithmetic,),
    ast.AugAssign: (_in_place,),
    ast.UnaryOp: (_sign,),
    ast.Constant: (_constant,),
    ast.If: (_condition,),
    ast.While: (_condition,),
    ast.IfExp: (_condition,),
    ast.comprehension: (_condition,),
    ast.Return: (_return,),
    ast.Raise: (_nothing,),
    ast.Expr: (_nothing,),
    ast.Break: (_loop,),
    ast.Continue: (_loop,),
}
"""What is done to a node, by its kind."""
