"""The built-in agent in a whole run: models that behave badly, and work that does not end."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.e2e.project import Project, plays, tool
from tests.provider import Answer, Asked, Json, Provider, completion


def call(name: str, arguments: str) -> Json:
    return {"id": "call_x", "type": "function", "function": {"name": name, "arguments": arguments}}


WRITE = '<tool name="write_file"><arg name="path">out.txt</arg><arg name="content">42\n</arg></tool>'
FINISH = '<tool name="finish"><arg name="answer">ok</arg></tool>'
NO_TOOLS = Answer(404, {"error": {"code": 404, "message": "No endpoints found that support tool use."}})

CLUMSY = plays(
    [call("write_file", '{"path": "out.txt", "content": ')],
    [tool("browse", url="https://example.com")],
    completion("I will now write the file."),
    [tool("read_file", path="../../etc/passwd"), tool("edit_file", path="out.txt", old="a", new="b")],
    [tool("write_file", path="out.txt", content="42")],
    [tool("finish", answer="written")],
)

FLOODS = plays(
    [tool("bash", command="yes | head -c 1000000000; setsid sleep 1000 & echo started")],
    [tool("write_file", path="out.txt", content="42")],
    [tool("finish", answer="x")],
)


def without_tools(asked: Asked) -> Answer:
    """A model that is known to have no tool calling is not asked for it."""
    assert "tools" not in asked.body
    done = asked.body["messages"][-1]["content"].startswith("[output of write_file]")
    return completion(FINISH if done else f"Sure.\n{WRITE}")


def found_out(asked: Asked) -> Answer:
    return NO_TOOLS if "tools" in asked.body else completion(WRITE + FINISH)


AGAIN = plays([tool("bash", command="echo again")])
SLEEPS = plays([tool("bash", command="sleep 600")])

MODELS = {"clumsy": CLUMSY, "floods": FLOODS, "known": without_tools, "found_out": found_out, "steps": AGAIN,
          "tokens": AGAIN, "seconds": SLEEPS}  # fmt: skip
"""One for each task of the same name."""

LIMITS = {"steps": 3, "tokens": 200, "seconds": 3}
"""Of the task of the same name. The seconds begin when the gateway is up, as other tasks came before."""

CHECK = {"contains": {"file": "out.txt", "text": "42"}}
TASKS = [
    {"id": name, "prompt": "x", "model": name, "checks": [CHECK]}
    | ({"limits": {name: LIMITS[name]}} if name in LIMITS else {})
    for name in MODELS
]

WORKED: dict[str, Project] = {}


@pytest.fixture
def worked(project: Project) -> Project:
    """A run of all these models, recorded by the first test of this process that looks at it."""
    if not WORKED:
        project.write("tasks/t.yaml", json.dumps({"tasks": TASKS}))
        with Provider(lambda asked: MODELS[asked.body["model"].split("/")[1].removesuffix(":free")](asked)) as provider:
            project.models(provider, *MODELS)
            file = project.path / "models.yaml"
            file.write_text(file.read_text().replace("known: {model:", "known: {tools: false, model:"))
            project.record("tasks", "-n0")
        WORKED["run"] = project
    return WORKED["run"]


def test_a_clumsy_model_is_told_and_finds_its_way(worked: Project) -> None:
    """Malformed arguments, an unknown tool, words without a tool, a path outside: none ends the task."""
    assert worked.results()["clumsy"]["outcome"] == "passed"
    told = worked.told("clumsy")
    assert "cannot be read" in told[1]
    assert "there is no tool 'browse'; the tools are bash" in told[2]
    assert "used no tool" in told[3]
    assert told[4].startswith("error: ")
    assert told[5].startswith("error: ")


def test_a_gigabyte_of_output_and_background_processes_do_no_harm(worked: Project) -> None:
    assert worked.results()["floods"]["outcome"] == "passed"
    assert 30_000 < len(worked.told("floods")[1]) < 40_000


@pytest.mark.parametrize("limit", LIMITS)
def test_work_without_end_ends_by_its_limit_as_a_failure(worked: Project, limit: str) -> None:
    case = worked.case(limit)
    assert case.outcome == "failure"
    assert f"[the agent was ended by its limit: {limit}]" in case.message
    assert case.properties["stopped"] == limit
    assert worked.trajectory(limit)["steps"][2]["tool_calls"][0]["function_name"] == "bash"


def test_models_without_tool_calling_work_by_text_and_replay(
    worked: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is known to have none, and one that is found out to have none."""
    names = ("known", "found_out")
    assert {worked.results()[name]["outcome"] for name in names} == {"passed"}
    copy = project.path.with_name("copy")
    shutil.copytree(worked.path, copy, ignore=shutil.ignore_patterns(".agenttasks"))
    monkeypatch.chdir(copy)
    project.pytest(*(f"tasks/t.yaml::{name}" for name in names)).assert_outcomes(passed=2)
