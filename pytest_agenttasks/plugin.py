"""The pytest plugin: options, ini settings, which files are task files, and who does what in which process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.fixtures import (
    agent_cassette,
    agent_models,
    agent_normalise,
    agent_run,
    agent_task,
    agent_workspace,
)
from pytest_agenttasks.ini import CASSETTES, ISOLATION, ON_QUOTA, add_settings, check_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_agenttasks.items import TaskFile

__all__ = ["agent_cassette", "agent_models", "agent_normalise", "agent_run", "agent_task", "agent_workspace"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options are few; what a project settles once is ini."""
    group = parser.getgroup("agenttasks", "agent tasks")
    add = group.addoption
    add("--model-preset", action="append", metavar="NAME",
        help="first model to ask: a preset of models.yaml or a full litellm id; the chain follows as fallbacks. "
        "Given twice: every task once with each, without rotation.")  # fmt: skip
    add("--model-fallbacks", metavar="A,B", help="models that follow the first one, instead of the chain's.")
    add("--no-model-rotation", action="store_true", help="ask the first model only.")
    add(
        "--agent",
        metavar="NAME",
        help="agent for all tasks: loop, openhands, oracle, nop, a program known by name, one that is registered, "
        "or package.module:function.",
    )
    add("--agent-cassettes", choices=CASSETTES,
        help="replay (default): never ask a model; record: ask, and record anew; auto: replay where there is a "
        "cassette, else record (in CI: replay); live: ask, and leave cassettes alone.")  # fmt: skip
    add("--agent-drift", choices=("report", "strict"), default="report",
        help="a replay in which only a tool's output differs: report (default) it, or strict: an error.")  # fmt: skip
    add("--agent-isolation", choices=ISOLATION,
        help="where commands run: auto (default) takes bubblewrap where it works and refuses live work without; "
        "none must be asked for.")  # fmt: skip
    add("--agent-budget", action="append", metavar="AMOUNT",
        help="what the whole run may spend: US dollars (5.00 or 5usd) or tokens (300000tokens); may be given once of "
        "each. When it is spent, the tasks that are left end as errors.")  # fmt: skip
    add("--agent-on-quota", choices=ON_QUOTA,
        help="when a daily quota is used up: end (default) the task as quota, or wait until it is refilled, if that is "
        "before the run's time ends.")  # fmt: skip
    add("--agent-resume", action="store_true",
        help="take over what passed in earlier runs and would be the same work today, and trials that failed; do all "
        "the rest.")  # fmt: skip
    add("--agent-repeat", metavar="N",
        help="make N independent trials of every task of a task file, as items of their own, id[trial1] to id[trialN], "
        "whatever its `repeat` says; with 1 the item is called id.")  # fmt: skip
    add("--agents-in-flight", metavar="N",
        help="live work without xdist: up to N agents at once in this process, ahead of their tasks' turns; each is "
        "checked in its turn.")  # fmt: skip
    add("--agent-gateway", metavar="URL",
        help="ask the gateway at URL (its token in AGENTTASKS_GATEWAY_TOKEN) instead of starting one.")  # fmt: skip
    add_settings(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks of hookspecs.py known."""
    from pytest_agenttasks import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the project's agents and, in the controller, what only the controller does.

    Raises:
        UsageError: an ini value is wrong, or what was registered as an agent.
    """
    from pytest_agenttasks.config import begin_run, handed, is_controller, names_hosts, register_agents

    register_agents(config)

    config.addinivalue_line("markers", "agent_task(prompt, ...): the task of a Python test that uses agent fixtures")
    if not is_controller(config):
        if handed(config).get("away"):
            from pytest_agenttasks.away import join

            join(config)
        return
    check_values(config)
    from pytest_agenttasks.controller import Controller
    from pytest_agenttasks.ini import in_flight
    from pytest_agenttasks.live import Live
    from pytest_agenttasks.reporting import Reporting

    begin_run(config)
    controller = Controller(config)
    config.pluginmanager.register(controller, "agenttasks-controller")
    config.pluginmanager.register(Reporting(config, controller), "agenttasks-reporting")
    config.pluginmanager.register(Live(config, controller), "agenttasks-live")
    if names_hosts(config):
        from pytest_agenttasks.hosting import Hosting

        config.pluginmanager.register(Hosting(config, controller), "agenttasks-hosting")
    controller.prepare_gateway()
    if agents := in_flight(config):
        from pytest_agenttasks.flight import InFlight

        config.pluginmanager.register(InFlight(config, agents), "agenttasks-in-flight")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """A task that is named without trial or preset is all of its trials, on all presets."""
    from pytest_agenttasks.collection import in_full

    session.config.args[:] = in_full(session.config.args, session.config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Below the task folders: names that start with `_` or `.`, and workspace folders, are not entered."""
    from pytest_agenttasks.collection import is_left_alone

    return True if is_left_alone(collection_path, config) else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TaskFile | None:
    """A task file lies in a task folder, ends in `.task.yaml`, or was named on the command line."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    from pytest_agenttasks.collection import is_task_file
    from pytest_agenttasks.items import TaskFile

    if not is_task_file(file_path, parent.session):
        return None
    file: TaskFile = TaskFile.from_parent(parent, path=file_path)
    return file


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tasks start in an order of their own; other tests keep their places. Replayed ones are offline."""
    from pytest_agenttasks.collection import in_order_of_start
    from pytest_agenttasks.config import is_split
    from pytest_agenttasks.offline import hold_tasks_offline

    if not is_split(config):
        in_order_of_start(config, items)
    hold_tasks_offline(config, items)


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def pytest_modifyitems_before_split(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What pytest-split takes its group from: it has registered itself later, and so comes next."""
    from pytest_agenttasks.config import is_split

    if is_split(config):
        from pytest_agenttasks.sharding import before_split

        before_split(config, items)


@pytest.hookimpl(specname="pytest_collection_modifyitems", wrapper=True, trylast=True)
def pytest_modifyitems_after_split(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Only what the group has is put into an order of start, in which earlier runs on this machine have a say."""
    yield
    from pytest_agenttasks.config import is_split

    if is_split(config):
        from pytest_agenttasks.collection import in_order_of_start
        from pytest_agenttasks.sharding import after_split

        after_split(config, items)
        in_order_of_start(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of a split run tells the controller what other jobs do."""
    from pytest_agenttasks.config import is_controller, is_split

    if is_split(session.config) and not is_controller(session.config):
        from pytest_agenttasks.sharding import hand_over

        hand_over(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """What was selected is known: how xdist will deal it, which workspaces several tasks begin with, and what code."""
    from pytest_agenttasks.collection import deal, expect_workspaces
    from pytest_agenttasks.earlier import remember_code

    deal(session.config, session.items)
    expect_workspaces(session.config, session.items)
    remember_code(session.items)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of the run is left in folders for temporary files."""
    from pytest_agenttasks.config import give_up_shared

    give_up_shared(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A rerun begins with nothing of the attempt before; what ended in an earlier run is taken over."""
    from pytest_agenttasks.items import is_agent_item

    if not is_agent_item(item):
        return
    from pytest_agenttasks.earlier import look_back
    from pytest_agenttasks.outcomes import forget

    forget(item)
    look_back(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Turn how a phase ended into the task's outcome, result.json and properties."""
    report = yield
    from pytest_agenttasks.items import is_agent_item

    if is_agent_item(item):
        from pytest_agenttasks.outcomes import hide_secrets, settle

        settle(item, call, report)
        hide_secrets(item, report)
    return report
