"""The doctor's part inside pytest: `pytest -p pytest_agenttasks.inventory -p pytest_agenttasks.examination`.

Only there is known which tasks are selected, what would do them and ask whom, which plugins are loaded and what the
ini says. So the checks of `doctor` are run here, in the process that `agenttasks doctor` starts, and their findings
written as JSON into the file that the option names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.config import settings_or_none, state_of
from pytest_agenttasks.controller import gateway_host
from pytest_agenttasks.exceptions import AgentTasksError, GatewayError
from pytest_agenttasks.inventory import Inventory, is_task, task_of

if TYPE_CHECKING:
    from pytest_agenttasks.doctor import Patient
    from pytest_agenttasks.models import Standing
    from pytest_agenttasks.settings import Plan, Settings

    Ask = Callable[[list[str]], Standing]

OPTIONS = ("dist", "maxworkerrestart", "random_order_enabled")
"""Options of other plugins that checks look at."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the doctor."""
    add = parser.getgroup("agenttasks").addoption
    add("--agent-examination", metavar="FILE", help="write what is found to FILE.")
    add("--agent-examination-live", action="store_true", help="look at what live work needs, a gateway included.")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Examine, when the collection is known or could not be made."""
    from pytest_agenttasks.doctor import CHECKS, examine

    config = session.config
    with _patient(session) as patient:
        found = [asdict(finding) for finding in examine(CHECKS, patient)]
    Path(config.getoption("agent_examination")).write_text(json.dumps(found), "utf-8")


@contextmanager
def _patient(session: pytest.Session) -> Iterator[Patient]:
    from pytest_agenttasks.agents import registered
    from pytest_agenttasks.doctor import Patient

    config = session.config
    settings = settings_or_none(config)
    inventory: Inventory | None = config.pluginmanager.getplugin("agenttasks-inventory")
    live = config.getoption("agent_examination_live")
    with _gateway(config, settings if live else None) as ask:
        yield Patient(
            settings=settings,
            plans=dict(_plans(session, settings)) if settings else {},
            tasks=len(inventory.items) if inventory else 0,
            selected=sum(is_task(item) for item in _items(session)),
            broken=inventory.broken if inventory else (),
            agents=registered(),
            plugins=frozenset(name for name, _ in config.pluginmanager.list_name_plugin() if name),
            options=_options(config),
            live=live,
            state=state_of(config),
            ask=ask,
        )


def _plans(session: pytest.Session, settings: Settings) -> Iterator[tuple[str, Plan]]:
    """Of the selected tasks; those that cannot be planned stop a run, and pytest says why."""
    from pytest_agenttasks.settings import plan_task

    for item in filter(is_task, _items(session)):
        try:
            yield item.nodeid, plan_task(task_of(item), settings)
        except (AgentTasksError, pytest.UsageError):
            continue


def _items(session: pytest.Session) -> list[pytest.Item]:
    """The selected ones; none where the collection could not be made."""
    return getattr(session, "items", [])


def _options(config: pytest.Config) -> dict[str, Any]:
    found = {name: config.getoption(name, None) for name in OPTIONS}
    if config.pluginmanager.hasplugin("timeout"):
        found["timeout"] = config.getoption("timeout", None) or config.getini("timeout") or 0
    return found


@contextmanager
def _gateway(config: pytest.Config, settings: Settings | None) -> Iterator[Ask | None]:
    """What asks the gateway that a run would have: its own, started now and ended at once, or somebody else's."""
    if settings is None:
        yield None
        return
    client = settings.client()
    if client is not None:
        yield client.standing
        return
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as folder:
        yield from _own_gateway(config, Path(folder) / "gateway.log")


def _own_gateway(config: pytest.Config, log: Path) -> Iterator[Ask | None]:
    from pytest_agenttasks.models import GatewayClient

    try:
        host = gateway_host(config, log)
    except (pytest.UsageError, OSError) as error:
        yield _refusing(str(error))
        return
    client = GatewayClient(host.url, host.token)

    def ask(presets: list[str]) -> Standing:
        try:
            return client.standing(presets)
        except GatewayError as error:
            raise GatewayError((host.broken or str(error)).partition("; see ")[0]) from None

    try:
        yield ask
    finally:
        client.close()
        host.close()


def _refusing(reason: str) -> Ask:
    def ask(_: list[str]) -> Standing:
        raise GatewayError(f"no gateway: {reason}")

    return ask
