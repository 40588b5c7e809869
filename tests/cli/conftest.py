"""A project with real recordings, made once in each process."""

from __future__ import annotations

import pytest

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
