"""The run folder `.agenttasks/runs/<id>/<task folder>/`: result.json is the truth, the rest is evidence."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_agenttasks.results import Json, TaskResult

FORMAT = 1
"""Version of result.json, stored in it as `format`."""


def new_run_id() -> str:
    """UTC time and four random hex digits: sorts by age, and two runs of one second differ."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a kill, sees the old one or the new one whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(2)}")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)  # noqa: PTH105 - the one call that is atomic
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


class RunFolder:
    """The folder of one run.

    Attributes:
        path: `<base>/runs/<id>`.
    """

    def __init__(self, base: Path, run_id: str) -> None:
        self.path = base / "runs" / run_id

    @property
    def shown(self) -> str:
        """The folder, relative to the project."""
        return f"{self.path.parent.parent.name}/runs/{self.path.name}"

    def create(self) -> None:
        """Make the folder, and keep it out of git.

        Raises:
            OSError: the disk is full or read-only.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        ignore = self.path.parent.parent / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n")

    def make_latest(self) -> None:
        """Point the link `latest` at the folder."""
        link = self.path.parent / f".latest.{os.getpid()}.{secrets.token_hex(2)}"
        try:
            link.symlink_to(self.path.name)
            os.replace(link, self.path.parent / "latest")  # noqa: PTH105
        except OSError:  # a file system without links has no `latest`
            link.unlink(missing_ok=True)

    def task(self, slug: str) -> TaskFolder:
        """The folder of a task."""
        return TaskFolder(self.path / slug)


class TaskFolder:
    """The folder of one task: result.json, trajectory.json with media/, changes.patch, agent.log, artifacts/."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def artifacts(self) -> Path:
        """Where copies of the task's artifacts lie."""
        return self.path / "artifacts"

    def begin(self) -> None:
        """Start afresh: what an earlier attempt of the same run left is dropped."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)

    def write_trajectory(self, trajectory: Json, media: Mapping[str, bytes], scrub: Callable[[str], str]) -> None:
        """Write what the agent did, and the images and audio that it refers to, secrets taken out.

        Args:
            trajectory: an ATIF document; texts of UTF-8.
            media: files by their paths, relative to it.
            scrub: takes secrets out of a text.
        """
        for name, data in media.items():
            (self.path / name).parent.mkdir(exist_ok=True)
            write_atomically(self.path / name, _scrubbed(data, scrub))
        text = json.dumps(trajectory, indent=1, ensure_ascii=False)
        write_atomically(self.path / "trajectory.json", scrub(text).encode())

    def write_patch(self, patch: bytes, scrub: Callable[[str], str]) -> None:
        """Write what the agent changed, secrets taken out."""
        write_atomically(self.path / "changes.patch", _scrubbed(patch, scrub))

    def write_log(self, text: str, scrub: Callable[[str], str]) -> None:
        """Write what a program printed that was the agent, secrets taken out."""
        write_atomically(self.path / "agent.log", scrub(text).encode("utf-8", "surrogatepass"))

    def scrub_artifacts(self, scrub: Callable[[str], str]) -> None:
        """Take secrets out of the artifacts, at the price of the form of those that are no text."""
        for file in self.artifacts.rglob("*"):
            if file.is_symlink() or not file.is_file():
                continue
            data = file.read_bytes()
            clean = _scrubbed(data, scrub)
            if clean != data:
                write_atomically(file, clean)

    def write_result(self, result: TaskResult, scrub: Callable[[str], str]) -> None:
        """Write result.json, secrets taken out."""
        data = {"format": FORMAT, **result.to_json()}
        text = scrub(json.dumps(data, indent=1, ensure_ascii=False))
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path / "result.json", text.encode("utf-8", "surrogatepass"))


def _scrubbed(data: bytes, scrub: Callable[[str], str]) -> bytes:
    return scrub(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
