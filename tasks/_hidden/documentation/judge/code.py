"""What the code says that pages are about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

Definition = ast.FunctionDef | ast.ClassDef


def modules(package: str) -> dict[str, ast.Module]:
    """The modules of a package by name, in order of the alphabet."""
    paths = sorted(path for path in Path(package).glob("*.py") if path.stem != "__init__")
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in paths}


def public(node: ast.Module | ast.ClassDef) -> list[Definition]:
    return [one for one in node.body if isinstance(one, Definition) and not one.name.startswith("_")]


def parameters(function: ast.FunctionDef) -> list[str]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [one.arg for one in arguments if one.arg != "self"]


def own(function: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, but not in functions within it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield node
            yield from own(node)


def raised(function: ast.AST) -> dict[str, ast.expr]:
    """The errors that a function itself raises, each with its message; `raise` alone is none."""
    calls = [node.exc for node in own(function) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    return {ast.unparse(call.func): call.args[0] for call in calls}
