"""Harbor's task folders as tasks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.cli.importing.dockerfile import read_dockerfile
from pytest_agenttasks.spec import SolutionSpec
from tests.cli.importing.conftest import DATA, Importer

HARBOR = DATA / "harbor"


@pytest.fixture
def hello(importer: Importer) -> Path:
    """A task folder of one's own."""
    return Path(shutil.copytree(HARBOR / "hello", importer.here / "hello"))


def test_a_folder_of_tasks(importer: Importer) -> None:
    told = importer(HARBOR, code=1)
    assert "2 tasks written to 2 files" in told
    assert "steps: a task of 1 steps, and a task here has one prompt" in told
    assert importer.files() == [
        "tasks/hello.yaml",
        "tasks/hello/README.txt",
        "tasks/hello/data/numbers.txt",
        "tasks/server.yaml",
        "tasks/server/pages/index.html",
    ]


def test_what_is_carried_over(importer: Importer) -> None:
    told = importer(HARBOR / "hello")
    (task,) = importer.tasks("hello")
    spec = task.spec
    assert spec.prompt == (HARBOR / "hello/instruction.md").read_text()
    assert spec.solution == SolutionSpec(run=(HARBOR / "hello/solution/solve.sh").read_text())
    assert (spec.category, spec.limits.seconds, spec.workspace.from_) == ("file_operations", 120, "hello")
    assert spec.tags == ["files", "first_steps", "easy", "unjudged"]
    assert spec.checks == []
    for line in (
        "tests/: they run in the container",
        "task.toml: environment.cpus",
        "no checks, so it passes when its agent is done: tag `unjudged`",
        "instruction.md names /app, a path of the container: the workspace is the current folder here",
        "the image python:3.13-slim is not used",
    ):
        assert f"  {line}" in told
        assert f"#   {line}" in importer.text("hello")
    assert "network" not in told, "task.toml says that there is none"


def test_its_solution_works_in_its_workspace(importer: Importer) -> None:
    importer(HARBOR / "hello")
    (importer.here / "pytest.ini").write_text("[pytest]\n")
    text = importer.text("hello").replace("tags:", "checks: [{contains: {file: total.txt, text: 'total: 3'}}]\ntags:")
    (importer.here / "tasks/hello.yaml").write_text(text)
    command = [sys.executable, "-P", "-m", "pytest", "tasks", "--agent=oracle", "--agent-isolation=none", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_needs_a_container_says_so_line_by_line(importer: Importer) -> None:
    told = importer(HARBOR / "server")
    (task,) = importer.tasks("server")
    assert task.spec.tags == ["http", "unjudged", "needs_container"]
    assert task.spec.prompt == "Make it answer.\r\n"
    assert [line.split("needs a container: ")[1] for line in told.splitlines() if "needs a container: " in line] == [
        "environment/Dockerfile, line 2: RUN apt-get update && apt-get install -y nginx",
        "environment/Dockerfile, line 5: RUN <<EOF",
        "environment/Dockerfile, line 9: COPY site.conf /etc/nginx/site.conf",
        "environment/Dockerfile, line 10: COPY --from=other /a /b",
        "environment/Dockerfile, line 11: COPY ../outside.txt .",
        "task.toml: environment.gpus",
    ]
    for line in (
        "it needs a container, and there is none: tag `needs_container`",
        "tag 'skip' is a marker",
        "solution/site.conf",
        "task.toml: agent.timeout_sec: seconds: found 'long' (text), expected a number",
        "solution/solve.sh names /solution, a path of the container: not there here",
        "its container has a network; here there is none without `workspace: {network: true}`",
    ):
        assert f"  {line}" in told


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("task.toml", b"a = ", "task.toml: not TOML: "),
        ("task.toml", b"\xff", "task.toml: not UTF-8 text (byte 0)"),
        ("instruction.md", b" \n", "instruction.md is missing or empty"),
        ("instruction.md", None, "instruction.md is missing or empty"),
        ("solution/solve.sh", b"\xff", "solve.sh: not UTF-8 text (byte 0)"),
    ],
)
def test_broken_folders(importer: Importer, hello: Path, file: str, content: bytes | None, said: str) -> None:
    (hello / file).unlink()
    if content is not None:
        (hello / file).write_bytes(content)
    assert f"hello: {said}" in importer("hello", code=1)
    assert importer.files() == []


@pytest.mark.parametrize("text", ["metadata = 1", "[metadata]\ntags = 5\ncategory = [1]", "agent = []", "steps = []"])
def test_odd_types_in_task_toml(importer: Importer, hello: Path, text: str) -> None:
    (hello / "task.toml").write_text(text)
    importer("hello")
    assert len(importer.tasks("hello")) == 1


def test_a_key_of_several_lines_stays_in_the_comment(importer: Importer, hello: Path) -> None:
    with (hello / "task.toml").open("a") as file:
        file.write('"a\\nid: b\\u2028" = 1\n')
    importer("hello")
    assert "#   task.toml: environment.a\\nid: b\\u2028\n" in importer.text("hello")
    assert [task.name for task in importer.tasks("hello")] == ["hello"]


def test_other_files_are_told(importer: Importer, hello: Path) -> None:
    (hello / "trajectory.json").write_text("{}")
    assert "  trajectory.json\n" in importer("hello")


def test_a_folder_that_is_there_is_left_alone(importer: Importer) -> None:
    mine = importer.here / "tasks/hello/mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert "tasks/hello is there already; nothing was written" in importer(HARBOR / "hello", code=2)
    assert importer.files() == ["tasks/hello/mine.txt"]
    importer(HARBOR / "hello", "--force")
    assert "tasks/hello/mine.txt" not in importer.files()


def test_what_no_workspace_has_is_told(importer: Importer, hello: Path) -> None:
    (hello / "environment/data/.env").write_text("KEY=1")
    assert "files that no workspace has: data/.env" in importer("hello")
    assert "tasks/hello/data/.env" not in importer.files()


class TestDockerfile:
    """Which files it copies where."""

    @pytest.fixture
    def context(self, tmp_path: Path) -> Path:
        for name in ("a.txt", "b.txt", "d/c.txt", "d/e/f.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name)
        (tmp_path / "out.txt").symlink_to("/etc/hostname")
        return tmp_path

    def copied(self, context: Path, *lines: str) -> dict[str, str]:
        reading = read_dockerfile("\n".join(["FROM ubuntu:24.04", "WORKDIR /app", *lines]), context)
        return {str(name): str(path.relative_to(context)) for name, path in reading.files.items()}

    @pytest.mark.parametrize(
        ("line", "files"),
        [
            ("COPY a.txt x.txt", {"x.txt": "a.txt"}),
            ("COPY a.txt .", {"a.txt": "a.txt"}),
            ("COPY a.txt /app", {"a.txt": "a.txt"}),
            ("COPY d x\nCOPY a.txt x", {"x/c.txt": "d/c.txt", "x/e/f.txt": "d/e/f.txt", "x/a.txt": "a.txt"}),
            ("WORKDIR sub\nWORKDIR ..\nCOPY a.txt sub/../b.txt", {"b.txt": "a.txt"}),
            ("copy a.txt sub/", {"sub/a.txt": "a.txt"}),
            ("COPY *.txt sub", {"sub/a.txt": "a.txt", "sub/b.txt": "b.txt"}),
            ("COPY a.txt b.txt /app/x/", {"x/a.txt": "a.txt", "x/b.txt": "b.txt"}),
            ("COPY d x", {"x/c.txt": "d/c.txt", "x/e/f.txt": "d/e/f.txt"}),
            ("COPY --chown=1:1 /d/ /app", {"c.txt": "d/c.txt", "e/f.txt": "d/e/f.txt"}),
            ('COPY ["a.txt", "with space.txt"]', {"with space.txt": "a.txt"}),
            ("ADD a.txt .", {"a.txt": "a.txt"}),
        ],
    )
    def test_copied(self, context: Path, line: str, files: dict[str, str]) -> None:
        assert self.copied(context, line) == files

    @pytest.mark.parametrize(
        "line",
        [
            "COPY a.txt /etc/a.txt",
            "COPY a.txt ../x",
            "COPY none.txt .",
            "COPY out.txt .",
            "COPY ../*.txt .",
            "COPY $X .",
            "COPY a.txt",
            'COPY ["a.txt"',
            "COPY **x .",
            "ADD https://example.org/a.txt .",
            "ADD a.tar.gz .",
            "USER me",
            "FROM ubuntu:22.04",
        ],
    )
    def test_needs_a_container(self, context: Path, line: str) -> None:
        reading = read_dockerfile(f"FROM ubuntu:24.04\nWORKDIR /app\n{line}", context)
        assert (reading.files, reading.needs) == ({}, [f"line 3: {line}"])

    def test_an_image_that_may_hold_anything(self, context: Path) -> None:
        assert read_dockerfile("FROM ghcr.io/some/python:1", context).needs == ["line 1: FROM ghcr.io/some/python:1"]

    def test_without_a_workdir_nothing_can_be_placed(self, context: Path) -> None:
        assert read_dockerfile("FROM scratch\nCOPY a.txt /app/", context).needs == ["line 2: COPY a.txt /app/"]

    def test_the_workdir_of_task_toml_counts(self, context: Path) -> None:
        reading = read_dockerfile("FROM scratch\nWORKDIR /x\nCOPY a.txt /app/", context, "/app")
        assert [str(name) for name in reading.files] == ["a.txt"]

    def test_a_workdir_that_is_relative_starts_at_the_root(self, context: Path) -> None:
        reading = read_dockerfile("FROM scratch\nCOPY a.txt /app/x/", context, "app")
        assert [str(name) for name in reading.files] == ["x/a.txt"]

    @pytest.mark.parametrize("text", ["", "FROM", "\\", "COPY", "RUN <<EOF\nnever ends", "WORKDIR", "\0", "FROM a\\"])
    def test_odd_ones_are_read_to_their_end(self, context: Path, text: str) -> None:
        assert read_dockerfile(text, context).files == {}
