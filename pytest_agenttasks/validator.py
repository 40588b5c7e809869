"""What `agenttasks validate` asks of pytest: `pytest -p pytest_agenttasks.inventory -p pytest_agenttasks.validator`.

Tasks are found, and tried, as a run does it: with the project's conftests, fixtures, ini settings and plugins, in its
sandbox, and by xdist's workers. So the command starts pytest, and this plugin writes lines of JSON to the file
descriptor that the option names: with `--collect-only` what is known of each task, else how each one ended.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.inventory import is_task, task_of
from pytest_agenttasks.reporting import result_on

if TYPE_CHECKING:
    from pytest_agenttasks.results import Json
    from pytest_agenttasks.spec import Task
    from pytest_agenttasks.validation import Finding


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command."""
    add = parser.getgroup("agenttasks").addoption
    add("--agent-validator", metavar="FD", type=int, help="write what there is to this file descriptor.")
    add("--agent-run-folders", metavar="FOLDER", help="keep run folders in FOLDER instead of the project.")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to write, in the process that the command started."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Validator(config), "agenttasks-validator")


_MISTAKE = re.compile(r"(.+?\.ya?ml):(\d+):\d+: (.+)")
"""`tasks/bad.yaml:3:5: unknown key …`"""


class Validator:
    """Tells the command about one run of pytest."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        descriptor = config.getoption("agent_validator")
        os.set_inheritable(descriptor, False)
        self._out: TextIO = os.fdopen(descriptor, "w", encoding="ascii")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What was collected."""
        if not self._config.option.collectonly:
            return
        from pytest_agenttasks.validation import facts_of, lint

        self._tell({"root": str(self._config.rootpath)})
        tasks = dict(_tasks(session))
        for node_id, task in tasks.items():
            self._tell({"task": asdict(facts_of(task, node_id))})
        for finding in lint(tasks.items()):
            self._tell({"finding": asdict(finding)})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Files that could not be read."""
        if report.failed and self._config.option.collectonly:
            for finding in _mistakes(report):
                self._tell({"finding": asdict(finding)})

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How a task ended."""
        result = result_on(report)
        if result is not None:
            self._tell({"id": report.nodeid, "result": result.to_json(), "told": report.longreprtext})

    def pytest_unconfigure(self) -> None:
        """Nothing more is told."""
        self._out.close()

    def _tell(self, line: Json) -> None:
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()


def _mistakes(report: pytest.CollectReport) -> Iterator[Finding]:
    """What is wrong with a file: each mistake of a task file at its place, of other files what was raised."""
    from pytest_agenttasks.validation import Finding

    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    placed = [match for line in lines if (match := _MISTAKE.fullmatch(line))]
    for match in placed:
        yield Finding("unreadable", match[3], match[1], int(match[2]))
    if not placed:
        raised = [line[1:].strip() for line in lines if line.startswith("E ")]
        yield Finding("unreadable", next(iter([*raised[-1:], *lines]), "it cannot be read"), report.nodeid, 1)


def _tasks(session: pytest.Session) -> Iterator[tuple[str, Task]]:
    """The selected ones by node id, each once: of trials and of presets to compare the first."""
    seen: set[tuple[Path, str]] = set()
    for item in filter(is_task, getattr(session, "items", [])):
        try:
            task = task_of(item)
        except (AgentTasksError, pytest.UsageError):
            continue  # a Python test that describes none well, which tells so when it runs
        if (task.path, task.unit) not in seen:
            seen.add((task.path, task.unit))
            yield item.nodeid, task
