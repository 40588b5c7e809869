"""One work item of the first system as a task: what it asks for in words, and the checks that its data supports."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePosixPath

from pytest_agenttasks.cli.importing.words import identity, word
from pytest_agenttasks.results import Json

COMPLEX = {"steps": 60, "seconds": 1800}
"""Limits of a complex item: twice the defaults, which simple and moderate ones have."""

WIDTH = 110
"""Letters of a line of a prompt."""

_DOCUMENTATION = re.compile(r"\b(?:readme|docs?|docstrings?|document\w*|diagrams?)\b", re.IGNORECASE)
_GENERATION = re.compile(r"\s*(?:generate|create|implement|write)\b\s*", re.IGNORECASE)

_EACH = """\
python - <<'CHECK'
import ast, pathlib, sys

place = pathlib.Path({place!r})
files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
missing = [] if files else [f"{{place}} has no Python file"]
for file in files:
    tree = ast.parse(file.read_text("utf-8"))
{body}
sys.exit("\\n".join(missing) or 0)
CHECK
"""

_DOCSTRINGS = """\
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Module, ast.ClassDef)):
            todo += [one for one in node.body if isinstance(one, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
                     and not one.name.startswith("_")]
        if not ast.get_docstring(node):
            missing.append(f"{file}: no docstring of {getattr(node, 'name', 'the module')}")"""

_ANNOTATIONS = """\
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = node.args
            named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
            bare = [one.arg for one in named if one.annotation is None and one.arg not in ("self", "cls")]
            bare += ["what it returns"] if node.returns is None and node.name != "__init__" else []
            missing += [f"{file}:{node.lineno}: {node.name} has no type for {one}" for one in bare]"""


@dataclass(frozen=True, slots=True)
class Item:
    """A work item.

    Attributes:
        number: its id in the first system.
        file: a file, or a folder.
        coverage: per cent of the file's lines that tests covered when it was written.
        target: per cent that they shall cover; None where the work is something else, or the number is unusable.
    """

    number: str
    module: str
    file: str
    task: str
    complexity: str
    coverage: float | None
    target: float | None

    @property
    def where(self) -> str:
        """How remarks name it."""
        return f"item {self.number}"

    @property
    def path(self) -> PurePosixPath:
        """The file or folder."""
        return PurePosixPath(self.file.strip())

    @property
    def is_folder(self) -> bool:
        """By its name: the project need not be there."""
        return self.file.strip().endswith("/") or not self.path.suffix

    @property
    def scope(self) -> str:
        """Glob of what the work may change."""
        return f"{self.path}/**" if self.is_folder else str(self.path)

    @property
    def sources(self) -> str:
        """Glob of its Python files."""
        return f"{self.path}/**/*.py" if self.is_folder else str(self.path)

    @property
    def flat(self) -> str:
        """The path as one word, without `src`: two files of one name in two folders stay two."""
        parts = [part for part in self.path.with_suffix("").parts if part not in ("src", "/", "..", ".")]
        return word("_".join(parts)) or "project"

    @property
    def place(self) -> str:
        """The path and its module, for a prompt."""
        return f"`{self.file.strip()}`" + (f" ({self.module})" if self.module else "")


def task_of(item: Item) -> Json:
    """The task of an item: category, prompt and checks by what it asks for; the original's id in title and tags."""
    category, title, prompt, checks = _asked(item)
    numbered = f"item_{word(item.number).lstrip('_')}"
    tags = dict.fromkeys(["first_system", numbered, word(item.module), word(item.complexity)])
    task: Json = {
        "id": f"{identity(item.path.stem) or 'item'}-{identity(item.number)}",
        "title": f"{title} (item {item.number})",
        "category": category,
        "tags": [tag for tag in tags if tag],
        "prompt": prompt,
        "checks": checks,
    }
    return task | ({"limits": dict(COMPLEX)} if item.complexity == "complex" else {})


def bites(task: Json) -> bool:
    """Whether a task's checks fail on a project in which nothing was done, by all that can be said beforehand."""
    return any(
        name in ("files", "coverage", "contains", "command") or (name == "pytest" and options.get("args"))
        for check in task["checks"]
        for name, options in check.items()
    )


def _asked(item: Item) -> tuple[str, str, str, list[Json]]:
    """Category, title, prompt and checks."""
    if not item.task:
        return _unit_tests(item)
    if _DOCUMENTATION.search(item.task):
        return _docstrings(item) if "docstring" in item.task.lower() else _page(item)
    return _generation(item) if _GENERATION.match(item.task) else _refactoring(item)


def _unit_tests(item: Item) -> tuple[str, str, str, list[Json]]:
    tests = f"tests/test_{item.flat}.py"
    rules = ["Test what its public functions and classes promise, and the errors that they raise."]
    if item.target is not None:
        before = f" ({item.coverage:g} % were when this was asked for)" if item.coverage is not None else ""
        rules.append(f"At least {item.target:g} % of its lines must be covered, by this file alone{before}.")
    prompt = _listed(f"Write pytest tests for {item.place} in `{tests}`.", *rules, "Change no other file.")
    checks: list[Json] = [{"files": [tests]}, {"diff": [tests]}, {"pytest": {"args": tests}}]
    if item.target is not None and not item.is_folder:
        checks.append({"coverage": {"of": str(item.path), "min": item.target, "args": tests}})
    return "unit_tests", f"Unit tests for {item.file}", prompt, checks


def _refactoring(item: Item) -> tuple[str, str, str, list[Json]]:
    prompt = _prompt(
        item,
        "Keep what the code does and what others import of it: the tests of the project must pass as before.",
        f"Change nothing outside of `{item.file.strip()}`.",
    )
    checks: list[Json] = [{"diff": [item.scope]}, {"python": [item.sources]}]
    if "type hint" in item.task.lower():
        checks.append({"command": _EACH.format(place=str(item.path), body=_ANNOTATIONS)})
    return "refactoring", f"{item.task}: {item.file}", prompt, [*checks, {"pytest": {}}]


def _docstrings(item: Item) -> tuple[str, str, str, list[Json]]:
    prompt = _prompt(
        item,
        "Every module, and every class, function and method whose name does not begin with `_`, needs one.",
        f"Change no code, and nothing outside of `{item.file.strip()}`.",
    )
    command = _EACH.format(place=str(item.path), body=_DOCSTRINGS)
    checks: list[Json] = [{"diff": [item.scope]}, {"python": [item.sources]}, {"command": command}]
    return "documentation", f"{item.task}: {item.file}", prompt, checks


def _page(item: Item) -> tuple[str, str, str, list[Json]]:
    folder = item.path if item.is_folder else item.path.parent
    page = f"{folder}/README.md" if "readme" in item.task.lower() else f"docs/{item.flat}.md"
    told = [f"Write it into `{page}`, from what the code really does.", "Change no other file."]
    checks: list[Json] = [{"files": [page]}, {"diff": [page]}]
    if "diagram" in item.task.lower():
        told.insert(1, "Draw the diagram in a code block that begins with ```mermaid.")
        checks.append({"contains": {"file": page, "text": "```mermaid"}})
    return "documentation", f"{item.task}: {item.file}", _prompt(item, *told), checks


def _generation(item: Item) -> tuple[str, str, str, list[Json]]:
    tests = f"tests/test_{item.flat}_{word(_GENERATION.sub('', item.task, count=1)) or 'new'}.py"
    prompt = _prompt(
        item,
        f"Put the code into `{item.file.strip()}`, and pytest tests for it into `{tests}`. All of them must pass.",
        "Change no other file.",
    )
    checks: list[Json] = [
        {"diff": [item.scope, tests]},
        {"python": [item.sources]},
        {"files": [tests]},
        {"pytest": {"args": tests}},
    ]
    size = item.complexity if item.complexity in ("simple", "moderate", "complex") else "moderate"
    return f"{size}_code", f"{item.task}: {item.file}", prompt, checks


def _prompt(item: Item, *rules: str) -> str:
    return _listed(f"{item.task.strip()}: {item.place}.", *rules)


def _listed(first: str, *rules: str) -> str:
    lines = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrapped = [lines.fill(first), ""]
    lines.subsequent_indent = "  "
    return "\n".join([*wrapped, *(lines.fill(f"- {rule}") for rule in rules), ""])
