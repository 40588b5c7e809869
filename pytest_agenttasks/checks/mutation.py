"""The check `mutation`: tests that pass fail where a file has been changed for the worse."""

from __future__ import annotations

import json
import math
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import (
    EVIDENCE_LINES,
    Finding,
    Place,
    found,
    last_lines,
    missed,
    one_line,
    plural,
    some,
)
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.checks.pytest_run import Run, judge
from pytest_agenttasks.checks.scratch import read_records, scratch
from pytest_agenttasks.checks.session import Session
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.results import CommandResult, Json
from pytest_agenttasks.workspace import SUPERVISOR

if TYPE_CHECKING:
    from pytest_agenttasks.spec import MutationOptions

PROGRAMS = (
    "start.py", "launcher.py", "measured.py", "mutants.py", "mutant_kinds.py", "mutant_runs.py", "mutant_sessions.py",
    "mutant_forks.py",
)  # fmt: skip
"""What is copied into the sandbox; what is common to all runs ends them with `SUPERVISOR`."""

GRACE_SECONDS = 30.0
"""For the start and the end, beyond `seconds`, which the program in the sandbox keeps to by itself."""

OUTPUT_LIMIT = 30_000
"""Bytes of output of the unchanged code's tests, from its end."""

NAMED = 3
"""Survivors named in the first line of a message."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant and what became of it.

    Attributes:
        line: in the file.
        shown: the change in a few words.
        before, after: the line.
        covered: whether the tests run its statement at all; if not, none had to be run.
        killed: by a failing test, an error or the time limit.
        slow: by the time limit.
    """

    line: int
    shown: str
    before: str
    after: str
    covered: bool
    killed: bool
    slow: bool


@dataclass(slots=True)
class Record:
    """What `mutant_runs.py` noted. `clean` and `same` are how these runs ended, None if they did not take place."""

    clean: Json | None = None
    same: Json | None = None
    unreadable: str = ""
    chosen: int | None = None
    possible: int = 0
    mutants: list[Json] = field(default_factory=list)
    finished: bool = False

    @classmethod
    def of(cls, records: Iterable[Json]) -> Record:
        """Put it together. What is not of its form is passed over: the tests could write there."""
        record = cls()
        for one in records:
            match one:
                case {"kind": "clean", "exit_code": int() | None, "seconds": float()}:
                    record.clean = one
                case {"kind": "same", "exit_code": int() | None, "seconds": float()}:
                    record.same = one
                    record.mutants.clear()  # all are tried again where the first way broke off
                case {"kind": "unreadable", "reason": str(reason)}:
                    record.unreadable = reason
                case {"kind": "chosen", "count": int(count), "possible": int(possible)}:
                    record.chosen, record.possible = count, possible
                case {"kind": "mutant", "line": int(), "shown": str(), "before": str(), "after": str()}:
                    record.mutants.append(one)
                case {"kind": "finished"}:
                    record.finished = True
        return record


def mutation(options: MutationOptions, place: Place) -> Finding:
    """Run the tests on the file as it is, and then on mutants of it, each in a copy of the workspace.

    Tests that look at the text of the file would notice every mutant; a copy with nothing but a comment more tells.
    """
    there = regular(place, options.of)
    if len(there) != 1:
        return missed(nothing_matches(options.of, place))
    with scratch(*PROGRAMS) as folder:
        shutil.copy(SUPERVISOR, folder)
        return _Check(options, place, folder, place.name(there[0])).finding()


class _Check:
    def __init__(self, options: MutationOptions, place: Place, folder: Path, of: str) -> None:
        self._options, self._place, self._folder, self._of = options, place, folder, of
        # pytest-cov, asked for by a project's `addopts`, would only take time.
        self._arguments = [*shlex.split(options.args), *(["--no-cov"] if find_spec("pytest_cov") else [])]

    def finding(self) -> Finding:
        """Run, and say what came of it.

        Raises:
            CheckError: the runs could not be started, or there is nothing to change in a file of the task's own.
        """
        result = self._execute()
        record = Record.of(read_records(self._folder / "mutants"))
        tests = self._judged("clean", record.clean, result)
        if not tests.passed:
            return tests
        if record.unreadable:
            return missed(f"{self._of} cannot be changed: {record.unreadable}")
        if record.chosen == 0:
            return self._nothing_to_change()
        if record.same is not None and not self._judged("same", record.same, result).passed:
            return self._touchy(record.same, result)
        tried = [self._tried(number, one) for number, one in enumerate(record.mutants)]
        if not record.finished or record.chosen is None:
            return self._ended_early(len(tried), record.chosen, result)
        return self._verdict(tried, record, tests)

    def _execute(self) -> CommandResult:
        order = self._folder / "order"
        facts = {"of": self._of, "arguments": self._arguments}
        limits = {"mutants": self._options.mutants, "seconds": self._options.seconds}
        order.write_text(json.dumps({**facts, **limits}), "utf-8")
        argv = [sys.executable, "-P", str(self._folder / "start.py"), "mutant_runs", str(order)]
        seconds = self._options.seconds + GRACE_SECONDS
        return self._place.workspace.execute(argv, seconds=seconds, writable=[self._folder])

    def _judged(self, name: str, ended: Json | None, whole: CommandResult) -> Finding:
        """What the check `pytest` says of a run.

        Raises:
            CheckError: pytest did not start, or broke.
        """
        session = Session.of(read_records(self._folder / f"{name}.record"))
        if not session.began:
            said = one_line(" ".join(last_lines(whole.output, 1))) or f"exit code {whole.exit_code}"
            raise CheckError(f"pytest could not be started: {said}")
        if ended is None:  # all of it was ended while these tests ran
            result = CommandResult(whole.exit_code, self._output(name) or whole.output)
        else:
            result = CommandResult(ended["exit_code"], self._output(name))
        finding = judge(Run(self._arguments, self._options.seconds, session, result), self._place, min_passed=1)
        return Finding(finding.passed, self._display(finding.message))

    def _output(self, name: str) -> str:
        path = self._folder / f"{name}.out"
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - OUTPUT_LIMIT))
            return file.read(OUTPUT_LIMIT).decode("utf-8", errors="replace")

    def _display(self, text: str) -> str:
        """The copy is shown as the workspace that it is a copy of."""
        return text.replace(str(self._folder / "place" / "workspace"), "/workspace")

    def _tried(self, number: int, one: Json) -> Tried:
        covered = one.get("covered") is not False
        code = one.get("exit_code")
        slow = code is None or code in (128 + 9, 128 + 24)
        killed = covered and (slow or code != 0 or not self._passed(number))
        shown = (one["line"], one["shown"], one["before"], one["after"])
        return Tried(*shown, covered=covered, killed=killed, slow=killed and slow)

    def _passed(self, number: int) -> bool:
        session = Session.of(read_records(self._folder / f"mutant{number}.record"))
        try:
            return judge(Run([], 0, session, CommandResult(0, "")), self._place, min_passed=1).passed
        except CheckError:  # pytest broke on the mutant
            return False

    def _nothing_to_change(self) -> Finding:
        said = f"{self._of} holds nothing that a mutant could change"
        if self._of in self._place.workspace.changed():
            return missed(said)
        raise CheckError(f"{said}: name a file with conditions, calculations or calls in `of`")

    def _touchy(self, same: Json, result: CommandResult) -> Finding:
        because = self._judged("same", same, result).message.splitlines()
        return missed(
            f"the tests fail where {self._of} has nothing but a comment more at its end, so that they would fail on "
            "any mutant: they look at its text, or fail by chance",
            because,
        )

    def _ended_early(self, tried: int, chosen: int | None, result: CommandResult) -> Finding:
        tail = last_lines(result.output)
        if result.exceeded:
            how = f"used too much: {result.exceeded}"
        else:
            ends = f"did not end within {self._options.seconds:g} s; give more `seconds` or fewer `mutants`"
            how = f"ended with exit code {result.exit_code}" if result.exit_code is not None else ends
        return missed(f"after {tried} of {chosen or 'none'} the run of the mutants {how}", tail)

    def _verdict(self, tried: list[Tried], record: Record, tests: Finding) -> Finding:
        chosen, options = record.chosen or 0, self._options
        killed = [one for one in tried if one.killed]
        left = chosen - len(tried)
        if len(tried) < math.ceil(chosen / 2):
            once = f"one run of the tests takes {(record.same or record.clean or {'seconds': 0})['seconds']:.1f} s"
            return missed(
                f"too slow: only {len(tried)} of {plural(chosen, 'mutant')} of {self._of} were tried within "
                f"{options.seconds:g} s, {once}; give more `seconds` or fewer `mutants`"
            )
        share = f"{len(killed)} of {plural(len(tried), 'mutant')} of {self._of} killed ({_share(killed, tried)} %)"
        told = f"{share}, {options.min:g} % needed"
        if left:
            told += f"; {left} more not tried within {options.seconds:g} s"
        if chosen == options.mutants < record.possible:
            told += f"; a sample of the {record.possible} that are possible"
        if slow := sum(one.slow for one in tried):
            told += f"; {slow} by the time limit"
        if uncovered := sum(not one.covered for one in tried):
            told += f"; {uncovered} in code that no test runs"
        if 100 * len(killed) >= options.min * len(tried):
            return found(f"{told} ({tests.message})")
        survived = [one for one in tried if not one.killed]
        survived.sort(key=lambda one: one.line)
        return missed(f"{told}; survived: {some([self._named(one) for one in survived], NAMED)}", _changes(survived))

    def _named(self, one: Tried) -> str:
        return f"{self._of}:{one.line} {one.shown}" + ("" if one.covered else " (not covered)")


def _share(killed: list[Tried], tried: list[Tried]) -> str:
    """Per cent, rounded down: 79.96 is not yet 80."""
    return f"{1000 * len(killed) // len(tried) / 10:g}"


def _changes(survived: Sequence[Tried]) -> list[str]:
    """The lines of all that survived; where that is too long, what was changed in each line."""
    lines = [line for one in survived for line in (f"{one.line:4} - {one.before}", f"{'':4} + {one.after}")]
    return lines if len(lines) <= EVIDENCE_LINES else [f"{one.line:4} {one.shown}" for one in survived]
