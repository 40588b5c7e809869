"""The pytest plugin: options, ini settings, which files are task files, and who does what in which process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.fixtures import agent_cassette, agent_models, agent_run, agent_task, agent_workspace

if TYPE_CHECKING:
    from pytest_agenttasks.items import TaskFile

__all__ = ["agent_cassette", "agent_models", "agent_run", "agent_task", "agent_workspace"]

MODES = ("replay", "record", "auto", "live")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options are few; what a project settles once is ini."""
    group = parser.getgroup("agenttasks", "agent tasks")
    add = group.addoption
    add("--model-preset", action="append", metavar="NAME",
        help="first model to ask: a preset of models.yaml or a full litellm id; the chain follows as fallbacks. "
        "Given twice: every task once with each, without rotation.")  # fmt: skip
    add("--model-fallbacks", metavar="A,B", help="models that follow the first one, instead of the chain's.")
    add("--no-model-rotation", action="store_true", help="ask the first model only.")
    add("--agent", metavar="NAME", help="agent for all tasks: loop, oracle, nop, or package.module:function.")
    add("--agent-cassettes", choices=MODES,
        help="replay (default): never ask a model; record: ask, and record anew; auto: replay where there is a "
        "cassette, else record (in CI: replay); live: ask, and leave cassettes alone.")  # fmt: skip
    add("--agent-drift", choices=("report", "strict"), default="report",
        help="a replay in which only a tool's output differs: report (default) it, or strict: an error.")  # fmt: skip
    add("--agent-isolation", choices=("auto", "bubblewrap", "none"),
        help="where commands run: auto (default) takes bubblewrap where it works and refuses live work without; "
        "none must be asked for.")  # fmt: skip
    add("--agent-gateway", metavar="URL",
        help="ask the gateway at URL (its token in AGENTTASKS_GATEWAY_TOKEN) instead of starting one.")  # fmt: skip
    _add_ini(parser)


def _add_ini(parser: pytest.Parser) -> None:
    ini = parser.addini
    ini(
        "agenttasks_paths",
        "folders, in the root or where pytest is started, whose YAML files are task files",
        type="args",
        default=["tasks"],
    )
    ini(
        "agenttasks_models",
        "models file of the project (default: models.yaml in the root, if there)",
        default="",
    )
    ini("agenttasks_cassettes", "default of --agent-cassettes", default="replay")
    ini("agenttasks_cassette_dir", "folder of the cassettes", default="cassettes")
    ini("agenttasks_isolation", "default of --agent-isolation", default="auto")
    ini("agenttasks_max_wait", "seconds that one call waits for limits before the task ends", default="120")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, in the controller, what only the controller does.

    Raises:
        UsageError: an ini value is wrong.
    """
    from pytest_agenttasks.config import is_controller, run_id_key

    config.addinivalue_line("markers", "agent_task(prompt, ...): the task of a Python test that uses agent fixtures")
    if not is_controller(config):
        return
    _check_ini(config)
    from pytest_agenttasks.controller import Controller
    from pytest_agenttasks.reporting import Reporting
    from pytest_agenttasks.runs import new_run_id

    config.stash[run_id_key] = new_run_id()
    controller = Controller(config)
    config.pluginmanager.register(controller, "agenttasks-controller")
    config.pluginmanager.register(Reporting(config, controller), "agenttasks-reporting")
    controller.prepare_gateway()


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
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tasks start by priority, among equals as listed; other tests keep their places."""
    from pytest_agenttasks.collection import by_priority

    by_priority(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A rerun begins with nothing of the attempt before."""
    from pytest_agenttasks.outcomes import forget

    forget(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Turn how a phase ended into the task's outcome, result.json and properties."""
    report = yield
    from pytest_agenttasks.outcomes import settle

    settle(item, call, report)
    return report


def _check_ini(config: pytest.Config) -> None:
    presets = config.getoption("model_preset") or []
    twice = next((name for name in presets if presets.count(name) > 1), None)
    if twice:
        raise pytest.UsageError(f"--model-preset {twice} is given twice; repeated trials are `repeat` in a task file")
    choices = {"agenttasks_cassettes": MODES, "agenttasks_isolation": ("auto", "bubblewrap", "none")}
    for name, allowed in choices.items():
        value = config.getini(name)
        if value not in allowed:
            raise pytest.UsageError(f"{name} = {value}: expected one of {', '.join(allowed)}")
    try:
        wait = float(config.getini("agenttasks_max_wait"))
    except ValueError:
        wait = -1
    if not 0 <= wait < float("inf"):
        raise pytest.UsageError(f"agenttasks_max_wait = {config.getini('agenttasks_max_wait')}: expected seconds")
