"""From a phase's report to the task's outcome: result.json, properties, and the text of a failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.earlier import taken_over_key
from pytest_agenttasks.exceptions import AgentTasksError, CheckFailed, SetAsideError
from pytest_agenttasks.fixtures import run_key
from pytest_agenttasks.items import TaskItem, failure_text
from pytest_agenttasks.offline import trespass_of

if TYPE_CHECKING:
    from pytest_agenttasks.results import TaskResult

REPORT_FIELD = "agenttasks"
"""Attribute of a report that carries the task's result from a worker to the controller, as JSON in ASCII."""

done_key = pytest.StashKey[bool]()


def forget(item: pytest.Item) -> None:
    """Drop what an earlier attempt of the same item left."""
    from pytest_agenttasks.reports.properties import PREFIX

    item.user_properties[:] = [pair for pair in item.user_properties if not pair[0].startswith(PREFIX)]
    if run_key in item.stash:
        del item.stash[run_key]
    if done_key in item.stash:
        del item.stash[done_key]
    if taken_over_key in item.stash:
        del item.stash[taken_over_key]


def settle(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """Finish a task if this phase decides it, and put its result on the report."""
    if call.when == "setup" and taken_over_key in item.stash:
        _settle_earlier(item, call, report)
        return
    if report.failed and done_key in item.stash:
        item.stash[run_key].spoil()
    if done_key in item.stash or not _decides(item, call, report):
        return
    error = trespass_of(item) or (call.excinfo.value if call.excinfo else None)
    if isinstance(error, AgentTasksError | CheckFailed):
        report.longrepr = failure_text(item, error)
    unexpected = str(report.longrepr) if report.failed and error is None else ""  # xfail(strict=True)
    result = _finish(item, error, unexpected, in_call=call.when == "call")
    if result is None:
        return
    if result.outcome in ("error", "quota"):
        report.when = "setup"  # infrastructure is an error in JUnit and on the terminal, never a failure
        if not report.failed:
            report.outcome, report.longrepr = "failed", report.longrepr or result.reason
            vars(report).pop("wasxfail", None)  # what a test expects to fail is not that no model can be reached
    item.stash[done_key] = True
    _put(item, report, result)


def _settle_earlier(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """What was taken over: a pass is skipped, and a failure is one of the checks, though nothing was set up."""
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, CheckFailed):
        report.when, report.longrepr = "call", failure_text(item, error)
    else:
        report.longrepr = (*_place(item), str(error or ""))
    _put(item, report, item.stash[taken_over_key])


def _put(item: pytest.Item, report: pytest.TestReport, result: TaskResult) -> None:
    from pytest_agenttasks.reports.properties import properties

    item.user_properties += properties(result)
    report.user_properties = list(item.user_properties)
    setattr(report, REPORT_FIELD, json.dumps(result.to_json()))


def _place(item: pytest.Item) -> tuple[str, int]:
    path, line, _ = item.reportinfo()
    return str(path), (line or 0) + 1


def hide_secrets(item: pytest.Item, report: pytest.TestReport) -> None:
    """Take secrets out of what a task's report tells: the failure, and what was printed and logged."""
    from pytest_agenttasks.config import settings_or_none

    settings = settings_or_none(item.config)
    if settings is not None:
        scrub_report(report, settings.secrets.scrub)


def scrub_report(report: pytest.TestReport, scrub: Callable[[str], str]) -> None:
    """The same, with what takes secrets out of a text."""
    told = str(report.longrepr) if report.failed else ""
    clean = scrub(told)
    if clean != told:
        report.longrepr = clean  # an exception of a fixture or an agent, with its source lines
    report.sections = [(name, scrub(text)) for name, text in report.sections]


def _decides(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> bool:
    if call.when == "teardown" or item.config.option.setuponly:
        return False
    if report.skipped:  # also where a test failed as it was expected to; with `run=False` it did not run
        return hasattr(report, "wasxfail") and not (call.when == "setup" and _is_xfail(call))
    return call.when == "call" or call.excinfo is not None


def _is_xfail(call: pytest.CallInfo[Any]) -> bool:
    return call.excinfo is not None and isinstance(call.excinfo.value, pytest.xfail.Exception)


def _finish(item: pytest.Item, error: BaseException | None, unexpected: str, *, in_call: bool) -> TaskResult | None:
    """The result of what ended with this error, or passed though that was not expected."""
    from pytest_agenttasks.results import Outcome
    from pytest_agenttasks.runner import verdict_on

    run = item.stash.get(run_key, None) or _run_that_never_began(item)
    if run is None:
        return None
    if error is None:
        return run.finish(Outcome.FAILED if unexpected else Outcome.PASSED, unexpected)
    if isinstance(error, SetAsideError):
        run.crashes = error.crashes
    outcome, reason, resets_at = verdict_on(error)
    if in_call and not isinstance(item, TaskItem) and not isinstance(error, AgentTasksError):
        outcome = Outcome.FAILED  # a Python test's own look at what the agent did
    return run.finish(outcome, reason, resets_at)


def _run_that_never_began(item: pytest.Item) -> Any:
    """For a task whose setup broke before its first fixture: everything about it is known but the work."""
    from pytest_agenttasks.config import settings_or_none
    from pytest_agenttasks.runner import TaskRun

    settings = settings_or_none(item.config)
    try:
        return TaskRun(item.task, settings) if isinstance(item, TaskItem) and settings else None
    except AgentTasksError:
        return None
