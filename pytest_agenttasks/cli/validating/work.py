"""What the subcommand `validate` does; imported only when it is run."""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_agenttasks.cli.command import Refused, tell
from pytest_agenttasks.cli.validating.asking import ask
from pytest_agenttasks.cli.validating.progress import Progress
from pytest_agenttasks.cli.validating.told import Told, json_of, lines
from pytest_agenttasks.results import Json
from pytest_agenttasks.validation import CODES, Finding, TaskFacts, Tried, heard, in_order, judge

NOTHING_SELECTED = 5
"""pytest's exit code where there is nothing to run."""

GIVEN_UP = (2, 3)
"""Exit codes of pytest where it was interrupted, or broke."""

NARROW = 100
"""Columns where the output is no terminal, and COLUMNS does not say."""


@dataclass
class Found:
    """What pytest told of a project.

    Attributes:
        root: what names of files are relative to.
        tasks: that were selected.
        findings: of reading them.
    """

    root: Path = field(default_factory=Path.cwd)
    tasks: list[TaskFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def take(self, line: Json) -> None:
        """A line of the plugin."""
        if "root" in line:
            self.root = Path(line["root"])
        elif "task" in line:
            self.tasks.append(TaskFacts.from_json(line["task"]))
        else:
            self.findings.append(Finding.from_json(line["finding"]))


@dataclass
class Trial:
    """How tasks ended in all runs, by node id.

    Attributes:
        nop: with the agent that does nothing.
        solution: with their solutions, once for each time.
    """

    nop: dict[str, Tried] = field(default_factory=dict)
    solution: dict[str, list[Tried]] = field(default_factory=dict)


def report(options: argparse.Namespace) -> int:
    """Print findings; 1 if one is a problem, or where it is strict a warning.

    Raises:
        Refused: pytest cannot be asked, there is no task, or a code is unknown.
    """
    _know_codes(options.ignore)
    progress = Progress()
    try:
        found = _found(options, progress)
        trial = Trial()
        if not options.lint:
            with _run_folders(options.keep) as folder:
                _Trying(options, found.root, folder, progress).try_all(found.tasks, trial)
    except OSError as error:
        raise Refused(f"pytest could not be started: {error}") from None
    finally:
        progress.end()
    findings = list(found.findings)
    for task in found.tasks:
        findings += judge(task, trial.nop.get(task.id), trial.solution.get(task.id, ()))
    told = Told(found.root, found.tasks, trial.nop, trial.solution, *_heard(findings, found, options.ignore))
    code = told.exit_code(strict=options.strict)
    if options.json:
        print(json_of(told, code))
        return code
    columns = shutil.get_terminal_size((NARROW, 24)).columns
    for line in lines(told, columns, verbose=options.verbose):
        tell(line)
    return code


def _heard(findings: list[Finding], found: Found, ignored: Sequence[str]) -> tuple[list[Finding], int]:
    left = heard(findings, found.tasks, found.root, ignored)
    return in_order(left), len(findings) - len(left)


def _know_codes(codes: Sequence[str]) -> None:
    for code in codes:
        if code not in CODES:
            near = difflib.get_close_matches(code, CODES, 1, 0.4)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(CODES)}"
            raise Refused(f"--ignore {code}: no finding is called so; {hint}")


def _found(options: argparse.Namespace, progress: Progress) -> Found:
    progress.begin("reading tasks", 0)
    found = Found()
    keyword = ["-k", options.keyword] if options.keyword else []
    ended = ask(["--collect-only", "--agent=nop", *keyword, *options.passed_on, *options.paths], found.take)
    if not found.tasks and not found.findings:
        if ended.code in (0, NOTHING_SELECTED):
            where = f" in {', '.join(options.paths)}" if options.paths else ""
            raise Refused(f"there is no such task{where}: give task files, folders of them or node ids")
        raise Refused(f"pytest could not be asked which tasks there are: {ended.words}")
    return found


@contextmanager
def _run_folders(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as folder:
        yield Path(folder)


@dataclass(frozen=True)
class _Trying:
    options: argparse.Namespace
    root: Path
    folder: Path
    progress: Progress

    def try_all(self, tasks: Sequence[TaskFacts], trial: Trial) -> None:
        """Each task with `nop`, and with its solution as often as was asked for."""
        trial.nop |= self._with("nop", [task for task in tasks if task.checks or task.by_code], "nothing done")
        solved = [task for task in tasks if task.solution is not None]
        for time in range(1, self.options.times + 1):
            which = f"solutions, time {time} of {self.options.times}" if self.options.times > 1 else "solutions"
            for node_id, tried in self._with("oracle", solved, which).items():
                trial.solution.setdefault(node_id, []).append(tried)

    def _with(self, agent: str, tasks: Sequence[TaskFacts], what: str) -> dict[str, Tried]:
        """How tasks ended with an agent."""
        if not tasks:
            return {}
        self.progress.begin(f"trying: {what}", len(tasks))
        found: dict[str, Tried] = {}

        def take(line: Json) -> None:
            found[line["id"]] = Tried.from_json(line["result"], line["told"])
            self.progress.step()

        ended = ask([*self._arguments(agent, len(tasks)), *(_argument(task, self.root) for task in tasks)], take)
        if not found:
            raise Refused(f"pytest could not try the tasks with {agent}: {ended.words}")
        why = f"it ended before ({ended.words})" if ended.code in GIVEN_UP else "it was skipped"
        return {task.id: found.get(task.id) or Tried("error", f"pytest did not do it: {why}") for task in tasks}

    def _arguments(self, agent: str, count: int) -> list[str]:
        workers = min(self.options.workers, count)
        return [
            f"--agent={agent}",
            f"--agent-run-folders={self.folder}",
            f"--rootdir={self.root}",
            f"-n{workers if workers > 1 else 0}",
            *self.options.passed_on,
        ]


def _argument(task: TaskFacts, root: Path) -> str:
    """What selects it on pytest's command line, from the current folder."""
    file, colons, name = task.id.partition("::")
    return f"{os.path.relpath(root / file)}{colons}{name}"
