"""Task folders of Harbor: the instruction, the solution, the files of the environment, and what they leave behind.

The format is that of harbor 0.26 (`task.toml` schema 1.4; older ones say `version`, and `allow_internet`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.importing.dockerfile import Reading, read_dockerfile
from pytest_agenttasks.cli.importing.draft import UNJUDGED, Draft, UnusableError
from pytest_agenttasks.cli.importing.words import file_name, word
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import refusal
from pytest_agenttasks.workspace import LEFT_OUT

NEEDS_CONTAINER = "needs_container"
"""Tag of a task whose environment is more than files: `-m 'not needs_container'` leaves it alone."""

DEEPEST = 6
"""Levels below a folder in which task folders are looked for."""

_TAKEN = {
    "task": {"name", "description", "keywords"},
    "metadata": {"category", "tags", "difficulty"},
    "agent": {"timeout_sec"},
    "environment": {"workdir", "network_mode", "allow_internet"},
}
"""Keys of task.toml that are carried over."""

_CONTAINER = ("docker_image", "gpus", "tpu", "mcp_servers", "skills_dir", "healthcheck", "env")
"""Keys of `environment` that only a container can do."""


def is_task_folder(folder: Path) -> bool:
    """Whether a folder is a task of Harbor."""
    return (folder / "task.toml").is_file()


def task_folders(folder: Path, depth: int = DEEPEST) -> Iterator[Path]:
    """Task folders below a folder, and itself if it is one; hidden folders and links are not looked into."""
    if is_task_folder(folder):
        yield folder
    elif depth:
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith(".") and not path.is_symlink():
                yield from task_folders(path, depth - 1)


def read_harbor(folder: Path) -> Draft:
    """The task of a folder.

    Raises:
        UnusableError: no instruction, several steps, or files that cannot be read.
    """
    settings = _settings(folder / "task.toml")
    if settings.get("steps"):
        raise UnusableError(f"a task of {len(settings['steps'])} steps, and a task here has one prompt")
    prompt = _text(folder / "instruction.md")
    if not prompt.strip():
        raise UnusableError("instruction.md is missing or empty")
    draft = Draft(folder, file_name(folder.resolve().name))
    environment = _environment(folder, settings, draft)
    task: Json = {"id": draft.name, **_about(settings, draft), "prompt": prompt}
    task["tags"] = list(dict.fromkeys([*task.get("tags", []), *_marks(draft)]))
    if draft.folder:
        task["workspace"] = {"from": draft.name}
    solution = _solution(folder, draft)
    _paths(environment, {"instruction.md": prompt, "solution/solve.sh": solution}, draft)
    task |= {"solution": solution} if solution else {}
    draft.tasks.append(task | _limits(settings, draft))
    _left(folder, settings, draft)
    return draft


def _settings(file: Path) -> Json:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise UnusableError(f"task.toml: not TOML: {error}") from None


def _text(file: Path) -> str:
    """A file's text, ends of lines as they are; empty if there is none."""
    try:
        return file.read_bytes().decode("utf-8-sig") if file.is_file() else ""
    except UnicodeDecodeError as error:
        raise UnusableError(f"{file.name}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UnusableError(f"{file.name}: cannot be read: {error.strerror}") from None


def _part(settings: Json, name: str) -> Json:
    part = settings.get(name)
    return part if isinstance(part, dict) else {}


def _environment(folder: Path, settings: Json, draft: Draft) -> Reading:
    """Take over the files that the Dockerfile copies, and tell what is not to be had without a container."""
    context, given = folder / "environment", _part(settings, "environment")
    reading = read_dockerfile(_text(context / "Dockerfile"), context, str(given.get("workdir") or ""))
    lost = [name for name in reading.files if LEFT_OUT & set(name.parts)]
    if lost:
        draft.remark("lost", f"files that no workspace has: {', '.join(map(str, lost[:5]))}")
    draft.folder = {name: path for name, path in reading.files.items() if name not in lost}
    needs = [f"environment/Dockerfile, {line}" for line in reading.needs]
    needs += [f"environment/{one.name}" for one in sorted(context.glob("*compose*.y*ml"))]
    needs += [f"task.toml: environment.{key}" for key in _CONTAINER if given.get(key)]
    needs += ["task.toml: environment.os is windows"] if str(given.get("os", "")).lower() == "windows" else []
    for need in needs:
        draft.remark("lost", f"needs a container: {need}")
    if needs:
        draft.remark("look", f"it needs a container, and there is none: tag `{NEEDS_CONTAINER}`")
    elif reading.image:
        draft.remark("look", f"the image {reading.image} is not used: commands run with what this machine has")
    return reading


def _marks(draft: Draft) -> Iterator[str]:
    yield UNJUDGED
    if any(remark.what.startswith("needs a container") for remark in draft.remarks):
        yield NEEDS_CONTAINER


def _about(settings: Json, draft: Draft) -> Json:
    """Title, category and tags."""
    task, metadata = _part(settings, "task"), _part(settings, "metadata")
    title = task.get("description") or task.get("name") or ""
    tags = [*_listed(task.get("keywords")), *_listed(metadata.get("tags")), metadata.get("difficulty")]
    words = dict.fromkeys(word(tag) for tag in tags if isinstance(tag, str) and word(tag))
    category = word(str(metadata.get("category") or ""))
    refused = [tag for tag in (*words, category) if tag and refusal("tags", [tag])]
    for tag in refused:
        draft.remark("lost", refusal("tags", [tag]))
    kept: Json = {"title": " ".join(title.split())} if isinstance(title, str) and title.strip() else {}
    kept |= {"category": category} if category and category not in refused else {}
    return kept | {"tags": [tag for tag in words if tag not in refused]}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _limits(settings: Json, draft: Draft) -> Json:
    seconds = _part(settings, "agent").get("timeout_sec")
    if seconds is None:
        return {}
    limits = {"seconds": int(seconds) if isinstance(seconds, float) and seconds.is_integer() else seconds}
    if why := refusal("limits", limits):
        draft.remark("lost", f"task.toml: agent.timeout_sec: {why}")
        return {}
    return {"limits": limits}


def _solution(folder: Path, draft: Draft) -> str:
    """The script that does the work."""
    files = sorted(path for path in (folder / "solution").rglob("*") if path.is_file())
    script = folder / "solution" / "solve.sh"
    for path in files:
        if path != script:
            draft.remark("lost", f"solution/{path.relative_to(folder / 'solution')}")
    return _text(script)


def _paths(environment: Reading, texts: dict[str, str], draft: Draft) -> None:
    """Tell of paths that are there in the container only."""
    places = [*([environment.workdir] if environment.workdir != "/" else []), "/tests", "/solution", "/logs"]
    for file, text in texts.items():
        named = [place for place in places if re.search(rf"(?<![\w.]){re.escape(place)}(?![\w-])", text)]
        for place in named:
            here = "the workspace is the current folder here" if place == environment.workdir else "not there here"
            draft.remark("look", f"{file} names {place}, a path of the container: {here}")


def _left(folder: Path, settings: Json, draft: Draft) -> None:
    """Tell what else there is."""
    for path in sorted(folder.iterdir()):
        if path.name not in ("task.toml", "instruction.md", "environment", "solution", "tests"):
            draft.remark("lost", path.name)
    if any(path.is_file() for path in (folder / "tests").rglob("*")):
        what = "tests/: they run in the container, and what a check needs cannot be hidden from the agent yet"
        draft.remark("lost", what)
    draft.remark("look", f"no checks, so it passes when its agent is done: tag `{UNJUDGED}`")
    environment = _part(settings, "environment")
    if environment.get("network_mode") != "no-network" and environment.get("allow_internet") is not False:
        draft.remark("look", "its container has a network; here there is none without `workspace: {network: true}`")
    for key in sorted(_unused(settings)):
        draft.remark("lost", f"task.toml: {key}")


def _unused(settings: Json) -> Iterable[str]:
    for name, part in settings.items():
        if name in ("version", "schema_version"):
            continue
        if not isinstance(part, dict):
            yield name
            continue
        for key in part.keys() - _TAKEN.get(name, set()):
            if name != "environment" or key not in _CONTAINER:
                yield f"{name}.{key}"
