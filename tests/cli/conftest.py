"""A project with real recordings, made once in each process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.applying import Applying, copy_of, make
from tests.cli.recordings import TASKS, Cli
from tests.e2e.project import WRITES, Project
from tests.provider import Provider

RECORDED: dict[str, str] = {}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two tasks on two presets, and their cassettes on the first one."""
    project = Project(pytester, monkeypatch)
    project.write("tasks/two.yaml", TASKS)
    project.write("tasks/data/n.txt", "1\n")
    with Provider(WRITES) as provider:
        project.models(provider, "m", "n")
        if not RECORDED:
            project.record("tasks").assert_outcomes(passed=2)
            RECORDED.update({name: (project.path / "cassettes" / name).read_text() for name in project.cassettes()})
    for name, text in RECORDED.items():
        project.write(f"cassettes/{name}", "").write_text(text)
    return project


@pytest.fixture
def cli(project: Project, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command in that project's folder."""
    return Cli(project, capsys)


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in git whose tasks were done once."""
    folder = tmp_path_factory.mktemp("done") / "project"
    make(folder)
    return folder


@pytest.fixture
def applying(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Applying:
    """`agenttasks apply` in a copy of it."""
    path = copy_of(done, tmp_path / "project")
    monkeypatch.chdir(path)
    return Applying(path, capsys)
