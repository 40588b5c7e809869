"""The run folder `.agenttasks/runs/<id>/<task folder>/`: result.json is the truth, the rest is evidence."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_agenttasks.files import write_whole
from pytest_agenttasks.results import Json, TaskResult
from pytest_agenttasks.runs.lines import in_lines
from pytest_agenttasks.runs.transcript import NAME as TRANSCRIPT

FORMAT = 1
"""Version of result.json, stored in it as `format`."""


def new_run_id() -> str:
    """UTC time and four random hex digits: sorts by age, and two runs of one second differ."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"


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
            write_whole(ignore, b"*\n", durable=False)

    def make_latest(self) -> None:
        """Point the link `latest` at the folder."""
        link = self.path.parent / f".latest.{os.getpid()}.{secrets.token_hex(2)}"
        try:
            link.symlink_to(self.path.name)
            os.replace(link, self.path.parent / "latest")  # noqa: PTH105
        except OSError:  # a file system without links has no `latest`
            link.unlink(missing_ok=True)

    def task(self, slug: str, *, durable: bool = False) -> TaskFolder:
        """The folder of a task; see `TaskFolder`."""
        return TaskFolder(self.path / slug, durable=durable)


class TaskFolder:
    """The folder of one task: result.json, trajectory.json with media/, changes.patch, agent.log, artifacts/,
    judge-1.json and so on."""

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        """Name the folder.

        Args:
            path: the folder.
            durable: whether what is written must outlast a crash of the machine: what was paid for should.
        """
        self.path = path
        self._durable = durable

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
            self._write(self.path / name, _scrubbed(data, scrub))
        text = in_lines(trajectory)
        self._write(self.path / "trajectory.json", scrub(text).encode())
        (self.path / TRANSCRIPT).unlink(missing_ok=True)

    def write_json(self, name: str, data: Json, scrub: Callable[[str], str]) -> None:
        """Write a file of facts, secrets taken out."""
        text = scrub(in_lines(data))
        self._write(self.path / name, text.encode("utf-8", "surrogatepass"))

    def write_patch(self, patch: bytes, scrub: Callable[[str], str]) -> None:
        """Write what the agent changed, secrets taken out."""
        self._write(self.path / "changes.patch", _scrubbed(patch, scrub))

    def write_log(self, text: str, scrub: Callable[[str], str]) -> None:
        """Write what a program printed that was the agent, secrets taken out."""
        self._write(self.path / "agent.log", scrub(text).encode("utf-8", "surrogatepass"))

    def scrub_artifacts(self, scrub: Callable[[str], str]) -> None:
        """Take secrets out of the artifacts, at the price of the form of those that are no text."""
        for file in self.artifacts.rglob("*"):
            if file.is_symlink() or not file.is_file():
                continue
            data = file.read_bytes()
            clean = _scrubbed(data, scrub)
            if clean != data:
                self._write(file, clean)

    def write_result(self, result: TaskResult, scrub: Callable[[str], str]) -> None:
        """Write result.json, secrets taken out."""
        data = {"format": FORMAT, **result.to_json()}
        text = scrub(in_lines(data))
        self.path.mkdir(parents=True, exist_ok=True)
        self._write(self.path / "result.json", text.encode("utf-8", "surrogatepass"))

    def _write(self, path: Path, data: bytes) -> None:
        write_whole(path, data, durable=self._durable)


def _scrubbed(data: bytes, scrub: Callable[[str], str]) -> bytes:
    return scrub(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
