"""The check `python`: files compile, modules import, ruff and mypy find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed, one_line, plural
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.imports import import_problems
from pytest_agenttasks.checks.linters import linter_problems
from pytest_agenttasks.checks.scratch import Noted, run_noting, scratch, with_job

if TYPE_CHECKING:
    from pytest_agenttasks.spec import PythonOptions


def python(options: PythonOptions, place: Place) -> Finding:
    """Compile every file that matches, each pattern must match one; then import, then let the tools look."""
    names: dict[str, None] = {}
    for pattern in options.compiles:
        there = regular(place, pattern)
        if not there:
            return missed(nothing_matches(pattern, place))
        names.update(dict.fromkeys(place.name(path) for path in there))
    compiled = _compile(list(names), options.seconds, place)
    if not compiled.passed:
        return compiled
    problems = [*import_problems(options, place), *linter_problems(options, list(names), place)]
    if problems:
        more = f" ({len(problems)} problems)" if len(problems) > 1 else ""
        return missed(problems[0] + more, problems[1:])
    return found(", ".join(part for part in (compiled.message, *_more(options)) if part))


def _more(options: PythonOptions) -> Iterator[str]:
    if options.imports:
        yield f"{plural(len(options.imports), 'module')} imported"
    if tools := options.needs():
        yield f"nothing found by {' and '.join(tools)}"


def _compile(names: list[str], seconds: float, place: Place) -> Finding:
    if not names:
        return found("")
    with scratch("compile_files.py") as folder:
        job, python = [with_job(folder, names)], ("-I", "-S")
        noted = run_noting(place, folder, "compile_files.py", job, python=python, seconds=seconds)
        return _judge(noted.begun(), len(names), seconds)


def _judge(noted: Noted, count: int, seconds: float) -> Finding:
    wrong: list[str] = []
    at, finished, result = "", False, noted.result
    for entry in noted.records:
        match entry:
            case {"kind": "at", "file": str(at)}:
                pass
            case {"kind": "wrong", "line": line, "message": str(message)}:
                where = at if line is None else f"{at}:{line}"
                wrong.append(one_line(f"{where}: {message}"))
            case {"kind": "finished"}:
                finished = True
    if not finished:
        ended = f"within {seconds:g} s" if result.timed_out else f"(exit code {result.exit_code})"
        wrong.append(f"{at}: the compiler did not finish {ended}")
    if not wrong:
        return found(f"{plural(count, 'file')} compiled")
    more = f" ({len(wrong)} of {plural(count, 'file')} do not compile)" if len(wrong) > 1 else ""
    return missed(wrong[0] + more, wrong[1:])
