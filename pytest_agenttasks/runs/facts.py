"""run.json: what a run is, written when its tasks are known and again when it ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from pytest_agenttasks.files import write_whole
from pytest_agenttasks.runs.lines import in_lines

FORMAT = 1
"""Version of run.json, stored in it as `format`."""

NAME = "run.json"


@dataclass(frozen=True, slots=True)
class Planned:
    """A task that a run was to do.

    Attributes:
        id: its node id.
        slug: its folder below the run folder.
        task: its name.
        file: the task file, as pytest shows it.
        line: 1-based line of the task in it.
        title: of the task.
        category: of the task.
        priority: of the task.
        agent: who was to do it.
        requested: head of its chain; empty for agents that ask no model.
        action: what was to become of its cassette: `replay`, `record`, `live` or `none`.
    """

    id: str
    slug: str
    task: str
    file: str
    line: int
    title: str = ""
    category: str | None = None
    priority: str = "normal"
    agent: str = ""
    requested: str = ""
    action: str = ""


@dataclass(slots=True)
class RunFacts:
    """What run.json holds.

    Attributes:
        id: of the run.
        began: seconds since the epoch.
        process: the controller, as `processes.name_of` names it.
        host: name of its machine.
        arguments: of pytest, secrets taken out.
        plugin: version of this package.
        python: version of Python.
        mode: `--agent-cassettes`.
        workers: of xdist, or agents in flight; 0 where the controller does one task after the other.
        tasks: in the order of collection.
        ended: seconds since the epoch; None as long as it runs, and for ever if it was killed.
        exit_code: pytest's.
        group: which group of the tasks it does, from 1, where pytest-split has split them over jobs; else 0.
        splits: how many groups there are; 0 where it does all tasks.
        asked: models that were asked for, for all tasks; none where each task has its own.
        elsewhere: tasks of the other groups; None where that is not known: it does all tasks, or was killed.
    """

    id: str
    began: float
    process: str = ""
    host: str = ""
    arguments: list[str] = field(default_factory=list)
    plugin: str = ""
    python: str = ""
    mode: str = ""
    workers: int = 0
    tasks: list[Planned] = field(default_factory=list)
    ended: float | None = None
    exit_code: int | None = None
    group: int = 0
    splits: int = 0
    asked: list[str] = field(default_factory=list)
    elsewhere: list[Planned] | None = None

    def write(self, folder: Path) -> None:
        """Write run.json.

        Raises:
            OSError: the disk is full or read-only.
        """
        text = in_lines({"format": FORMAT, **asdict(self)})
        write_whole(folder / NAME, text.encode("utf-8", "surrogatepass"))
