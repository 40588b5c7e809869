"""The cassettes of a project, and in which state each of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_agenttasks.cassettes import Recording, is_cassette, seconds_of_age
from pytest_agenttasks.cli.cassettes.project import KnownTask, Project
from pytest_agenttasks.cli.cassettes.when import When, from_header, from_outside
from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.exceptions import CassetteError, ModelsConfigError
from pytest_agenttasks.spec import slug

STATES = {
    "damaged": "it is not a whole cassette",
    "orphan": "there is no such task any more, or no such preset",
    "spare": "the task has other trials now: `repeat` is another number, or it was recorded with `--agent-repeat`",
    "stale": "the prompt, the agent, the workspace or the model changed since",
    "expired": "it is older than `agenttasks_cassette_max_age`, or `--max-age`",
    "unplayed": "the last replay did not ask for all of its calls",
    "unknown": "whether it is stale cannot be told",
    "ok": "none of these",
}
"""State of a cassette → what it means. Where several hold it is the first one."""


@dataclass(frozen=True)
class Entry:
    """A cassette.

    Attributes:
        path: its file.
        folder: of its task file, below the folder of all cassettes.
        preset: as in its header, else as in its name.
        tasks: that would replay it on that preset: one, or none.
        recording: what is in it; None if it is damaged.
        when: it was recorded.
        states: what holds of it, one word of `STATES` → why.
        size: in bytes.
    """

    path: Path
    folder: str
    preset: str
    tasks: list[KnownTask]
    recording: Recording | None
    when: When
    states: dict[str, str]
    size: int

    @property
    def state(self) -> str:
        """The worst of what holds."""
        return next((word for word in STATES if word in self.states), "ok")

    @property
    def task(self) -> KnownTask | None:
        """Its task."""
        return self.tasks[0] if self.tasks else None

    @property
    def current(self) -> bool:
        """Whether a run without options would replay it."""
        return any(task.cassette == self.path for task in self.tasks)

    @property
    def needs_recording(self) -> dict[str, str]:
        """Why it should be recorded again."""
        return {word: why for word, why in self.states.items() if word in ("damaged", "stale", "expired")}


def entries_of(project: Project, max_age: str | None = None) -> list[Entry]:
    """All cassettes of a project, sorted by name.

    Args:
        project: what pytest told.
        max_age: stands over the ini setting.

    Raises:
        Refused: it is no age.
    """
    try:
        oldest = seconds_of_age(max_age or project.max_age) if max_age or project.max_age else None
    except ValueError as error:
        raise Refused(f"--max-age {error}") from None
    files = [path for path in sorted(project.cassettes.rglob("*.yaml")) if _is_ours(path)]
    tasks: defaultdict[tuple[str, str], list[KnownTask]] = defaultdict(list)
    for task in project.tasks:
        tasks[task.folder, task.slug].append(task)
    read = {path: _read(path) for path in files}
    times = _times(read, project.cassettes)
    return [_entry(path, read[path], times[path], tasks, project, oldest) for path in files]


def chosen(entries: Sequence[Entry], names: Sequence[str], project: Project) -> list[Entry]:
    """Those that paths and node ids mean: cassettes, folders of cassettes, task files, folders of them, tasks.

    Raises:
        Refused: one means none.
    """
    if not names:
        return list(entries)
    found: dict[Path, Entry] = {}
    for name in names:
        meant = [entry for entry in entries if _means(name, entry, project)]
        if not meant:
            raise Refused(f"{name}: no cassette belongs to it (all are below {project.shown(project.cassettes)})")
        found |= {entry.path: entry for entry in meant}
    return [entry for entry in entries if entry.path in found]


def task_files(names: Sequence[str]) -> list[Path]:
    """Of paths and node ids the files that pytest can look into."""
    files = (Path(name.partition("::")[0]) for name in names)
    return [file for file in files if file.exists() and not is_cassette(file) and _holds_no_cassettes(file)]


def means_task(name: str, task: KnownTask, root: Path) -> bool:
    """Whether a path or a node id means a task."""
    file, _, within = name.partition("::")
    own, _, task_name = task.id.partition("::")
    if within:
        return within in (task_name, task_name.partition("[")[0]) and (root / own).resolve() == Path(file).resolve()
    return name == task_name or (root / own).resolve().is_relative_to(Path(file).resolve())


def _means(name: str, entry: Entry, project: Project) -> bool:
    path = Path(name).resolve()
    return entry.path.resolve().is_relative_to(path) or any(
        means_task(name, task, project.root) for task in entry.tasks
    )


def _holds_no_cassettes(path: Path) -> bool:
    return path.is_file() or not any(is_cassette(file) for file in path.rglob("*--*.yaml"))


def _is_ours(path: Path) -> bool:
    """A cassette, or what has the name of one. Links are left alone: what they lead to may be somebody else's."""
    return path.is_file() and not path.is_symlink() and ("--" in path.stem or is_cassette(path))


def _read(path: Path) -> Recording | CassetteError:
    try:
        return Recording.read(path)
    except CassetteError as error:
        return error


def _times(read: dict[Path, Recording | CassetteError], folder: Path) -> dict[Path, When]:
    told = {path: from_header(one.header) for path, one in read.items() if isinstance(one, Recording)}
    untold = [path for path in read if told.get(path) is None]
    known = {path: when for path, when in told.items() if when is not None}
    return {**known, **(from_outside(untold, folder) if untold else {})}


def _entry(
    path: Path,
    read: Recording | CassetteError,
    when: When,
    tasks: dict[tuple[str, str], list[KnownTask]],
    project: Project,
    oldest: float | None,
) -> Entry:
    folder = path.parent.relative_to(project.cassettes).as_posix()
    task_slug, _, preset_slug = path.stem.rpartition("--")
    recording = read if isinstance(read, Recording) else None
    preset = _preset(recording, preset_slug, project)
    own = tasks.get((folder, task_slug), [])
    states: dict[str, str] = {}
    if isinstance(read, CassetteError):
        states["damaged"] = str(read)
    states |= _orphan(folder, task_slug, own, preset, preset_slug, project)
    if own and recording is not None and "orphan" not in states:
        states |= _stale(own, recording, preset, project)
    now = datetime.now(UTC)
    if oldest is not None and (now - when.at).total_seconds() > oldest:
        states["expired"] = f"it is {when.age(now)} old"
    states |= _unplayed(path, project)
    return Entry(path, folder, preset, own, recording, when, states, path.stat().st_size)


def _preset(recording: Recording | None, preset_slug: str, project: Project) -> str:
    """The preset's name; a name of models.yaml where the header is not to be had."""
    told = str(recording.header.get("preset", "")) if recording else ""
    if told and slug(told) == preset_slug:
        return told
    return next((name for name in project.models.presets if slug(name) == preset_slug), preset_slug)


def _orphan(
    folder: str, task_slug: str, own: list[KnownTask], preset: str, preset_slug: str, project: Project
) -> dict[str, str]:
    if not own:
        unread = next((why for one, why in project.unread.items() if f"{folder}/".startswith(f"{one}/")), None)
        if unread is not None:
            return {"unknown": f"its task file could not be read: {unread}"}
        if folder.startswith("outside-"):
            return {"unknown": "its task file lies outside of the project"}
        other = project.with_other_trials(folder, task_slug)
        if other is None:
            return {"orphan": "there is no such task"}
        return {"spare": f"{other.id} is done now, and not this trial of it; `-- --agent-repeat N` does N trials"}
    try:
        project.models.find(preset)
    except ModelsConfigError as error:
        return {"orphan": str(error)}
    return {} if slug(preset) == preset_slug else {"orphan": f"its name says preset {preset_slug!r}"}


def _stale(own: list[KnownTask], recording: Recording, preset: str, project: Project) -> dict[str, str]:
    recorded, now = recording.header.get("content"), own[0].content
    if not isinstance(recorded, dict):
        return {"unknown": "it was recorded before cassettes told what they were made from; `verify` tells"}
    if now is None:
        return {"unknown": own[0].why}
    changed = [name for name in now if name in recorded and recorded[name] != now[name]]
    model = project.models.find(preset).model
    if recording.header.get("model") != model:
        changed.append(f"model ({preset} is {model} now)")
    return {"stale": f"{', '.join(changed)} changed since it was recorded"} if changed else {}


def _unplayed(path: Path, project: Project) -> dict[str, str]:
    result = project.latest_result(path)
    if not result or result.get("cassette") != "replayed" or result.get("outcome") == "error":
        return {}
    written = project.root / ".agenttasks/runs/latest" / path.relative_to(project.cassettes).with_suffix("")
    if path.stat().st_mtime > (written / "result.json").stat().st_mtime or not result.get("unplayed"):
        return {}
    return {"unplayed": f"{result['unplayed']} of its calls were not asked for in the last run ({result.get('run')})"}


def missing(project: Project, entries: Sequence[Entry]) -> Iterator[KnownTask]:
    """Tasks that would ask a model and have no cassette on the preset that they would ask."""
    there = {entry.path for entry in entries}
    return (task for task in project.tasks if task.preset and task.cassette not in there)
