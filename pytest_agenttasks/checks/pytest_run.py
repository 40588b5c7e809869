"""The check `pytest`: the tests of the workspace really run, and pass."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, one_line, plural, some
from pytest_agenttasks.checks.scratch import read_records, scratch
from pytest_agenttasks.checks.session import Fault, Session
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.results import CommandResult

if TYPE_CHECKING:
    from pytest_agenttasks.spec import PytestOptions

USAGE_ERROR = 4
"""pytest's exit code for arguments, settings or a conftest.py that it cannot use."""


def pytest(options: PytestOptions, place: Place) -> Finding:
    """Run the tests and count what they did.

    The tests and the code under test run in the process that keeps the count. That a failing test is told as failed
    there is tried with one that must fail; hidden inputs keep an agent's own tests and conftest.py out of it.
    """
    with scratch("start.py", "launcher.py") as folder:
        run = run_tests(place, folder, shlex.split(options.args), options.seconds)
    return judge(run, place, options.min_passed, options)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of pytest: what was asked, what the record holds, how the process ended."""

    arguments: Sequence[str]
    seconds: float
    session: Session
    result: CommandResult


def run_tests(
    place: Place, folder: Path, arguments: Sequence[str], seconds: float, program: Sequence[str] = ("launcher",)
) -> Run:
    """Run pytest in the workspace, by a program and its own arguments, with the record in `folder`.

    Raises:
        CheckError: pytest did not start.
    """
    record = folder / "record"
    argv = [sys.executable, "-P", str(folder / "start.py"), *program, str(record), *arguments]
    result = place.workspace.execute(argv, seconds=seconds, writable=[folder])
    session = Session.of(read_records(record))
    if not session.began:
        said = one_line(" ".join(last_lines(result.output, 1))) or f"exit code {result.exit_code}"
        raise CheckError(f"pytest could not be started: {said}")
    return Run(arguments, seconds, session, result)


def judge(run: Run, place: Place, min_passed: int, options: PytestOptions | None = None) -> Finding:
    """What a run means, by what explains most.

    Args:
        run: of the tests.
        place: where it was made.
        min_passed: tests that must have passed.
        options: for which tests must be among them, and how many may be skipped; None: any.

    Raises:
        CheckError: pytest itself broke, or was asked for what it does not know.
    """
    _raise_if_not_theirs(run)
    fault = _fault(run) or _too_few(run.session, min_passed) or _bad_end(run.result)
    if fault is None and options is not None:
        fault = _wanting(run.session, options.tests) or _too_many_skipped(run.session, options.max_skipped)
    if fault is None:
        return found(run.session.counts())
    message, evidence = fault
    display = place.workspace.display
    return missed(display(message), [display(line) for line in evidence])


_Fault = tuple[str, list[str]]
"""A message and its evidence."""


def _raise_if_not_theirs(run: Run) -> None:
    internal = run.session.internal
    if internal and not run.session.theirs:
        raise CheckError(f"pytest itself broke: {internal}\n{internal.text}")
    unknown = "unrecognized arguments:"
    if run.result.exit_code == USAGE_ERROR and unknown in run.result.output:
        named = run.result.output.partition(unknown)[2].splitlines()[0].split()
        if {name for name in named if name.startswith("-")} & set(run.arguments):
            raise CheckError(f"pytest does not know the arguments {' '.join(named)}: correct `args`")


def _fault(run: Run) -> _Fault | None:
    """What went wrong while the session ran."""
    session, result = run.session, run.result
    tail = last_lines(result.output)
    if result.timed_out:
        at = f"{session.running} was running" if session.running else "no test had begun"
        return f"the tests did not end within {run.seconds:g} s: {at} ({session.counts()})", tail
    if session.internal:
        return f"pytest broke in code of the workspace: {session.internal}", last_lines(session.internal.text)
    if session.uncollected:
        count = plural(len(session.uncollected), "file")
        return _faults(f"{count} could not be collected", session.uncollected)
    if session.faults:
        return _faults(_headline(session), [*session.faults.values()])
    if result.exit_code == USAGE_ERROR and not session.collected:
        return _error_line(tail), tail
    if not session.finished:
        at = f"while {session.running} ran" if session.running else "before a test began"
        return f"pytest was ended from inside {at}, with exit code {result.exit_code}", tail
    if session.forged:
        changed = "a plugin, a conftest.py or the code under test changes them"
        return f"results of tests are not told as they are: {session.forged}; {changed}", tail
    return None


def _headline(session: Session) -> str:
    total = session.collected or len(session.states)
    left = total - len(session.states)
    return f"{len(session.faults)} of {plural(total, 'test')} failed" + (f", {left} did not run" if left else "")


def _faults(headline: str, faults: Sequence[Fault]) -> _Fault:
    first, *rest = faults
    also = [f"also: {fault}" for fault in rest[:5]]
    if len(rest) > 5:
        also.append(f"and {len(rest) - 5} more")
    return f"{headline}: {first}", [*also, *last_lines(first.text, 12)]


def _too_few(session: Session, needed: int) -> _Fault | None:
    """Whether all that was collected ran, and enough of it passed."""
    if not session.collected:
        return f"pytest collected no tests; {plural(needed, 'test')} must pass ({session.counts()})", []
    if len(session.states) < session.collected:
        ran = f"{len(session.states)} of {plural(session.collected, 'test')} ran"
        return f"the session was ended early: {ran} ({session.counts()})", []
    if session.count("passed") < needed:
        verb = "passes" if session.count("passed") == 1 else "pass"
        return f"{plural(session.count('passed'), 'test')} {verb}, {needed} needed ({session.counts()})", []
    return None


def _wanting(session: Session, wanted: Sequence[str]) -> _Fault | None:
    """The first named test that did not pass. A name stands for its parametrised tests, a file for all in it."""
    for name in wanted:
        meant = {where: state for where, state in session.states.items() if _stands_for(name, where)}
        if not meant:
            nearest = get_close_matches(name, session.states, n=3, cutoff=0.3) or [*session.states][:3]
            return f"no test {name} ran; there are: {some(nearest, 3)} ({session.counts()})", []
        other = [f"{where} {state}" for where, state in meant.items() if state != "passed"]
        if other:
            return f"{some(other, 3)}; {name} must pass", []
    return None


def _stands_for(name: str, where: str) -> bool:
    return where == name or where.startswith((f"{name}[", f"{name}::"))


def _too_many_skipped(session: Session, most: int | None) -> _Fault | None:
    skipped = session.count("skipped") + session.skipped_files
    if most is None or skipped <= most:
        return None
    return f"{plural(skipped, 'test')} skipped, at most {most} may be ({session.counts()})", []


def _bad_end(result: CommandResult) -> _Fault | None:
    if result.exit_code == 0:
        return None
    tail = last_lines(result.output)
    said = f": {tail[-1]}" if tail else ""
    return f"no test failed, but pytest ended with exit code {result.exit_code}{said}", tail


def _error_line(lines: Sequence[str]) -> str:
    """The line of pytest's output that says what is wrong."""
    for sign in ("ERROR: ", "error: ", "E  "):
        for line in lines:
            if sign in line:
                return line.partition(sign)[2].strip()
    return lines[-1] if lines else "without output"
