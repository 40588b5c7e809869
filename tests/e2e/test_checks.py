"""Checks in whole runs: on what an agent really said and did, and by what lies beside the task file."""

from __future__ import annotations

from tests.e2e.project import Project, plays, tool
from tests.provider import Provider

JUDGED = """
    id: answer
    prompt: Write 42 into out.txt.
    checks:
      - trajectory: {used: [write_file, bash], unused: "web*", ran: {'\\bls\\b': {count: 1}}}
      - trajectory: {steps: {max: 3}, calls: {min: 3}}
      - answer: {json: {values: {/written: out.txt}}}
      - call: checks.py:answer_is
      - trajectory: {tokens: {min: 1}}
"""

CHECKS = """
    def answer_is(context):
        assert context.task == "answer", context.task
        assert context.changed == ("out.txt",)
        return None if "42" in (context.workspace / "out.txt").read_text() else f"no {context.prompt}"
"""

WORKS = plays(
    [tool("write_file", path="out.txt", content="42\n")],
    [tool("bash", command="ls")],
    [tool("finish", answer='{"written": "out.txt"}')],
)


def test_what_an_agent_did_is_judged_alike_when_it_is_recorded_and_replayed(project: Project) -> None:
    project.write("tasks/answer.yaml", JUDGED)
    project.write("tasks/checks.py", CHECKS)
    with Provider(WORKS) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=1)
    recorded = project.results()["answer"]
    project.pytest("tasks").assert_outcomes(passed=1)
    replayed = project.results()["answer"]
    assert [one["status"] for one in recorded["checks"]] == ["passed"] * 5
    assert recorded["checks"] == replayed["checks"]

    project.write("tasks/checks.py", CHECKS.replace('"42" in', '"43" in'))
    project.pytest("tasks").assert_outcomes(failed=1)
    changed = project.results()["answer"]
    assert project.case().message.startswith("call: checks.py:answer_is: no Write 42 into out.txt.")
    assert {name for name in changed["content"] if changed["content"][name] != replayed["content"][name]} == {"judges"}


def test_what_is_not_there_is_told_with_its_line_before_anything_runs(project: Project) -> None:
    project.write(
        "tasks/bad.yaml",
        """
        id: bad
        prompt: x
        agent: nop
        checks:
          - call: checks.py:price
          - json: {file: a.json, schema: order.json}
          - answer:
              json: {schema: {type: text}}
        """,
    )
    project.write("tasks/checks.py", "def prices(context): ...\n")
    project.write("tasks/orders.json", "{}\n")
    project.write("tasks/good.yaml", "prompt: x\nagent: nop\nchecks: [{absent: a.json}]\n")
    result = project.pytest("tasks", "--continue-on-collection-errors")
    result.assert_outcomes(passed=1, errors=1)
    told = result.stdout.str()
    assert "tasks/bad.yaml:6:11: call: there is no 'price' in checks.py; did you mean 'prices'?" in told
    assert (
        "tasks/bad.yaml:7:34: schema: there is no file order.json beside the task file; did you mean 'orders.json'?"
    ) in told
    assert "tasks/bad.yaml:9:22: schema: this is no JSON Schema: type: 'text' is not valid" in told


def test_an_agent_does_not_see_what_it_is_judged_by(project: Project) -> None:
    project.write(
        "work/task.task.yaml",
        """
        id: hidden
        prompt: x
        agent: oracle
        workspace: {from: .}
        solution: find . -type f > /tmp/found; cat /tmp/found
        checks:
          - call: checks.py:fine
          - json: {file: data.json, schema: data.schema.json}
          - absent: ["checks.py", "*.schema.json"]
          - answer: {contains: data.json, lacks: [checks.py, schema]}
        """,
    )
    project.write("work/checks.py", "def fine(context): ...\n")
    project.write("work/data.json", "{}\n")
    project.write("work/data.schema.json", "{}\n")
    project.pytest("work/task.task.yaml").assert_outcomes(passed=1)


def test_a_nop_has_no_answer_and_no_trajectory(project: Project) -> None:
    project.write(
        "tasks/nop.yaml",
        "id: nop\nprompt: x\nagent: nop\nchecks: [{answer: {lacks: x}}, {trajectory: {unused: web}}]\n",
    )
    project.pytest("tasks").assert_outcomes(failed=1)
    messages = [one["message"] for one in project.results()["nop"]["checks"]]
    assert messages == [
        "the agent nop gave no answer",
        "the agent nop asked no model: there is no trajectory to look at",
    ]
