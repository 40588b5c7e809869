"""Hidden inputs that do nothing: globs that match no file, tests that pytest does not collect."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pytest_agenttasks.spec import Check, Task, is_glob
from pytest_agenttasks.validation.files import at_first, texts_below
from pytest_agenttasks.validation.finding import Found
from pytest_agenttasks.workspace import matches_any
from pytest_agenttasks.yamlfile import near

COLLECTED = ("test_*.py", "*_test.py")
"""pytest's own `python_files`: https://docs.pytest.org/en/stable/reference/reference.html#confval-python_files"""

SETTINGS = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")
"""Files in which a project may say what else pytest collects."""

_TEST = re.compile(r"^\s*(?:async\s+)?def test|^class Test", re.MULTILINE)


def unmatched_original(task: Task) -> Iterator[Found]:
    """Globs of `original` that match none of the files that are there at first."""
    there = at_first(task)
    if there is None:
        return
    known = sorted({*there, *(str(above) for name in there for above in PurePosixPath(name).parents)} - {"."})
    for index, check in enumerate(task.spec.checks):
        for glob in check.hidden.original if check.hidden is not None else ():
            if not any(matches_any([glob], name) for name in there):
                told = f"hidden: original: {glob} matches no file that is there at first{near(_plain(glob), known)}"
                yield "unmatched-original", task.at("checks", index, "hidden", "original")[0], told


def uncollected_tests(task: Task) -> Iterator[Found]:
    """Hidden files with tests that no pytest would find."""
    for index, check in enumerate(task.spec.checks):
        for name in uncollected(task, check):
            told = f"pytest does not collect the hidden tests in {name}: its name is not test_*.py"
            yield "uncollected-tests", task.at("checks", index)[0], told


def uncollected(task: Task, check: Check) -> list[str]:
    """Hidden files with tests whose names pytest passes over, and which its arguments do not give."""
    if check.pytest is None or check.hidden is None:
        return []
    hidden = dict(check.hidden.files)
    if check.hidden.from_ is not None:
        hidden = {**texts_below(task.path.parent / check.hidden.from_), **hidden}
    arguments = shlex.split(check.pytest.args)
    if "python_files" in check.pytest.args or _collects_others(task, hidden):
        return []
    given = {one.partition("::")[0].removeprefix("./") for one in arguments}
    return [name for name, text in hidden.items() if _is_passed_over(name, text) and name not in given]


def _is_passed_over(name: str, text: str) -> bool:
    last = PurePosixPath(name).name
    return last.endswith(".py") and not any(fnmatchcase(last, glob) for glob in COLLECTED) and bool(_TEST.search(text))


def _collects_others(task: Task, hidden: Mapping[str, str]) -> bool:
    """Whether the project sets `python_files`."""
    spec = task.spec.workspace
    source = task.path.parent / spec.from_ if spec.from_ is not None else None
    texts = [files[name] for files in (spec.files, hidden) for name in SETTINGS if name in files]
    texts += [_text(source / name) for name in SETTINGS] if source is not None else []
    return any("python_files" in text for text in texts)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _plain(glob: str) -> str:
    """`tests` of `tests/**`."""
    parts = PurePosixPath(glob).parts
    return "/".join(parts[: next((at for at, part in enumerate(parts) if is_glob(part)), len(parts))]) or glob
