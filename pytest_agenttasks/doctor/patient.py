"""What is examined: a project and the run that is meant, as far as they are known."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_agenttasks.agents import Agent
from pytest_agenttasks.models import Standing
from pytest_agenttasks.settings import Plan, Settings


@dataclass(frozen=True)
class Patient:
    """All of it may be unknown: then the machine alone is looked at.

    Attributes:
        settings: of the run; None where pytest could not tell them.
        plans: node id → what would be done, of the selected tasks.
        tasks: how many there are in all.
        selected: how many of them are selected; more than plans, where one cannot be planned.
        broken: why files could not be read, a line each.
        agents: those that the project registers.
        plugins: names of pytest plugins that are loaded; None: all that are installed.
        options: pytest's own options and ini settings that matter here, by name.
        live: whether models are meant to be asked, whatever the mode.
        state: where accounts' state is kept, as `agenttasks_state` says it.
        ask: asks a gateway how these presets stand; None: no gateway is to be started.
        environ: where keys are.
    """

    settings: Settings | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    tasks: int = 0
    selected: int = 0
    broken: Sequence[str] = ()
    agents: Sequence[Agent] = ()
    plugins: frozenset[str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False
    state: str = ""
    ask: Callable[[list[str]], Standing] | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def asking(self) -> list[Plan]:
        """Plans of tasks that would really ask models."""
        return [plan for plan in self.plans.values() if plan.chain and (self.live or plan.live)]

    @property
    def judging(self) -> list[Plan]:
        """Plans of tasks whose judges would really be asked."""
        return [plan for plan in self.plans.values() if plan.judges and (self.live or plan.asks_judges)]

    @property
    def remote(self) -> bool:
        """Whether another machine's gateway has the keys."""
        return self.settings is not None and self.settings.remote_gateway
