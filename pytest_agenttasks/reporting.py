"""The controller's eyes: collects results from reports and shows them, on the terminal, in JUnit, on GitHub."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.outcomes import REPORT_FIELD

if TYPE_CHECKING:
    from pytest_agenttasks.controller import Controller
    from pytest_agenttasks.results import TaskResult

LOG_WIDTH = 120
"""Columns in a log, where pytest takes 80 because nobody tells it."""

RUN_FOLDER = ".agenttasks/runs/latest"


class Reporting:
    """Registered in the controller only.

    Attributes:
        results: by node id; a rerun replaces the attempt before.
    """

    def __init__(self, config: pytest.Config, controller: Controller) -> None:
        self.config = config
        self.results: dict[str, TaskResult] = {}
        self._controller = controller
        self._crashed: dict[str, TaskResult] = {}
        self._rerun: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Name the JUnit suite after the preset."""
        from pytest_agenttasks.junit import name_suite

        presets = self.config.getoption("model_preset")
        if presets:
            name_suite(self.config, "+".join(presets))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the result from a report."""
        result = result_on(report)
        if result is not None:
            earlier = self.results.get(report.nodeid)
            if earlier is not None:
                result.add_earlier(earlier)
            self.results[report.nodeid] = result
            if report.outcome == "rerun":  # type: ignore[comparison-overlap]
                self._rerun.add(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker that died leaves a task without a result: it is an error, and says so everywhere."""
        plan = self._controller.plans.get(crashitem)
        if plan is None:
            return
        from pytest_agenttasks.reports.properties import properties

        result = self._controller.result_of_crash(plan, str(report.longrepr))
        report.when = "setup"
        report.longrepr = f"{result.reason}\n{result.file}:{result.line}"
        report.user_properties = list(properties(result))
        setattr(report, REPORT_FIELD, json.dumps(result.to_json()))
        self._crashed[crashitem] = result

    @pytest.hookimpl(trylast=True, specname="pytest_runtest_logreport")
    def pytest_logreport_of_crashed(self, report: pytest.TestReport) -> None:
        """JUnit writes properties when it sees the teardown, which a crashed worker never sent."""
        result = self._crashed.pop(report.nodeid, None)
        if result is None:
            return
        from pytest_agenttasks.reports.properties import properties

        teardown = pytest.TestReport(
            report.nodeid, report.location, {}, "passed", None, "teardown", user_properties=properties(result)
        )
        if hasattr(report, "node"):
            teardown.node = report.node  # type: ignore[attr-defined]
        self.config.hook.pytest_runtest_logreport(report=teardown)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """With -v a finished task tells who answered, and a used-up quota until when."""
        result = result_on(report)
        if result is None or report.outcome == "rerun" or hasattr(report, "wasxfail"):
            return None
        from pytest_agenttasks.reports.status import status_of

        return status_of(result)

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show what happened."""
        from pytest_agenttasks.config import is_only_looking, run_id

        lost = [node_id for node_id in self._controller.plans if node_id not in self.results]
        if not self.results and (not lost or is_only_looking(self.config)):
            return
        from pytest_agenttasks.reports.terminal import summary

        results = list(self.results.values())
        brief = self.config.option.verbose < 0
        folder = f"{RUN_FOLDER}/ (run {run_id(self.config)})"
        terminalreporter.section("agent tasks")
        width = self.config.get_terminal_writer().fullwidth
        if not terminalreporter.isatty:
            width = max(width, LOG_WIDTH)
        for line in [*summary(results, width, folder, lost, brief=brief), *self._annotations()]:
            terminalreporter.write_line(line)

    def _annotations(self) -> list[str]:
        """Lines that GitHub Actions shows in the task files; none elsewhere."""
        if os.environ.get("GITHUB_ACTIONS") != "true":
            return []
        from pytest_agenttasks.reports.annotations import annotated
        from pytest_agenttasks.reports.collected import Entry

        found = [Entry(one.slug, one.slug, one.task, one.file, one.line, result=one) for one in self.results.values()]
        for node_id, plan in self._controller.plans.items():
            if node_id not in self.results:
                task = plan.task
                found.append(Entry(node_id, "", task.name, task.document.path, task.line))
        return annotated(found, self._in_repository)

    def _in_repository(self, file: str) -> str:
        """The path of a file from the root of the repository, as GitHub wants it in annotations."""
        path = self.config.rootpath / file
        workspace = os.environ.get("GITHUB_WORKSPACE")
        roots = [Path(workspace)] if workspace else []
        roots += [folder for folder in path.parents if (folder / ".git").exists()]
        root = next((one for one in roots if path.is_relative_to(one)), self.config.rootpath)
        return str(path.relative_to(root)) if path.is_relative_to(root) else file

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tidy the JUnit report before it is written; in GitHub Actions, append the summary of the run to the job's."""
        if self._rerun:
            from pytest_agenttasks.junit import drop_earlier_attempts

            drop_earlier_attempts(self.config, self._rerun)
        self._write_github_summary()

    def _write_github_summary(self) -> None:
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if not path or not self.results:
            return
        from pytest_agenttasks.reports.markdown import markdown

        presets = self.config.getoption("model_preset")
        title = "Agent tasks" + (f": {', '.join(presets)}" if presets else "")
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(markdown(list(self.results.values()), title))
        except OSError as error:
            self.config.issue_config_time_warning(
                pytest.PytestWarning(f"GITHUB_STEP_SUMMARY cannot be written: {error}"), stacklevel=2
            )


def result_on(report: Any) -> TaskResult | None:
    """The result that a report carries; None if it carries none."""
    text = getattr(report, REPORT_FIELD, None)
    if text is None:
        return None
    from pytest_agenttasks.results import TaskResult

    return TaskResult.from_json(json.loads(text))
