"""What is asked for when a command is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from pytest_agenttasks.workspace.door import Door


@dataclass(frozen=True, slots=True)
class Order:
    """A command and its conditions; `Workspace.execute` tells what they mean."""

    command: str | Sequence[str]
    seconds: float
    output_limit: int
    env: Mapping[str, str] = field(default_factory=dict)
    writable: Sequence[Path] = ()
    readable: Sequence[Path] = ()
    network: bool = False
    cancels: Sequence[Event] = ()
    door: Door | None = None
