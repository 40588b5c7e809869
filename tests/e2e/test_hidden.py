"""Hidden inputs in real runs: an agent neither sees nor changes what it is judged by."""

from __future__ import annotations

import json

from tests.e2e.project import Project, tool, turn_of
from tests.make_docs import ROOT
from tests.provider import Answer, Asked, Provider, completion
from tests.test_docs import examples_of

SECRET = "the-secret-of-the-judge"

TASKS = """
defaults:
  workspace: {from: .., setup: ["rm -rf tasks .agenttasks"]}
  checks:
    - pytest: {args: tests, min_passed: 2}
      hidden: {from: ../judge, original: tests/**}
tasks:
  - {id: honest, prompt: Make the tests pass}
  - {id: cheat, prompt: Cheat}
"""

TESTED = "from calc import add\ndef test_add(): assert add(2, 2) == 4\n"
JUDGED = f"# {SECRET}\nfrom calc import add\ndef test_more(): assert add(5, 5) == 10\n"
EMPTIED = "def test_add(): pass\ndef test_more(): pass\n"


def works(asked: Asked) -> Answer:
    """One model is honest. The other one empties all tests, those that it knows and those that it guesses."""
    honest = "Make the tests pass" in json.dumps(asked.body["messages"])
    right = tool("write_file", path="calc.py", content="def add(a, b):\n    return a + b\n")
    cheats = [tool("write_file", path=f"tests/test_{name}.py", content=EMPTIED) for name in ("calc", "more")]
    turns = [[right]] if honest else [[tool("bash", command="find . -type f; cat judge/* judge/*/*")], cheats]
    calls = [*turns, [tool("finish", answer="done")]][min(turn_of(asked), len(turns))]
    named = [{**call, "id": f"call_{number}"} for number, call in enumerate(calls)]
    return completion(None, model=asked.body["model"], tool_calls=named)


def test_an_agent_that_overwrites_the_tests_it_is_judged_by_fails(project: Project) -> None:
    project.write("calc.py", "def add(a, b):\n    return 3\n")
    project.write("tests/test_calc.py", TESTED)
    project.write("judge/tests/test_more.py", JUDGED)
    project.write("tasks/calc.yaml", TASKS)
    with Provider(works) as provider:
        project.models(provider, "first")
        result = project.live("tasks", "-v")
        told = json.dumps([asked.body for asked in provider.asked])
    result.assert_outcomes(passed=1, failed=1)
    assert SECRET not in told
    assert "./calc.py" in told, "what the agent found"
    assert "./judge" not in told
    results = project.results()
    cheat = next(one for one in results.values() if one["task"] == "cheat")
    assert cheat["reason"].startswith("pytest: 2 of 2 tests failed: tests/test_calc.py::test_add: assert 3 == 4")
    assert cheat["reason"].endswith("[not as the agent left it: tests/test_calc.py, tests/test_more.py]")
    assert cheat["changed"] == ["tests/test_calc.py", "tests/test_more.py"], "the patch is the agent's own work"


def test_a_missing_folder_is_told_before_anything_runs(project: Project) -> None:
    project.write("tasks/a.yaml", "id: a\nprompt: x\nchecks:\n  - command: 'true'\n    hidden: judge\n")
    task = "id: b\nprompt: x\nsolution: echo b > b\nchecks: [{command: cmp b there.yaml, hidden: given}]\n"
    project.write("tasks/b.yaml", task)
    project.write("tasks/given/there.yaml", "b\n")  # no task file
    result = project.pytest("tasks", "--agent=oracle")
    result.stdout.fnmatch_lines(["*tasks/a.yaml:5:13: hidden: the folder judge does not exist beside the task file*"])
    result.assert_outcomes(passed=1, errors=1)


def test_a_pass_counts_until_the_hidden_inputs_change(project: Project) -> None:
    task = "id: a\nprompt: x\nsolution: echo 4 > four\nchecks:\n  - command: diff four wanted\n    hidden: _judge\n"
    project.write("tasks/a.yaml", task)
    project.write("tasks/_judge/wanted", "4\n")
    project.pytest("tasks", "--agent=oracle").assert_outcomes(passed=1)
    project.pytest("tasks", "--agent=oracle", "--agent-resume").stdout.fnmatch_lines(["*1 passed earlier in*"])
    project.write("tasks/_judge/wanted", "5\n")
    project.pytest("tasks", "--agent=oracle", "--agent-resume").assert_outcomes(failed=1)


def test_the_example_of_the_docs(project: Project) -> None:
    [shown] = [
        one.text for one in examples_of(ROOT / "docs/checks.md") if "hidden:" in one.text and "prompt:" in one.text
    ]
    project.write("tasks/add.yaml", shown)
    project.pytest("tasks", "--agent=oracle").assert_outcomes(passed=1)
    project.pytest("tasks", "--agent=nop").assert_outcomes(failed=1)
