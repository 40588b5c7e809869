"""Mutants of a Python source: the same text with one small change that tests should notice.

Which nodes are changed, and which mutants are chosen; `mutant_kinds.py` says how. Both run in the sandbox too.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import islice

from pytest_agenttasks.checks.mutant_kinds import MUTATIONS, Around, Mutant, Node

UNSEEN = ("annotation", "returns", "decorator_list", "type_params")
"""Parts of a node that make no difference when the code runs, or one that shows at once."""

MUTE = re.compile(r"_*(log|logger|logging|warnings|TypeVar|ParamSpec|NewType|cast)", re.IGNORECASE)
"""Calls, by the first name in them, that as a rule no test is about."""


class Source:
    """A source file and its mutants.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the compiler does not take it.
    """

    def __init__(self, content: bytes) -> None:
        self._encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(self._encoding).replace("\r\n", "\n").replace("\r", "\n")
        self._tree = ast.parse(text)
        self._body = text.encode()
        self._lines = self._body.split(b"\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def mutants(self) -> list[Mutant]:
        """All that there may be, in the order of the file; some may not compile."""
        found = {(one.start, one.end, one.new): one for one in self._walk()}
        return [found[place] for place in sorted(found)]

    def compiles(self, mutant: Mutant) -> bool:
        """Whether it is Python."""
        try:
            compile(self._changed(mutant), "mutant", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return True

    def mutated(self, mutant: Mutant) -> bytes:
        """The content of the file with the change."""
        return self._changed(mutant).decode().encode(self._encoding)

    def same(self) -> bytes:
        """The content with a comment at its end, which means the same."""
        return (self._body.decode() + "\n# the same\n").encode(self._encoding)

    def change(self, mutant: Mutant) -> tuple[str, str]:
        """The line of the change before and after, without indent; of several lines the first."""
        after = self._changed(mutant).split(b"\n")[mutant.line - 1]
        return self._line(mutant), after.decode().strip()

    def key(self, mutant: Mutant) -> str:
        """What a mutant is recognised by when lines elsewhere in the file have changed."""
        return "\0".join((mutant.function, self._line(mutant), mutant.shown))

    def _line(self, mutant: Mutant) -> str:
        return self._lines[mutant.line - 1].decode().strip()

    def _changed(self, mutant: Mutant) -> bytes:
        return self._body[: mutant.start] + mutant.new.encode() + self._body[mutant.end :]

    def _walk(self) -> Iterator[Mutant]:
        waiting: list[tuple[ast.AST, Around]] = [(self._tree, Around())]
        while waiting:
            node, around = waiting.pop()
            if _skipped(node):
                continue
            around = _inside(node, around)
            for mutate in MUTATIONS.get(type(node), ()):
                yield from mutate(self, node, around)
            for name, value in ast.iter_fields(node):
                if name not in UNSEEN:
                    below = replace(around, text=around.text and _texts_count(node, name))
                    values = value if isinstance(value, list) else [value]
                    waiting.extend((one, below) for one in values if isinstance(one, ast.AST))

    def at(self, line: int, column: int) -> int:
        """Position in the text of a line and column of the syntax tree."""
        return self._starts[line - 1] + column

    def text(self, node: Node) -> str:
        """What is written for a node."""
        start, end = self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)
        return self._body[start:end].decode()

    def instead(self, node: Node, new: str, around: Around) -> Mutant:
        """A mutant with another text for a node."""
        start, end = self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)
        shown = f"`{_brief(self.text(node))}` → `{_brief(new)}`"
        return Mutant(start, end, new, node.lineno, around.statement, around.function, shown)

    def between(self, left: Node, right: Node, old: str, new: str, around: Around) -> Mutant:
        """A mutant with another operator between two nodes."""
        start, end = self.at(left.end_lineno, left.end_col_offset), self.at(right.lineno, right.col_offset)
        gap = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), self._body[start:end])
        match = re.search(re.escape(old).replace("\\ ", r"\s+").encode(), gap)
        assert match is not None, f"no {old} between two operands"
        start, end = start + match.start(), start + match.end()
        line = self._body.count(b"\n", 0, start) + 1
        return Mutant(start, end, new, line, around.statement, around.function, f"`{old}` → `{new}`")


def sample(source: Source, count: int) -> list[Mutant]:
    """At most so many, spread over functions and, in each, over lines; by a hash, so that it is always the same.

    The first are spread as well as all: of a run that ends early, what was tried is still a fair sample.
    """
    seen: Counter[str] = Counter()
    hashed: list[tuple[str, Mutant]] = []
    for one in source.mutants():
        key = source.key(one)
        seen[key] += 1
        hashed.append((sha256(f"{key}\0{seen[key]}".encode()).hexdigest(), one))
    hashed.sort(key=lambda pair: pair[0])
    by_line = _ranked(hashed, lambda one: (one.function, one.line))
    by_function = _ranked([pair for _, pair in by_line], lambda one: one.function)
    fit = (one for _, (_, one) in by_function if source.compiles(one))
    return list(islice(fit, count))


_Hashed = tuple[str, Mutant]


def _ranked(pairs: list[_Hashed], group: Callable[[Mutant], object]) -> list[tuple[int, _Hashed]]:
    """All first ones of their groups, then all second ones, and so on; else in order."""
    counted: Counter[object] = Counter()
    ranked = []
    for pair in pairs:
        counted[group(pair[1])] += 1
        ranked.append((counted[group(pair[1])], pair))
    return sorted(ranked, key=lambda one: one[0])


def _inside(node: ast.AST, around: Around) -> Around:
    if isinstance(node, ast.stmt):
        around = replace(around, statement=node.lineno)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        named = f"{around.function}.{node.name}" if around.function else node.name
        returns = _annotated(getattr(node, "returns", None))
        return replace(around, function=named, returns=returns)
    return replace(around, returns="") if isinstance(node, ast.Lambda) else around


def _annotated(annotation: ast.AST | None) -> str:
    named = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return named.id if isinstance(named, ast.Name) else ""


def _skipped(node: ast.AST) -> bool:
    """What no test is about: docstrings, names for types, what only runs as a script, and inner parts of f-strings.

    Positions in an f-string are right only since Python 3.12.
    """
    match node:
        case ast.JoinedStr() | ast.Expr(ast.Constant()):
            return True
        case ast.If(test):
            names = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(test)}
            return bool(names & {"__name__", "TYPE_CHECKING"})
        case ast.Assign([ast.Name(name)]):
            return name.startswith("__")
        case ast.Call() | ast.Expr(ast.Call()):
            return MUTE.fullmatch(_first_name(node)) is not None
    return type(node).__name__ in ("TypeAlias", "TemplateStr")


def _first_name(node: ast.AST) -> str:
    while isinstance(node, ast.Expr | ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", "")


def _texts_count(node: ast.AST, part: str) -> bool:
    """Texts that name something, or are for people, are left alone: keys, keyword arguments, messages of errors."""
    return not (
        isinstance(node, ast.Raise | ast.keyword | ast.Assert)
        or (isinstance(node, ast.Subscript) and part == "slice")
        or (isinstance(node, ast.Dict) and part == "keys")
    )


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"
