"""Made-up projects in temporary folders: task files, tests by hand, and the recordings of both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

from benchmarks.spent import OURS, XDIST, Spent, pytest
from benchmarks.stand_in import stand_in
from benchmarks.world import KEY, KEY_VARIABLE, ROOT

PROJECTS = ROOT / "benchmarks/projects"
PROMPT = "Write the function that the test in tests/test_money.py asks for, then run it. " * 4
CHECK = "checks: [{answer: {contains: function}}]"
KEYED = {KEY_VARIABLE: KEY}
"""Environment of live runs."""

MODEL_BASE = "BENCHMARK_BASE"
"""Variable that tells a test where the model is."""

MODELS = """\
presets:
  m00: {{model: "openrouter/bench/m00:free", api_base: "{base}", api_key_env: AGENTTASKS_BENCHMARK_KEY}}
chain: [m00]
"""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for projects, removed afterwards."""
    with TemporaryDirectory(prefix="benchmark-") as path:
        yield Path(path).resolve()


def bare(place: Path) -> Path:
    """A project with one test that does nothing."""
    return _project(place, "bare")


def replayed(place: Path, tasks: int) -> Path:
    """A project of the plugin with so many tasks of 4 calls, without tools, and their cassettes.

    Every task is a file; the agent is a Python function (`projects/talker.py`).
    """
    project = _project(place)
    (project / "models.yaml").write_text(MODELS.format(base="http://127.0.0.1:9/api/v1"), "utf-8")
    (project / "tasks").mkdir()
    for name, prompt in prompts(tasks).items():
        text = f"agent: benchmarks.projects.talker:talk\nprompt: {json.dumps(prompt)}\n{CHECK}\n"
        (project / "tasks" / f"{name}.yaml").write_text(text, "utf-8")
    with stand_in() as origin:
        environ = {"AGENTTASKS_GATEWAY_TOKEN": "made-up"}
        pytest(project, *OURS, "tasks", "--agent-cassettes=record", "--agent-isolation=none",
               f"--agent-gateway={origin}", environ=environ)  # fmt: skip
    return project


def live_tasks(place: Path, base: str, tasks: int) -> Path:
    """A project of the plugin with so many tasks for the built-in agent and a provider at that address.

    The agent is answered without a tool, asked to go on twice, and ends: three calls.
    """
    project = _project(place)
    (project / "models.yaml").write_text(MODELS.format(base=base), "utf-8")
    listed = "".join(f"- {{id: {name}, prompt: {json.dumps(prompt)}}}\n" for name, prompt in prompts(tasks).items())
    (project / "tasks").mkdir()
    (project / "tasks/all.yaml").write_text(f"defaults: {{{CHECK}}}\ntasks:\n{listed}", "utf-8")
    return project


def in_process(place: Path, tasks: int) -> Path:
    """A project with as many tests that ask through litellm in their own process."""
    project = _project(place, "in_process")
    (project / "prompts.json").write_text(json.dumps(prompts(tasks)), "utf-8")
    return project


def task_files(place: Path, number: int) -> Path:
    """A project with so many files, in folders of a hundred, of one task that cannot succeed."""
    project = _project(place)
    for name, prompt in prompts(number).items():
        file = project / "tasks" / name[:-2] / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_unread(name, prompt), "utf-8")
    return project


def task_list(place: Path, number: int) -> Path:
    """A project with the same tasks in one file."""
    project = _project(place)
    (project / "tasks").mkdir()
    tasks = [indent(_unread(name, prompt), "  ") for name, prompt in prompts(number).items()]
    text = "".join(f"-{task[1:]}" for task in tasks)
    (project / "tasks/all.yaml").write_text(f"tasks:\n{text}", "utf-8")
    return project


def _unread(name: str, prompt: str) -> str:
    """A task whose agent does nothing, and whose check finds that."""
    return f"id: {name}\nagent: nop\nprompt: |\n  {prompt}\nchecks:\n- files: out.txt\n"


class ByHand:
    """A project with the same tasks as tests written by hand, and their cassettes: see `projects/by_hand.py`."""

    def __init__(self, place: Path, tasks: int) -> None:
        self._project = _project(place, "by_hand")
        (self._project / "prompts.json").write_text(json.dumps(prompts(tasks)), "utf-8")
        with stand_in() as origin:
            self._base = f"{origin}/api/v1"
            self._run("once")

    def replay(self, *arguments: str) -> Spent:
        """All of it; a request that is in no cassette is a failure, and nobody listens any more."""
        return self._run("none", *arguments)

    def _run(self, record: str, *arguments: str) -> Spent:
        environ = {"BENCHMARK_RECORD": record, MODEL_BASE: self._base}
        return pytest(self._project, *XDIST, *arguments, environ=environ)


def names(tasks: int) -> list[str]:
    """Of so many tasks."""
    return [f"t{number:05}" for number in range(tasks)]


def prompts(tasks: int) -> dict[str, str]:
    """Name of each task → what is asked."""
    return {name: f"{number}: {PROMPT}" for number, name in enumerate(names(tasks))}


def _project(place: Path, test: str | None = None) -> Path:
    place.mkdir()
    (place / "pytest.ini").write_text("[pytest]\n", "utf-8")
    if test is not None:
        shutil.copy(PROJECTS / f"{test}.py", place / f"test_{test}.py")
    return place
