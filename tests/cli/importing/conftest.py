"""The command `agenttasks import` in an empty folder, and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml  # noqa: F401 - pytester forgets what its test imports, and a second yaml does not know the nodes of the first

from pytest_agenttasks.cli import main
from pytest_agenttasks.spec import Task, load_tasks

DATA = Path(__file__).parents[2] / "data" / "import"


class Importer:
    """The command, run in a folder."""

    def __init__(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.here = here
        self._capsys = capsys

    def __call__(self, *arguments: str | Path, code: int = 0) -> str:
        """What it prints, errors included; it must end with this exit code."""
        self._capsys.readouterr()
        ended = main(["import", *map(str, arguments)])
        told = "".join(self._capsys.readouterr())
        assert ended == code, told
        return told

    def source(self, name: str, content: str | bytes) -> str:
        """Write a source; gives its name."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        (self.here / name).write_bytes(data)
        return name

    def of(self, name: str, content: str | bytes, *arguments: str, code: int = 0) -> tuple[list[Task], str]:
        """Tasks made of a source, and what was printed."""
        told = self(self.source(name, content), *arguments, code=code)
        return self.tasks(Path(name).stem), told

    def tasks(self, name: str) -> list[Task]:
        """Tasks of a file that was written."""
        return load_tasks(self.here / "tasks" / f"{name}.yaml")

    def text(self, name: str) -> str:
        """A file that was written."""
        return (self.here / "tasks" / f"{name}.yaml").read_text("utf-8")

    def files(self, folder: str = "tasks") -> list[str]:
        """All files in a folder."""
        return sorted(str(path.relative_to(self.here)) for path in (self.here / folder).rglob("*") if path.is_file())


@pytest.fixture
def importer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Importer:
    """The command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Importer(tmp_path, capsys)


def by_id(tasks: Iterable[Task]) -> dict[str, Task]:
    return {task.name: task for task in tasks}
