"""What an outcome depends on: a change of it makes another hash of that name, any other change makes none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_agenttasks.agents import find_agent
from pytest_agenttasks.content import content_of, known_content, outcome_content
from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.models import Chain, Models, Preset, Wishes
from pytest_agenttasks.runs import RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Plan, Settings
from pytest_agenttasks.spec import load_tasks

TASK = """
id: x
title: a title
category: code
priority: high
tags: [one]
prompt: do it
workspace: {from: ../src, files: {a.txt: a}}
artifacts: ["*.txt"]
checks: [{files: a.txt}]
solution: echo
limits: {steps: 3}
"""

OF_A_MODEL = {"prompt", "agent", "workspace", "checks", "limits", "artifacts", "model"}


def plan_of(folder: Path, text: str = TASK, action: str = "live", *models: Preset) -> tuple[Plan, Settings]:
    settings = Settings(folder, Models({}, {}, [], {}), Wishes(None, None, True, {}), "live", "report", "none",
                        folder / "cassettes", RunFolder(folder, "r"), Secrets({}), ci=False)  # fmt: skip
    file = folder / "tasks/t.yaml"
    file.parent.mkdir(exist_ok=True)
    (folder / "src").mkdir(exist_ok=True)
    file.write_text(text)
    (task,) = load_tasks(file, "tasks/t.yaml")
    chain = Chain(models or (Preset("m", "openrouter/m"), Preset("n", "openrouter/n")), by_name=False, source="")
    no_model = action == "none"
    agent = find_agent("oracle" if no_model else "loop")
    return Plan(task, agent, None if no_model else chain, action, folder / "c.yaml"), settings  # type: ignore[arg-type]


def content(folder: Path, text: str = TASK, action: str = "live", *models: Preset) -> dict[str, str]:
    return outcome_content(*plan_of(folder, text, action, *models))


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        ("do it", "do it well", {"prompt"}),
        ("a.txt: a", "a.txt: b", {"workspace"}),
        ("[{files: a.txt}]", "[]", {"checks"}),
        ("steps: 3", "steps: 4", {"limits"}),
        ('["*.txt"]', "[]", {"artifacts"}),
        ("a title", "another", set()),
        ("high", "low", set()),
        ("one", "two", set()),
        ("category: code", "category: docs", set()),
        ("solution: echo", "solution: ls", set()),
    ],
)
def test_a_change_of_the_task(tmp_path: Path, old: str, new: str, other: set[str]) -> None:
    before, now = content(tmp_path), content(tmp_path, TASK.replace(old, new))
    assert before.keys() == now.keys() == OF_A_MODEL
    assert {name for name in before if before[name] != now[name]} == other


@pytest.mark.parametrize(
    "head",
    [Preset("m", "openrouter/other"), Preset("m", "openrouter/m", api_base="http://here"),
     Preset("m", "openrouter/m", params={"temperature": 0})],
)  # fmt: skip
def test_a_change_of_the_first_model(tmp_path: Path, head: Preset) -> None:
    before, now = content(tmp_path), content(tmp_path, TASK, "live", head)
    assert {name for name in before if before[name] != now[name]} == {"model"}


def test_fallbacks_and_keys_do_not_matter(tmp_path: Path) -> None:
    head = Preset("m", "openrouter/m", api_key_env="ANOTHER_KEY")
    assert content(tmp_path) == content(tmp_path, TASK, "live", head) == content(tmp_path, TASK, "record")


def test_a_file_of_the_workspace(tmp_path: Path) -> None:
    before = content(tmp_path)
    (tmp_path / "src/new.py").touch()
    assert {name for name, digest in content(tmp_path).items() if before[name] != digest} == {"workspace"}


def test_a_replay_depends_on_its_cassette(tmp_path: Path) -> None:
    none = content(tmp_path, TASK, "replay")
    assert none.keys() == OF_A_MODEL | {"cassette"}
    (tmp_path / "c.yaml").write_text("recorded")
    assert {name for name, digest in content(tmp_path, TASK, "replay").items() if none[name] != digest} == {"cassette"}


def test_without_a_model_it_is_the_solution(tmp_path: Path) -> None:
    before = content(tmp_path, TASK, "none")
    assert before.keys() == OF_A_MODEL - {"model"} | {"solution"}
    now = content(tmp_path, TASK.replace("solution: echo", "solution: ls"), "none")
    assert {name for name in before if before[name] != now[name]} == {"solution"}


def test_of_a_solution_it_is_the_files_and_the_script(tmp_path: Path) -> None:
    text = TASK.replace("solution: echo", "solution: {from: ../done, run: echo}")
    assert "solution" not in known_content(*plan_of(tmp_path, text, "none")), "its folder is not there"
    (tmp_path / "done").mkdir()
    seen = [content(tmp_path, text, "none")["solution"]]
    (tmp_path / "done/a.txt").write_text("a")
    seen += [content(tmp_path, one, "none")["solution"] for one in (text, text.replace("echo", "ls"))]
    assert len(set(seen)) == 3


def test_a_python_test_depends_on_its_file(tmp_path: Path) -> None:
    plan, settings = plan_of(tmp_path, TASK.replace("from: ../src, ", ""))
    file, other = tmp_path / "test_it.py", tmp_path / "test_other.py"
    file.write_text("1")
    other.write_text("2")
    plans = [replace(plan, task=replace(plan.task, path=path)) for path in (file, other)]
    before, now = (outcome_content(one, settings) for one in plans)
    assert {name for name, digest in now.items() if before[name] != digest} == {"code"}
    file.write_text("2")  # while the run goes on, which has imported it
    assert outcome_content(plans[0], settings) == before


def test_a_program_depends_on_its_exit_codes_and_on_its_files_beside_the_task(tmp_path: Path) -> None:
    script, command = tmp_path / "tasks/it.py", 'agent: {command: [python, "{here}/it.py"], exit_codes: [CODE]}'
    plan, settings = plan_of(tmp_path)

    def digest(code: str) -> str:
        text = TASK.replace("category: code", command.replace("CODE", code))
        (tmp_path / "tasks/t.yaml").write_text(text)
        (task,) = load_tasks(tmp_path / "tasks/t.yaml")
        agent = find_agent(task.spec.agent, task.path.parent)
        return outcome_content(replace(plan, task=task, agent=agent), settings)["program"]

    script.write_text("1")
    first = digest("0")
    assert digest("0") == first != digest("1")
    script.write_text("2")
    assert digest("0") != first


def test_what_a_recording_is_made_from_is_part_of_it(tmp_path: Path) -> None:
    plan, settings = plan_of(tmp_path)
    recorded = content_of(plan.task, plan.agent, settings)
    assert recorded.items() <= outcome_content(plan, settings).items()


def test_a_workspace_that_is_not_there(tmp_path: Path) -> None:
    plan, settings = plan_of(tmp_path)
    (tmp_path / "src").rmdir()
    with pytest.raises(WorkspaceError):
        outcome_content(plan, settings)
