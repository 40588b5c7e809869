"""Keeps run.json in the controller: when the run begins, when its tasks are known, and when it ends."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from pytest_agenttasks import __version__
from pytest_agenttasks.config import asked_of, base_folder, began_key, group_of, run_id
from pytest_agenttasks.ini import in_flight
from pytest_agenttasks.processes import name_of

if TYPE_CHECKING:
    from pytest_agenttasks.runs import Planned, RunFacts, RunFolder
    from pytest_agenttasks.settings import Plan, Settings


class Bookkeeping:
    """The run's own file. A run that is found without an end in it was killed.

    Attributes:
        refused: whether the run was refused, though its tasks may be known.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.refused = False
        self._config = config
        self._facts: RunFacts | None = None

    def begin(self) -> RunFolder:
        """Make the run folder, if that was not done yet, with a run.json that knows of no tasks.

        Raises:
            UsageError: the disk is full or read-only.
        """
        from pytest_agenttasks.runs import RunFacts, RunFolder

        run = RunFolder(base_folder(self._config), run_id(self._config))
        try:
            run.create()
        except OSError as error:
            raise pytest.UsageError(f"the run folder {run.path} cannot be made: {error.strerror}") from None
        if self._facts is None:
            group, splits = group_of(self._config)
            self._facts = RunFacts(
                run.path.name,
                self._config.stash[began_key],
                name_of(),
                platform.node(),
                group=group,
                splits=splits,
                asked=asked_of(self._config),
            )
            self._save(run, self._facts)
        return run

    def plan(self, plans: Mapping[str, Plan], settings: Settings, elsewhere: list[Planned] | None) -> None:
        """Write down what is to be done; from now on it is the latest run.

        Args:
            plans: by node id.
            settings: of the run.
            elsewhere: what other jobs do, where pytest-split has split the tasks and that is known yet.

        Raises:
            UsageError: the disk is full or read-only.
        """
        from pytest_agenttasks.hosts import number_of

        run = self.begin()
        assert self._facts is not None
        facts, arguments = self._facts, self._config.invocation_params.args
        facts.arguments = [settings.secrets.scrub(str(one)) for one in arguments]
        facts.plugin, facts.python, facts.mode = __version__, platform.python_version(), settings.mode
        facts.workers = number_of(self._config.getoption("tx", None) or ()) or in_flight(self._config) or 0
        facts.tasks = [planned(node_id, plan, settings) for node_id, plan in plans.items()]
        facts.elsewhere = elsewhere
        self._save(run, facts)
        run.make_latest()

    def leave(self, elsewhere: list[Planned]) -> None:
        """Take in what other jobs do; it is written with the end."""
        if self._facts is not None and self._facts.splits:
            self._facts.elsewhere = elsewhere

    def end(self, exit_code: int) -> None:
        """Write down that it is over.

        Raises:
            UsageError: the disk is full or read-only.
        """
        if self._facts is not None:
            self._facts.ended, self._facts.exit_code = time.time(), exit_code
            self._save(self.begin(), self._facts)

    def forget_if_refused(self) -> None:
        """Leave no folder of a run that was refused before it did a task: reports would show it as an empty run."""
        facts = self._facts
        if facts is None:
            return
        if self.refused or (not facts.tasks and facts.exit_code == pytest.ExitCode.USAGE_ERROR):
            from pytest_agenttasks.runs import LATEST, RunFolder, runs_in

            base = base_folder(self._config)
            shutil.rmtree(base / "runs" / facts.id, ignore_errors=True)
            if not facts.tasks:
                return
            if others := runs_in(base):
                RunFolder(base, others[-1].name).make_latest()
            else:
                (base / "runs" / LATEST).unlink(missing_ok=True)

    def _save(self, run: RunFolder, facts: RunFacts) -> None:
        try:
            facts.write(run.path)
        except OSError as error:
            raise pytest.UsageError(f"the run folder {run.path} cannot be written: {error.strerror}") from None


def planned(node_id: str, plan: Plan, settings: Settings) -> Planned:
    """What is written down of a task before it is done."""
    from pytest_agenttasks.runs import Planned

    task, spec = plan.task, plan.task.spec
    return Planned(
        node_id,
        plan.slug(settings.root),
        task.name,
        task.document.path,
        task.line,
        spec.title,
        spec.category,
        spec.priority,
        plan.agent.name,
        plan.requested,
        plan.action,
    )
