"""The built-in agent in a whole run: models that behave badly, and work that does not end."""

from __future__ import annotations

from tests.e2e.project import ONE_TASK, Project, plays, tool
from tests.provider import Answer, Asked, Json, Provider, completion


def call(name: str, arguments: str) -> Json:
    return {"id": "call_x", "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_clumsy_model_is_told_and_finds_its_way(project: Project) -> None:
    """Malformed arguments, an unknown tool, words without a tool, a path outside: none ends the task."""
    clumsy = plays(
        [call("write_file", '{"path": "out.txt", "content": ')],
        [tool("browse", url="https://example.com")],
        completion("I will now write the file."),
        [tool("read_file", path="../../etc/passwd"), tool("edit_file", path="out.txt", old="a", new="b")],
        [tool("write_file", path="out.txt", content="42")],
        [tool("finish", answer="written")],
    )
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(clumsy) as provider:
        project.models(provider)
        project.live("tasks").assert_outcomes(passed=1)
    told = [message["content"] for message in project.transcript() if message["role"] in ("tool", "user")]
    assert "cannot be read" in told[1]
    assert "there is no tool 'browse'; the tools are bash" in told[2]
    assert "used no tool" in told[3]
    assert told[4].startswith("error: ")
    assert told[5].startswith("error: ")


def test_a_model_without_tool_calling_works_by_text(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    write = '<tool name="write_file"><arg name="path">out.txt</arg><arg name="content">42\n</arg></tool>'

    def answer(asked: Asked) -> Answer:
        assert "tools" not in asked.body
        done = asked.body["messages"][-1]["content"].startswith("[output of write_file]")
        return completion('<tool name="finish"><arg name="answer">ok</arg></tool>' if done else f"Sure.\n{write}")

    with Provider(answer) as provider:
        project.models(provider)
        file = project.path / "models.yaml"
        file.write_text(file.read_text().replace("{model:", "{tools: false, model:"))
        project.record("tasks").assert_outcomes(passed=1)
    project.pytest("tasks").assert_outcomes(passed=1)


def test_a_model_found_out_to_have_no_tool_calling_works_by_text(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    write = '<tool name="bash"><arg name="command">echo 42 > out.txt</arg></tool>'
    both = write + '<tool name="finish"><arg name="answer">ok</arg></tool>'
    refusal = Answer(404, {"error": {"code": 404, "message": "No endpoints found that support tool use."}})
    with Provider(lambda asked: refusal if "tools" in asked.body else completion(both)) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=1)
    project.pytest("tasks").assert_outcomes(passed=1)


def test_work_without_end_ends_by_its_limit_as_a_failure(project: Project) -> None:
    limits = {"steps": "{steps: 3}", "seconds": "{seconds: 15}", "tokens": "{tokens: 200}"}
    tasks = "".join(
        f"  - {{id: {name}, prompt: {name}, checks: [files: x], limits: {limit}}}\n" for name, limit in limits.items()
    )
    project.write("tasks/t.yaml", f"tasks:\n{tasks}")

    def answer(asked: Asked) -> Answer:
        prompt = asked.body["messages"][1]["content"]
        return plays([tool("bash", command="sleep 600" if prompt == "seconds" else "echo again")])(asked)

    with Provider(answer) as provider:
        project.models(provider)
        project.live("tasks", "-n2").assert_outcomes(failed=3)
    for name in limits:
        assert f"[the agent was ended by its limit: {name}]" in project.case(name).message
        assert project.case(name).properties["stopped"] == name


def test_a_gigabyte_of_output_and_background_processes_do_no_harm(project: Project) -> None:
    floods = plays(
        [tool("bash", command="yes | head -c 1000000000; setsid sleep 1000 & echo started")],
        [tool("write_file", path="out.txt", content="42")],
        [tool("finish", answer="x")],
    )
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(floods) as provider:
        project.models(provider)
        project.live("tasks").assert_outcomes(passed=1)
    outputs = [m["content"] for m in project.transcript() if m["role"] == "tool"]
    assert len(outputs[0]) < 40_000
