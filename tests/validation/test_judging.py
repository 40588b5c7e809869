"""What it means how checks came out: each case by hand."""

from __future__ import annotations

from typing import Literal

from pytest_agenttasks.results import CheckResult
from pytest_agenttasks.validation import CheckFacts, Finding, TaskFacts, Tried, judge

Status = Literal["passed", "failed", "error"]


def task(*names: str, guards: tuple[str, ...] = (), bounds: tuple[str, ...] = (), file: str = "t.yaml") -> TaskFacts:
    """A task whose checks stand in lines 10, 11, …; `guards` are declared ones, `bounds` ask for nothing."""
    checks = [
        CheckFacts(
            name,
            line,
            f"{name}: x",
            name in guards or name in ("diff", "trajectory"),
            name in guards,
            name not in bounds,
        )
        for line, name in enumerate(names, 10)
    ]
    return TaskFacts(f"{file}::one", file, 3, tuple(checks), 20)


def came_out(
    facts: TaskFacts, *statuses: Status, changed: tuple[str, ...] = ("a.py",), answered: bool = False
) -> Tried:
    checks = [
        CheckResult(check.name, status, f"{status} it\nbecause", check.line)
        for check, status in zip(facts.checks, statuses, strict=True)
    ]
    outcome = "failed" if "failed" in statuses else "error" if "error" in statuses else "passed"
    return Tried(outcome, "", "", tuple(checks), changed, answered)


def found(facts: TaskFacts, nop: Tried | None, *solution: Tried) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in judge(facts, nop, solution)]


def on_nothing(facts: TaskFacts, *statuses: Status) -> list[tuple[str, int]]:
    return found(facts, came_out(facts, *statuses, changed=()))


def on_solution(facts: TaskFacts, *statuses: Status) -> list[Finding]:
    return list(judge(facts, None, [came_out(facts, *statuses)]))


def test_a_task_that_bites_and_can_be_done() -> None:
    facts = task("diff", "pytest")
    assert found(facts, came_out(facts, "passed", "failed"), came_out(facts, "passed", "passed")) == []


def test_a_check_that_passes_on_nothing_is_named_unless_it_is_a_guard() -> None:
    assert on_nothing(task("diff", "files", "pytest"), "passed", "passed", "failed") == [("idle-check", 11)]
    assert on_nothing(task("diff", "files", "pytest", guards=("files",)), "passed", "passed", "failed") == []


def test_guards_alone_pass_on_nothing() -> None:
    assert on_nothing(task("diff", "pytest", guards=("pytest",)), "passed", "passed") == [("passes-on-nothing", 3)]


def test_a_check_that_fails_for_want_of_an_agent_does_not_bite() -> None:
    """`trajectory` fails where no model was asked, `answer` where nothing was said: any agent passes these."""
    steps = task("files", "trajectory", guards=("files",), bounds=("trajectory",))
    (finding,) = judge(steps, came_out(steps, "passed", "failed"), [])
    assert (finding.code, finding.level) == ("passes-on-nothing", "problem")
    assert "`trajectory` as soon as there is an agent (guards do not count)" in finding.message
    lacks = task("files", "answer", guards=("files",), bounds=("answer",))
    assert on_nothing(lacks, "passed", "failed") == [("passes-on-nothing", 3)]
    assert on_nothing(task("answer", bounds=("answer",)), "failed") == [("passes-on-nothing", 3)]
    assert on_nothing(task("trajectory", "diff"), "failed", "passed") == [("only-untried", 3)], "it asks for a tool"
    assert on_nothing(task("judge", "answer", bounds=("answer",)), "error", "failed") == [("only-untried", 3)]
    assert on_nothing(task("trajectory", "files", bounds=("trajectory",)), "failed", "failed") == []


def test_an_answer_that_the_solution_printed_was_tried() -> None:
    facts = task("answer")
    (finding,) = judge(facts, None, [came_out(facts, "failed", answered=True)])
    assert (finding.code, finding.level) == ("solution-rejected", "problem")


def test_a_guard_that_fails_on_what_is_there_is_none() -> None:
    assert on_nothing(task("files", guards=("files",)), "failed") == [("not-a-guard", 10)]
    assert on_nothing(task("diff", "files"), "failed", "failed") == [], "a bound by nature may fail"


def test_a_check_that_cannot_be_run_is_broken_wherever() -> None:
    assert on_nothing(task("call", "files"), "error", "failed") == [("check-broken", 10)]
    (finding,) = on_solution(task("call", "files"), "error", "passed")
    assert (finding.code, finding.line, finding.evidence) == ("check-broken", 10, ("because",))


def test_a_judge_cannot_be_tried_and_so_counts_neither_way() -> None:
    assert on_nothing(task("judge", "files"), "error", "failed") == []
    assert on_nothing(task("judge", "diff"), "error", "passed") == [("only-untried", 3)]
    assert [one.code for one in on_solution(task("judge", "files"), "error", "passed")] == ["not-tried"]


def test_an_answer_must_fail_on_none_and_may_be_missing_from_a_solution() -> None:
    assert on_nothing(task("answer"), "passed") == [("idle-check", 10), ("passes-on-nothing", 3)]
    assert on_nothing(task("answer", "trajectory"), "failed", "passed") == []
    (finding,) = on_solution(task("answer"), "failed")
    assert (finding.code, finding.level) == ("not-tried", "note")
    assert "what the solution prints" in finding.message


def test_a_check_that_rejects_the_solution_says_why() -> None:
    (finding,) = on_solution(task("files", "pytest"), "passed", "failed")
    assert (finding.code, finding.line, finding.evidence) == ("solution-rejected", 11, ("because",))
    assert finding.message == "fails on the solution: pytest: x: failed it"


def test_a_solution_that_fails_or_changes_nothing() -> None:
    reason = "the task's solution ended with exit code 3"
    facts, ended = task("files"), Tried("error", reason, f"[gw0] linux\n{reason}\nt.yaml:3\n\nno such file")
    (finding,) = judge(facts, came_out(facts, "failed"), [ended])
    assert (finding.code, finding.line, finding.message) == ("solution-fails", 20, reason)
    assert finding.evidence == ("no such file",)
    idle = came_out(facts, "passed", changed=())
    assert found(facts, None, idle) == [("changes-nothing", 20)]
    answering = task("answer")
    assert found(answering, None, came_out(answering, "passed", changed=())) == []


def test_a_task_that_could_not_be_tried_is_told_once() -> None:
    facts, stuck = task("files"), Tried("error", "the workspace could not be built")
    assert found(facts, stuck, stuck) == [("not-run", 3)]


def test_what_differs_from_time_to_time_is_flaky() -> None:
    facts = task("files", "pytest")
    good, bad = came_out(facts, "passed", "passed"), came_out(facts, "passed", "failed")
    (finding,) = judge(facts, None, [good, bad, good])
    assert (finding.code, finding.line) == ("flaky", 11)
    assert finding.message.startswith("failed 1 of 3 times: ")
    assert found(facts, None, bad, bad) == [("solution-rejected", 11)]
    assert found(facts, None, good, Tried("error", "the task's solution ran out of time")) == [("flaky", 20)]


def test_a_python_test_is_judged_by_its_asserts_too() -> None:
    facts = TaskFacts("test_it.py::test_it", "test_it.py", 5, (), 5)
    assert found(facts, Tried("passed"), Tried("passed")) == [("passes-on-nothing", 5)]
    assert found(facts, Tried("failed", "assert 1 == 2"), Tried("passed")) == []
    assert found(facts, Tried("failed", "no"), Tried("failed", "assert 1 == 2")) == [("solution-rejected", 5)]


def test_checks_that_a_fixture_changed_are_told_by_what_they_found() -> None:
    facts = task("files")
    other = Tried("passed", "", "", (CheckResult("command", "passed", "", 40), CheckResult("files", "passed", "", 10)))
    assert found(facts, other) == [("idle-check", 40), ("idle-check", 10), ("passes-on-nothing", 3)]
