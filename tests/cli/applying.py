"""A project in git whose tasks were really done, and `agenttasks apply` in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_agenttasks.cli import main
from pytest_agenttasks.results import Json

TASKS = r"""
    defaults: {agent: oracle, workspace: {from: ../app}, checks: [{command: "test ! -e broken"}]}
    tasks:
      - {id: top, prompt: p, solution: "sed -i 's/line 1$/first/' a.py"}
      - {id: bottom, prompt: p, solution: "sed -i 's/line 20$/last/' a.py"}
      - {id: clash, prompt: p, solution: "sed -i 's/line 1$/another/' a.py"}
      - {id: files, prompt: p, solution: "touch run.sh; chmod +x run.sh; mkdir 'a b'; echo ü > 'a b/ü'; rm old.txt"}
      - {id: fails, prompt: p, solution: "touch broken"}
      - {id: nothing, prompt: p, solution: "true"}
      - {id: twice, prompt: p, repeat: 2, solution: "echo twice > twice.txt"}
      - {id: bare, prompt: p, workspace: {from: null, files: {n.txt: "1"}}, solution: "echo made > made.txt"}
      - {id: overlay, prompt: p, workspace: {files: {NOTES.md: "a\n"}}, solution: "echo b >> NOTES.md"}
      - {id: secret, prompt: p, solution: "echo 'key = sk-or-v1-0123456789abcdef0123456789abcdef' > key.txt"}
      - {id: commit, prompt: p, workspace: {from: null, git: {ref: HEAD, path: app}}, solution: "echo c > commit.txt"}
"""
KEPT_OUT = ["clash", "bare", "overlay", "secret"]
LINES = "".join(f"line {n}\n" for n in range(1, 21))


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody; what it prints."""
    who = ("-c", "user.name=n", "-c", "user.email=e@example.invalid", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def make(folder: Path) -> None:
    """The project, its one commit, and its one run."""
    files = {"tasks/work.yaml": dedent(TASKS), "app/a.py": LINES, "app/old.txt": "old\n", "pytest.ini": "[pytest]\n"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "tasks", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 11 passed" in done.stdout, done.stdout + done.stderr


class Applying:
    """The command in a copy of that project.

    Attributes:
        path: the project.
    """

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def commit(self, message: str = "more") -> None:
        """Commit all there is."""
        git(self.path, "add", "--all", ".")
        git(self.path, "commit", "-q", "-m", message)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints, errors included; it must end with this exit code."""
        self._capsys.readouterr()
        ended = main(["apply", *arguments])
        told = "".join(self._capsys.readouterr())
        assert ended == code, told
        return told

    def statuses(self, *arguments: str, code: int = 0) -> dict[str, str]:
        """Status of each task, by its name."""
        return {name: one["status"] for name, one in self.tasks(*arguments, code=code).items()}

    def tasks(self, *arguments: str, code: int = 0) -> dict[str, Json]:
        """`--json`, by name of the task."""
        found: list[Json] = json.loads(self(*arguments, "--json", code=code))["tasks"]
        return {one["task"].partition("::")[2]: one for one in found}

    def why(self, task: str, *arguments: str) -> str:
        """Why one task is left out."""
        before = self.status()
        (told,) = self.tasks("latest", task, *arguments, code=1).values()
        assert told["status"] == "left out"
        assert self.status() == before
        return str(told["why"])

    def status(self) -> list[str]:
        """`git status`, a line a file."""
        return git(self.path, "-c", "core.quotePath=false", "status", "--porcelain", "-uall").splitlines()

    def read(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def folder(self, task: str) -> Path:
        """Of a task in the run."""
        runs = (self.path / ".agenttasks/runs/latest").resolve()
        return next(file.parent for file in runs.rglob("result.json") if json.loads(file.read_bytes())["task"] == task)

    def edit_result(self, done: str, /, **values: object) -> None:
        """Change what a result says; None takes a key away."""
        file = self.folder(done) / "result.json"
        data = json.loads(file.read_bytes()) | values
        file.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))

    def edit_patch(self, task: str, patch: bytes) -> None:
        """Put another patch into the run, as one who can write there could."""
        (self.folder(task) / "changes.patch").write_bytes(patch)


def copy_of(made: Path, folder: Path) -> Path:
    """A project of its own, with links as links."""
    return Path(shutil.copytree(made, folder, symlinks=True))
