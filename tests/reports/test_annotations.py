"""Lines that GitHub shows in files."""

from __future__ import annotations

from pytest_agenttasks.reports.annotations import LONGEST, MOST, annotated
from pytest_agenttasks.results import CheckResult
from tests.reports.some import result
from tests.reports.told import entry, missing


def told(*entries: object) -> list[str]:
    return annotated(entries, lambda file: f"sub/{file}")  # type: ignore[arg-type]


def test_the_line_is_that_of_the_check_that_failed_else_of_the_task() -> None:
    checks = [CheckResult("files", "passed", "ok", 10), CheckResult("pytest", "failed", "1 failed", 12)]
    failed = entry(result("t", "failed", reason="pytest: 1 failed", checks=checks))
    error = entry(result("u", "error", reason="no model answered"))
    assert told(error, failed) == [
        "::error file=sub/tasks/code.yaml,line=12,title=failed%3A t::pytest: 1 failed",
        "::error file=sub/tasks/code.yaml,line=3,title=error%3A u::no model answered",
    ]


def test_what_passed_is_not_told_and_what_is_missing_is() -> None:
    assert told(entry(result())) == []
    assert told(missing()) == ["::error file=sub/tasks/code.yaml,line=7,title=missing%3A lost::did not run"]


def test_nothing_ends_the_line_or_begins_another_property() -> None:
    (line,) = told(entry(result("a,line=1::b\n::error::c", "failed", reason="100 %\r\n::error::x\udcff")))
    assert line == (
        "::error file=sub/tasks/code.yaml,line=3,title=failed%3A a%2Cline=1%3A%3Ab%0A%3A%3Aerror%3A%3Ac"
        "::100 %25%0D%0A::error::x\\udcff"
    )


def test_github_shows_ten() -> None:
    quota = [entry(result(str(n), "quota")) for n in range(20)]
    lines = told(*quota, entry(result("last", "failed", reason="x" * 9999)))
    assert len(lines) == MOST == 10
    assert "title=failed%3A last::" in lines[0], "those that need a person first"
    assert lines[0].endswith(f"::{'x' * LONGEST}")
