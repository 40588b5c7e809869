"""What a run leaves behind: a folder with one folder a task, and what can be read from it."""

from pytest_agenttasks.runs.events import EventReader, Events
from pytest_agenttasks.runs.facts import Planned, RunFacts
from pytest_agenttasks.runs.folder import RunFolder, TaskFolder, new_run_id
from pytest_agenttasks.runs.index import Attempt, Index, expected_seconds
from pytest_agenttasks.runs.reading import Begun, Run, find_run, read_facts, read_result, read_run, runs_in, state_of
from pytest_agenttasks.runs.transcript import Transcript, read_transcript

__all__ = [
    "Attempt",
    "Begun",
    "EventReader",
    "Events",
    "Index",
    "Planned",
    "Run",
    "RunFacts",
    "RunFolder",
    "TaskFolder",
    "Transcript",
    "expected_seconds",
    "find_run",
    "new_run_id",
    "read_facts",
    "read_result",
    "read_run",
    "read_transcript",
    "runs_in",
    "state_of",
]
