"""The check `judge` as a user meets it: another model votes on what the agent left, live and from the cassette."""

from __future__ import annotations

import json

from tests.e2e.project import WRITES, Project, tool
from tests.provider import Answer, Asked, Json, Provider, completion

ANSWER = """
    id: answer
    prompt: Write 42 into out.txt.
    checks:
      - files: out.txt
      - judge:
          rubric:
            - It says what the answer is.
            - It says why.
          model: j
          sees: [out.txt]
"""

FAULTS = """
    tasks:
    - id: rotates
      prompt: Write 42 into out.txt.
      checks: [judge: {rubric: It is so., model: [busy, j], votes: 1}]
    - id: down
      prompt: Write 42 into out.txt.
      checks: [judge: {rubric: It is so., model: gone, votes: 1}]
    - id: denied
      prompt: Write 42 into out.txt.
      checks: [judge: {rubric: [It is so., And so.], votes: 1}]
"""


def verdict(*holds: bool) -> list[Json]:
    """A judge's answer by the tool."""
    criteria = [{"number": n, "reason": f"so it reads {n}", "holds": one} for n, one in enumerate(holds, 1)]
    return [tool("verdict", criteria=criteria)]


def court(asked: Asked) -> Answer:
    """A provider with an agent, a judge, one that is limited and one that is not there."""
    name = asked.body["model"].removeprefix("test/").removesuffix(":free")
    if name == "busy":
        return Answer(429, {"error": {"code": 429, "message": "test/busy:free is temporarily rate-limited upstream."}})
    if name == "gone":
        return Answer(404, {"error": {"code": 404, "message": "No endpoints found for test/gone:free."}})
    if name == "m":
        return WRITES(asked)
    both = "2. And so." in asked.body["messages"][0]["content"] or "2. It says why." in str(asked.body["messages"][0])
    holds = [True, name == "j"] if both else [True]
    return completion(None, model=asked.body["model"], tool_calls=verdict(*holds))


def models(project: Project, provider: Provider) -> None:
    """One model works, the others are there to judge."""
    project.models(provider, "m", "j", "k", "busy", "gone")
    file = project.path / "models.yaml"
    text = file.read_text("utf-8").replace("chain: [m, j, k, busy, gone]", "chain: [m]\njudge: k")
    file.write_text(text, "utf-8")


def test_a_judge_is_recorded_and_replayed_apart_from_the_agent(project: Project) -> None:
    project.write("tasks/answer.yaml", ANSWER)
    with Provider(court) as provider:
        models(project, provider)
        project.record("tasks").assert_outcomes(passed=1)
    asked = [one.body for one in provider.asked if one.body["model"] == "test/j:free"]
    assert len(asked) == 2  # two votes of three decide
    system, user = (message["content"] for message in asked[0]["messages"])
    assert "Write 42 into out.txt." in system
    assert "1. It says what the answer is.\n2. It says why." in system
    assert "file out.txt\n42\n" in user
    assert [one["function"]["name"] for one in asked[0]["tools"]] == ["verdict"]
    assert asked[0]["messages"][1] != asked[1]["messages"][1]
    assert "agenttasks" not in asked[0]
    for run in ("recorded", "replayed"):
        result = project.results()["answer"]
        assert (result["cassette"], result["calls"], result["served"]) == (run, 2, ["openrouter/test/m:free"])
        assert (result["purity"], result["prompt_tokens"]) == ("pinned", 200)
        assert result["checks"][1]["message"] == "all 2 criteria hold (j, 2 votes)"
        judge = result["judge"]
        assert (judge["requested"], judge["served"], judge["calls"]) == (["j"], ["openrouter/test/j:free"], 2)
        [file] = judge["files"]
        evidence = json.loads((project.run_folder / result["slug"] / file).read_text("utf-8"))
        assert [vote["criteria"][1]["reason"] for vote in evidence["votes"]] == ["so it reads 2"] * 2
        assert "It says why" not in json.dumps(project.trajectory())
        properties = project.case().properties
        assert (properties["judge.model"], properties["judge.calls"]) == ("openrouter/test/j:free", "2")
        assert properties["calls"] == "2"
        if run == "recorded":
            again = project.pytest("tasks")
            again.assert_outcomes(passed=1)
    again.stdout.fnmatch_lines(["judge: j", "judges: 2 calls * nothing spent (recorded: $0)"])
    project.write("tasks/answer.yaml", ANSWER.replace("It says why.", "It says how."))
    drifted = project.pytest("tasks")
    drifted.assert_outcomes(errors=1)
    drifted.stdout.fnmatch_lines([
        "*judge: the check could not be run: the request of a judge's call 1 is not in the cassette: message 1*",
        "*tasks/answer.yaml:6",
        "*  cause: the task file: the rubric is another one",
    ])  # fmt: skip


def test_a_judge_rotates_by_itself_and_its_faults_are_errors(project: Project) -> None:
    project.write("tasks/t.yaml", FAULTS)
    with Provider(court) as provider:
        models(project, provider)
        result = project.live("tasks")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    results = project.results()
    assert results["rotates"]["judge"]["served"] == ["openrouter/test/j:free"]
    assert (results["rotates"]["served"], results["rotates"]["rotations"]) == (["openrouter/test/m:free"], 0)
    down = results["down"]
    assert (down["outcome"], down["served"], down["judge"]["served"]) == ("error", ["openrouter/test/m:free"], [])
    assert down["reason"].startswith("judge: the check could not be run: ")
    assert "m" not in {one["model"].split("/")[-1] for one in down["models"]} - {"m:free"}
    assert project.case("down").outcome == "error"
    assert results["denied"]["reason"] == "judge: no (k, 1 to 0): criterion 2 'And so.': so it reads 2"
    assert project.case("denied").outcome == "failure"
    result.stdout.fnmatch_lines(["judges: 3 calls * spent"])


def test_who_judges_is_settled_before_anything_runs(project: Project) -> None:
    with Provider(court) as provider:
        models(project, provider)
    project.write("tasks/answer.yaml", ANSWER)
    project.write("tasks/bad.yaml", ANSWER.replace("model: j", "model: jj"))
    project.write("tasks/own.yaml", f"    model: j{ANSWER}")
    result = project.pytest("tasks")
    result.stdout.fnmatch_lines([
        "*tasks/bad.yaml:10:14: judge: unknown preset 'jj'; did you mean 'j'?",
        "*tasks/own.yaml:10:14: judge: j is asked for the work as well; name another, or allow *",
    ])  # fmt: skip
    own = project.pytest("tasks/answer.yaml", "--model-preset=j")
    assert own.ret == 4
    own.stderr.fnmatch_lines(["ERROR: j would judge its own work in tasks/answer.yaml::answer, which asks j: choose *"])
    oracle = project.pytest("tasks/answer.yaml", "--agent=oracle")
    oracle.assert_outcomes(errors=1)
