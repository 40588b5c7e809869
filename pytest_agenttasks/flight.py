"""`--agents-in-flight`: agents of coming tasks work in threads, while each task still has its turn as an item.

Only code of this package runs in threads. An item that brings code of the project (a test, a fixture, a hook, an agent
in Python) runs as ever, and alone: no agent is in flight meanwhile. So whatever such code prints, patches or waits for
is its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pytest_agenttasks.config import is_only_looking, settings_of, settings_or_none
from pytest_agenttasks.earlier import ended_before
from pytest_agenttasks.exceptions import AgentTasksError
from pytest_agenttasks.fixtures import ahead_key, run_key
from pytest_agenttasks.items import TaskItem, brought_along, own_time_limit
from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import number

if TYPE_CHECKING:
    from pytest_agenttasks.ahead import Flight, RunAhead
    from pytest_agenttasks.settings import Plan, Settings

Turn = Literal["ahead", "among others", "alone"]
"""When the agent of an item works: before its turn; in it, while others are in flight; in it, and nobody is."""

DECIDED_IN_TURN = ("skip", "skipif", "xfail", "forked")
"""Marks that decide in an item's turn whether, or in which process, it runs."""


class InFlight:
    """Registered where the option is given."""

    def __init__(self, config: pytest.Config, agents: int) -> None:
        self._config, self._agents = config, agents
        self._turns: dict[pytest.Item, Turn] = {}
        self._items: list[pytest.Item] = []
        self._places: dict[pytest.Item, int] = {}
        self._next = 0
        self._runs: dict[pytest.Item, RunAhead] = {}
        self._flight: Flight | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Decide whose agents work ahead, and say so, and why others do not."""
        option = self._config.option
        settings = settings_or_none(self._config)
        # What is forked has none of the threads.
        alone = option.usepdb or option.trace or self._config.getoption("forked", False)
        if settings is None or is_only_looking(self._config) or alone:
            return
        decided = dict(zip(session.items, _decided(session.items, settings), strict=True))
        self._turns = {item: turn for item, (turn, _) in decided.items()}
        self._items = list(session.items)
        self._places = {item: place for place, item in enumerate(self._items)}
        self._tell(Counter(why for turn, why in decided.values() if turn != "ahead"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        """Give up whoever is in flight when the run is over, for whatever reason."""
        try:
            return (yield)
        finally:
            if self._flight is not None:
                self._flight.end()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Let agents begin before an item's turn, and close what is its own behind it."""
        self._begin_until(item)
        try:
            return (yield)
        finally:
            self._close(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
        """The work ahead is part of the setup; where the setup did not come as far as that, it is given up."""
        report = yield
        run = self._runs.get(item)
        if call.when == "setup" and run is not None:
            if item.stash.get(run_key, None) is run:  # and this is no rerun
                report.duration += run.seconds_ahead
            elif ahead_key in item.stash:
                self._close(item)
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What was asked for tasks that had no turn: it is in no result, and was paid all the same."""
        runs = self._flight.in_vain if self._flight is not None else []
        if runs:
            terminalreporter.write_line(f"in flight when the run ended, and given up: {_spent(runs)}")

    def _begin_until(self, item: pytest.Item) -> None:
        self._next = max(self._next, self._places.get(item, 0))
        if self._turns.get(item, "alone") == "alone":
            return
        for coming in self._items[self._next :]:
            if self._turns[coming] == "alone" or self._is_full():
                return
            self._begin(coming)
            self._next += 1

    def _begin(self, item: pytest.Item) -> None:
        if self._turns[item] != "ahead":
            return
        from pytest_agenttasks.ahead import RunAhead

        assert isinstance(item, TaskItem)
        run = self._runs[item] = RunAhead(item.task, settings_of(self._config))
        item.stash[ahead_key] = run
        self._started().begin(run)

    def _is_full(self) -> bool:
        return self._flight is not None and self._flight.full

    def _started(self) -> Flight:
        if self._flight is None:
            from pytest_agenttasks.ahead import OPEN, Flight

            # Where the run may end at any failure, no more is begun than needs be.
            ends = bool(self._config.option.maxfail or self._config.getoption("stepwise", False))
            self._flight = Flight(self._agents, most_open=self._agents * (1 if ends else OPEN))
        return self._flight

    def _close(self, item: pytest.Item) -> None:
        run = self._runs.pop(item, None)
        if run is not None and self._flight is not None:
            self._flight.close(run)
        if ahead_key in item.stash:
            del item.stash[ahead_key]

    def _tell(self, others: Counter[str]) -> None:
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        ahead = len(self._turns) - others.total()
        if reporter is None or self._config.option.verbose < 0 or not self._turns:
            return
        why = ", ".join(f"{count} {why}" for why, count in others.most_common())
        reporter.write_line(
            f"in flight: up to {self._agents} agents at once, for {ahead} of {len(self._turns)}"
            + (f"; in their turn: {why}" if why else "")
        )


def _decided(items: Sequence[pytest.Item], settings: Settings) -> Iterator[tuple[Turn, str]]:
    """For each item when its agent works, and why not ahead."""
    folders: set[str] = set()
    return (_turn_of(item, settings, folders) for item in items)


def _turn_of(item: pytest.Item, settings: Settings, folders: set[str]) -> tuple[Turn, str]:
    if not isinstance(item, TaskItem):
        return "alone", "tests of Python files"
    brought = brought_along(item)
    if brought is not None:
        return "alone", f"with {brought}"
    plan = _planned(item, settings)
    if plan is None:
        return "among others", "in error"
    from pytest_agenttasks.agents import PythonAgent

    if isinstance(plan.agent, PythonAgent):
        return "alone", f"with the agent {plan.agent.name}, which is Python code"
    if plan.action == "replay":
        return "alone", "replayed"  # and offline: threads that begin meanwhile would be, too
    if not plan.live:
        return "among others", "that ask no model"
    why = next((why for holds, why in _REASONS if holds(item)), None)
    if why is not None:
        return "among others", why
    slug = plan.slug(settings.root)
    if slug in folders:
        return "among others", "selected twice"
    folders.add(slug)
    return "ahead", ""


_REASONS: tuple[tuple[Callable[[TaskItem], bool], str], ...] = (
    (lambda item: any(item.get_closest_marker(name) for name in DECIDED_IN_TURN), "marked skip, xfail or forked"),
    (own_time_limit, "with a time limit of pytest-timeout"),
    (ended_before, "that ended in earlier runs"),
)


def _spent(runs: Sequence[RunAhead]) -> str:
    sessions = [run.session for run in runs if run.session is not None]
    costs = [session.cost_usd for session in sessions]
    known = f"${cost(sum(one or 0.0 for one in costs))}"
    spent = f"{known} and what nobody knows" if None in costs else known
    calls, tokens = sum(len(one.calls) for one in sessions), sum(one.tokens for one in sessions)
    return f"{number(len(runs), 'task')}, with {number(calls, 'call')}, {tokens:,} tokens, {spent} spent"


def _planned(item: TaskItem, settings: Settings) -> Plan | None:
    from pytest_agenttasks.settings import plan_task

    try:
        return plan_task(item.task, settings)
    except AgentTasksError:
        return None  # its own fixtures tell
