"""What a run leaves behind: a folder with one folder a task, and what can be read from it."""

from pytest_agenttasks.runs.events import DONE, EventReader, Events
from pytest_agenttasks.runs.facts import Planned, RunFacts
from pytest_agenttasks.runs.folder import RunFolder, TaskFolder, new_run_id
from pytest_agenttasks.runs.gateway_facts import Cooldown, GatewayFacts, Quota, read_gateway_facts
from pytest_agenttasks.runs.index import LAST, Attempt, Index, expected_seconds
from pytest_agenttasks.runs.left import left
from pytest_agenttasks.runs.reading import (
    LATEST,
    Begun,
    Run,
    base_of,
    find_run,
    read_facts,
    read_result,
    read_run,
    runs_in,
    state_of,
)
from pytest_agenttasks.runs.status import RunStatus, Spend, TaskStatus
from pytest_agenttasks.runs.transcript import Transcript, read_transcript
from pytest_agenttasks.runs.watch import Watch

__all__ = [
    "DONE",
    "LAST",
    "LATEST",
    "Attempt",
    "Begun",
    "Cooldown",
    "EventReader",
    "Events",
    "GatewayFacts",
    "Index",
    "Planned",
    "Quota",
    "Run",
    "RunFacts",
    "RunFolder",
    "RunStatus",
    "Spend",
    "TaskFolder",
    "TaskStatus",
    "Transcript",
    "Watch",
    "base_of",
    "expected_seconds",
    "find_run",
    "left",
    "new_run_id",
    "read_facts",
    "read_gateway_facts",
    "read_result",
    "read_run",
    "read_transcript",
    "runs_in",
    "state_of",
]
