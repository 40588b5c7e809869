"""What it means how a task's checks came out on what `nop` leaves, and on what its solution leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_agenttasks.results import CheckResult, Json, TaskResult
from pytest_agenttasks.validation.facts import NEEDS, CheckFacts, TaskFacts
from pytest_agenttasks.validation.finding import Finding

EVIDENCE = 8
"""Lines of a message that are shown behind its first."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How one run of a task ended.

    Attributes:
        outcome: `passed`, `failed`, `error` or `quota`.
        reason: one line; empty where it passed.
        told: the whole of what pytest told of it.
        checks: what each found; none where the agent's work did not end well.
        changed: files that were added, changed or deleted.
        answered: whether there was an answer: of a solution, whether it printed anything.
        seconds: it took.
    """

    outcome: str
    reason: str = ""
    told: str = ""
    checks: tuple[CheckResult, ...] = ()
    changed: tuple[str, ...] = ()
    answered: bool = False
    seconds: float = 0.0

    @classmethod
    def from_json(cls, data: Json, told: str) -> Tried:
        """From a task's result, and what pytest told of it."""
        result = TaskResult.from_json(data)
        checks, changed, answered = tuple(result.checks), tuple(result.changed), bool(result.answer.strip())
        return cls(result.outcome.value, result.reason, told, checks, changed, answered, result.seconds)

    @property
    def stuck(self) -> bool:
        """Whether it did not come to its checks."""
        return self.outcome in ("error", "quota") and not self.checks

    @property
    def evidence(self) -> tuple[str, ...]:
        """What pytest told behind the reason and its place."""
        return _last(self.told.partition(self.reason)[2].splitlines()[2:])


def judge(task: TaskFacts, nop: Tried | None, solution: Sequence[Tried]) -> Iterator[Finding]:
    """Findings for a task.

    Args:
        task: what is known of it.
        nop: how it ended with the agent that does nothing; None if it was not tried.
        solution: likewise with its solution, once for each time.
    """
    judging = _Judging(task)
    if nop is not None and nop.stuck:
        yield judging.found("not-run", task.line, f"it could not be tried: {nop.reason}", nop.evidence)
        return
    if nop is not None:
        yield from judging.on_nothing(nop)
    yield from judging.on_solution(solution)


def paired(task: TaskFacts, run: Tried) -> list[tuple[CheckFacts, CheckResult]]:
    """What is known of each check, beside what it found. A fixture of the project may have changed the checks."""
    if len(run.checks) == len(task.checks):
        return list(zip(task.checks, run.checks, strict=True))
    known = {check.line: check for check in task.checks}
    return [
        (known.get(one.line or 0, CheckFacts(one.check, one.line or task.line, one.check)), one) for one in run.checks
    ]


@dataclass(frozen=True, slots=True)
class _Judging:
    task: TaskFacts

    def found(self, code: str, line: int | None, message: str, evidence: Sequence[str] = ()) -> Finding:
        return Finding(code, message, self.task.file, line or self.task.line, self.task.id, tuple(evidence))

    def on_nothing(self, nop: Tried) -> Iterator[Finding]:
        pairs = paired(self.task, nop)
        for check, result in pairs:
            if result.status == "passed" and not check.guard and not check.uncollected:
                yield self.found("idle-check", check.line, f"passes on nothing: {check.shown}")
            elif result.status == "failed" and check.declared:
                yield self.found(
                    "not-a-guard", check.line, f"is to guard what is there, and fails on it: {check.shown}"
                )
            elif result.status == "error" and check.name not in NEEDS:
                yield self._broken(check, result, "on what nop leaves")
        yield from self._passes(nop, pairs)

    def _passes(self, nop: Tried, pairs: list[tuple[CheckFacts, CheckResult]]) -> Iterator[Finding]:
        """Whether anything but the lack of an agent kept the task from passing."""
        open_ = [check for check, result in pairs if result.status != "passed"]
        if nop.outcome == "passed":
            yield self._idle([check for check, _ in pairs])
        elif not open_ or any(check.bites for check in open_):
            return  # a Python test that fails by its own asserts, or a check that needs no agent to fail
        elif self.task.by_code or any(check.asks for check in open_):
            yield self.found("only-untried", self.task.line, "no check that was tried fails on nothing")
        else:
            yield self._idle([check for check, _ in pairs], open_)

    def _idle(self, checks: Sequence[CheckFacts], bounds: Sequence[CheckFacts] = ()) -> Finding:
        """All checks pass on nothing, those that only set bounds as soon as there is an agent."""
        told = f"all of its checks ({len(checks)}) pass on nothing" if checks else "it passes on nothing"
        if bounds:
            told += f", {' and '.join(dict.fromkeys(f'`{one.name}`' for one in bounds))} as soon as there is an agent"
        if any(check.guard for check in checks):
            told += " (guards do not count)"
        return self.found("passes-on-nothing", self.task.line, f"{told}: an agent that does nothing is done")

    def on_solution(self, runs: Sequence[Tried]) -> Iterator[Finding]:
        if not runs:
            return
        stuck = [run for run in runs if run.stuck]
        whole = [run for run in runs if not run.stuck]
        if stuck:
            code = "flaky" if whole else "solution-fails"
            yield self.found(code, self.task.solution, _counted(stuck, runs, stuck[0].reason), stuck[0].evidence)
        if whole:
            yield from self._checked(whole)

    def _checked(self, runs: Sequence[Tried]) -> Iterator[Finding]:
        for results in zip(*(paired(self.task, run) for run in runs), strict=False):
            answered = any(run.answered for run in runs)
            yield from self._one_check(results[0][0], [result for _, result in results], answered=answered)
        if self.task.by_code:
            yield from self._asserted(runs)
        elif not any(run.changed for run in runs) and not any(check.name in NEEDS for check in self.task.checks):
            yield self.found("changes-nothing", self.task.solution, "its solution changes no file")

    def _asserted(self, runs: Sequence[Tried]) -> Iterator[Finding]:
        """A Python test's own asserts, where they and no check of the task failed."""
        bad = [run for run in runs if run.outcome != "passed" and all(one.status == "passed" for one in run.checks)]
        if bad:
            code = "solution-rejected" if len(bad) == len(runs) else "flaky"
            yield self.found(code, self.task.line, _counted(bad, runs, f"fails on the solution: {bad[0].reason}"))

    def _one_check(self, check: CheckFacts, results: Sequence[CheckResult], *, answered: bool) -> Iterator[Finding]:
        bad = [one for one in results if one.status != "passed"]
        if not bad:
            return
        message, *evidence = bad[0].message.splitlines() or [""]
        told = f"{check.shown}: {message}"
        if check.name in NEEDS and not (check.name == "answer" and answered):
            yield self.found(
                "not-tried", check.line, f"not tried on the solution: it needs {NEEDS[check.name]}: {told}"
            )
        elif len(bad) < len(results):
            yield self.found("flaky", check.line, _counted(bad, results, told), _last(evidence))
        elif bad[0].status == "error":
            yield self._broken(check, bad[0], "on what the solution leaves")
        else:
            yield self.found("solution-rejected", check.line, f"fails on the solution: {told}", _last(evidence))

    def _broken(self, check: CheckFacts, result: CheckResult, where: str) -> Finding:
        message, *evidence = result.message.splitlines() or [""]
        return self.found("check-broken", check.line, f"{check.shown}: {where}, {message}", _last(evidence))


def _counted(bad: Sequence[object], every: Sequence[object], told: str) -> str:
    return told if len(every) == 1 or len(bad) == len(every) else f"failed {len(bad)} of {len(every)} times: {told}"


def _last(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line.strip())[-EVIDENCE:]
