"""What is wrong with tasks as far as their files tell, without running anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pytest_agenttasks.spec import Check, Task, TaskSpec
from pytest_agenttasks.validation.facts import GUARDS, shown_in
from pytest_agenttasks.validation.files import looked_at, names, wanted
from pytest_agenttasks.validation.finding import Finding, Found
from pytest_agenttasks.validation.hidden import uncollected_tests, unmatched_original
from pytest_agenttasks.validation.keywords import unknown_keywords
from pytest_agenttasks.workspace import matches_any

LEAST_KILLED = 50
"""Per cent of mutants below which `mutation` says little (docs/checks.md)."""

MOST_NAMED = 4
"""Files that a message names."""

ALONE = {"args", "seconds", "min_passed", "max_skipped"}
"""Options of `pytest` that name no tests of the task's own."""


def lint(tasks: Iterable[tuple[str, Task]]) -> Iterator[Finding]:
    """Findings for tasks, each given with its node id."""
    known: dict[tuple[Path, object], list[tuple[TaskSpec, str]]] = {}
    for node_id, task in tasks:
        found = [one for rule in RULES for one in rule(task)]
        alike = known.setdefault((task.path, task.location), [])
        found += _same_tasks(task, alike)
        alike.append((_bare(task.spec), task.name))
        for code, line, message in found:
            yield Finding(code, message, task.document.path, line, node_id)


def _no_checks(task: Task) -> Iterator[Found]:
    if not task.spec.checks and not _by_code(task):
        yield "no-checks", task.line, "it has no check: whatever an agent does passes"


def _no_solution(task: Task) -> Iterator[Found]:
    if not task.spec.solution:
        yield "no-solution", task.line, "it has no solution: nothing shows that its checks can pass"


def _no_limits(task: Task) -> Iterator[Found]:
    given = any(task.document.has((*above, "limits")) for above in (task.location, ("defaults",)))
    if not given and not _by_code(task):
        limits = task.spec.limits
        told = f"only the usual {limits.steps} steps and {limits.seconds:g} seconds end an agent's work"
        yield "no-limits", task.line, f"it has no limits: {told}"


def _unnamed_files(task: Task) -> Iterator[Found]:
    files = list(dict.fromkeys(file for check in task.spec.checks for file in looked_at(check)))
    if files and not any(names(task.spec.prompt, file) for file in files):
        more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
        told = f"{', '.join(files[:MOST_NAMED])}{more}"
        yield "unnamed-files", task.at("prompt")[0], f"its prompt names none of the files it is judged by: {told}"


def _unfilled_name(task: Task) -> Iterator[Found]:
    for key in ("prompt", "title"):
        text: str = getattr(task.spec, key)
        for name in task.spec.matrix:
            found = re.search(rf"\$?\{{+\s*{name}\s*\}}+|<{name}>", text)
            if found:
                yield "unfilled-name", task.at(key)[0], f"its {key} says {found[0]!r}, which is not filled in"


def _same_checks(task: Task) -> Iterator[Found]:
    seen: list[Check] = []
    for index, (check, line) in enumerate(zip(task.spec.checks, task.check_lines, strict=True)):
        if check in seen:
            yield "same-checks", line, f"this check is there twice: {shown_in(task, index)}"
        seen.append(check)


def _forbidden_file(task: Task) -> Iterator[Found]:
    if not _known_at_first(task):
        return
    for check, line in zip(task.spec.checks, task.check_lines, strict=True):
        for file in wanted(check):
            if not _there_at_first(task, file) and not _may_change(task.spec, file):
                yield "forbidden-file", line, f"{file} is wanted and is not there, and `diff` does not let it be added"


def _weak_tests(task: Task) -> Iterator[Found]:
    given = zip(task.spec.checks, task.check_lines, strict=True)
    telling = [(check, line) for check, line in given if not check.guard and check.name not in (*GUARDS, "files")]
    if telling and all(_is_weak(check, task.spec) for check, _ in telling):
        yield "weak-tests", telling[0][1], "one test that passes is all it asks for, and `assert True` is one"


def _low_mutation(task: Task) -> Iterator[Found]:
    for index, check in enumerate(task.spec.checks):
        if check.mutation is not None and check.mutation.min < LEAST_KILLED:
            told = f"min: {check.mutation.min:g} per cent of the mutants: tests that assert nothing may kill so many"
            yield "low-mutation", task.at("checks", index, "mutation", "min")[0], told


RULES: tuple[Callable[[Task], Iterator[Found]], ...] = (
    _no_checks,
    _no_solution,
    _no_limits,
    _unnamed_files,
    _unfilled_name,
    _same_checks,
    _forbidden_file,
    _weak_tests,
    _low_mutation,
    unmatched_original,
    uncollected_tests,
    unknown_keywords,
)


def _same_tasks(task: Task, alike: list[tuple[TaskSpec, str]]) -> Iterator[Found]:
    """Whether a combination before this one came to the same."""
    bare = _bare(task.spec)
    for other, name in alike if task.spec.matrix else ():
        if other == bare:
            yield "same-tasks", task.at("matrix")[0], f"{name} and {task.name} are the same task"
            return


def _bare(spec: TaskSpec) -> TaskSpec:
    """Without what does not change the work."""
    return spec.model_copy(update={"id": None, "title": "", "matrix": {}, "tags": [], "priority": "normal"})


def _by_code(task: Task) -> bool:
    """Whether it is a Python test, whose asserts judge and whose places in the file are unknown."""
    return task.path.suffix == ".py"


def _is_weak(check: Check, spec: TaskSpec) -> bool:
    """Whether it asks for one test, which the agent may write itself."""
    options = check.pytest
    if check.hidden is not None or options is None or options.min_passed > 1 or not options.model_fields_set <= ALONE:
        return False
    return any(_may_change(spec, test) for test in looked_at(check) or ["tests"])


def _may_change(spec: TaskSpec, file: str) -> bool:
    """Whether the `diff` checks leave a file, or something in a folder, to the agent."""
    return all(
        _matches(check.diff.only, file) if check.diff.only else True for check in spec.checks if check.diff is not None
    )


def _matches(globs: Iterable[str], file: str) -> bool:
    return matches_any(globs, file) or any(glob.startswith(f"{file.rstrip('/')}/") for glob in globs)


def _known_at_first(task: Task) -> bool:
    """Whether the files that the agent finds are known without building its workspace."""
    return task.spec.workspace.git is None and not task.spec.workspace.setup


def _there_at_first(task: Task, file: str) -> bool:
    spec = task.spec.workspace
    source = task.path.parent / spec.from_ if spec.from_ is not None else None
    return file in spec.files or (source is not None and (source / file).exists())
