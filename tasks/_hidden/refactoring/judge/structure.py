"""What can be seen of a module without running it."""

from __future__ import annotations

import ast
from pathlib import Path


def tree_of(module: str) -> ast.Module:
    return ast.parse(Path(f"depot/{module}.py").read_text("utf-8"))


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def too_long(tree: ast.AST, lines: int = 20) -> dict[str, int]:
    """Functions with more lines, docstring included."""
    lengths = {one.name: (one.end_lineno or one.lineno) - one.lineno + 1 for one in functions(tree)}
    return {name: length for name, length in lengths.items() if length > lines}


def nested_ifs(tree: ast.AST) -> list[str]:
    """Where an `if` stands inside another one; an `elif` does."""
    ifs = [(one.name, node) for one in functions(tree) for node in ast.walk(one) if isinstance(node, ast.If)]
    inner = [(name, node) for name, outer in ifs for node in ast.walk(outer) if node is not outer]
    return sorted({f"{name}, line {node.lineno}" for name, node in inner if isinstance(node, ast.If)})


def called(tree: ast.AST) -> list[str]:
    """Names of what is called, once for each call."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [getattr(one, "attr", getattr(one, "id", "")) for one in functions]


def texts(tree: ast.AST) -> list[str]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
