"""The trajectory of a whole run: recorded, replayed, and taken by Harbor's validator."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.results import Json
from tests.e2e.project import KEY, Project, plays, tool
from tests.provider import Answer, Asked, Provider, completion
from tests.trajectory.harbor import Harbor

TASKS = """
    tasks:
      - {id: answer, prompt: Write 42 into out.txt., checks: [{contains: {file: out.txt, text: "42"}}]}
      - {id: words, prompt: Write 42 into out.txt., model: words}
      - {id: look, prompt: What is it?, agent: "my_agents:look", model: words}
      - {id: oracle, prompt: Write., agent: oracle, solution: echo hi}
      - {id: nop, prompt: Write., agent: nop}
"""

AGENTS = """
    def look(task, workspace, session, limits):
        url = "data:image/png;base64,iVBORw0KGgo="
        content = [{"type": "text", "text": task.prompt}, {"type": "image_url", "image_url": {"url": url}}]
        return session.complete([{"role": "user", "content": content}]).message["content"]
"""

LIMITED = Answer(429, {"error": {"code": 429, "message": "Rate limit exceeded"}}, {"retry-after": "3600"})
WORK = plays(
    [tool("write_file", path="out.txt", content="42\n"), tool("bash", command=f"echo {KEY} | tee leak.txt")],
    [{"id": "call_x", "type": "function", "function": {"name": "bash", "arguments": '{"command": '}}],
    [tool("finish", answer="written")],
)
TAGS = '<tool name="bash"><arg name="command">pwd</arg></tool><tool name="finish"><arg name="answer">ok</arg></tool>'
NAMES = ("answer", "words", "look", "oracle", "nop")


def models(asked: Asked) -> Answer:
    """`m` is limited, `n` works with tools, `words` without."""
    if asked.body["model"] == "test/m:free":
        return LIMITED
    if asked.body["model"] == "test/words:free":
        text = "A picture." if "image_url" in str(asked.body["messages"]) else TAGS
        return completion(text, model=asked.body["model"])
    return WORK(asked)


def same(document: Json) -> Json:
    """What does not differ between a recording and its replay."""
    extra = {name: value for name, value in document["extra"].items() if name != "cassette"}
    return {**document, "extra": extra, "session_id": None}


@pytest.fixture
def recorded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a run that was recorded."""
    project = Project(pytester, monkeypatch)
    project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    project.write("my_agents.py", AGENTS)
    project.write("tasks/t.yaml", TASKS)
    with Provider(models) as provider:
        project.models(provider, "m", "n", "words")
        file = project.path / "models.yaml"
        file.write_text(file.read_text().replace("words: {model:", "words: {tools: false, model:"))
        project.record("tasks").assert_outcomes(passed=5)
    return project


def file_of(project: Project, name: str) -> Path:
    folder: Path = project.run_folder / project.results()[name]["slug"]
    return folder / "trajectory.json"


def test_a_replay_gives_the_trajectory_of_the_recording(recorded: Project, harbor: Harbor) -> None:
    files = [file_of(recorded, name) for name in NAMES]
    assert [harbor.trouble_with_file(file) for file in files] == [""] * len(NAMES)
    first = {name: recorded.trajectory(name) for name in NAMES}
    recorded.pytest("tasks", "-n2").assert_outcomes(passed=5)
    again = {name: recorded.trajectory(name) for name in NAMES}
    assert {one["extra"]["cassette"] for one in again.values()} == {"replayed", "none"}
    assert [same(again[name]) for name in NAMES] == [same(first[name]) for name in NAMES]
    assert [harbor.trouble(again[name]) for name in NAMES] == [""] * len(NAMES)
    assert (file_of(recorded, "look").parent / "media").is_dir()

    answer = again["answer"]
    assert (answer["agent"]["name"], answer["agent"]["model_name"]) == ("loop", "openrouter/test/m:free")
    assert {tool["function"]["name"] for tool in answer["agent"]["tool_definitions"]} >= {"bash", "finish"}
    assert answer["extra"] | {"chain": 0} == {
        "task": "answer", "requested": "m", "chain": 0, "served": ["openrouter/test/n:free"], "purity": "single",
        "stopped": "finished", "cassette": "replayed",
    }  # fmt: skip
    write, broken, finish = answer["steps"][2:]
    assert write["model_name"] == "openrouter/test/n:free"
    verdicts = [one["verdict"] for one in write["extra"]["agenttasks"]["attempts"]]
    assert verdicts == ["rotate", "answered"]
    assert write["observation"]["results"][1]["content"].strip() == "[scrubbed:OPENROUTER_API_KEY]"
    assert broken["tool_calls"][0]["extra"] == {"raw_arguments": '{"command": '}
    assert finish["observation"]["results"][0]["content"] == "[finished]"
    assert answer["final_metrics"]["total_prompt_tokens"] == 300

    (ran, _) = again["words"]["steps"][2]["observation"]["results"]
    assert (ran["content"], ran["extra"]) == ("[output of bash]\n/workspace", {"tool": "bash"})
    assert [step["source"] for step in again["oracle"]["steps"]] == ["user", "agent"]
    assert [step["message"] for step in again["nop"]["steps"]] == ["Write."]
