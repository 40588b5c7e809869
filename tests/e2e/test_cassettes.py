"""Cassettes as a user meets them: missing, stale, torn, kept or not kept."""

from __future__ import annotations

import pytest

from tests.e2e.project import ONE_TASK, WRITES, Project, plays, tool, turn_of
from tests.provider import Answer, Asked, Provider

REFUSED = Answer(401, {"error": {"code": 401, "message": "No auth credentials found"}})


RECORDED: dict[str, str] = {}
"""The cassette of ONE_TASK, recorded by the first test of this process that needs it."""


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with one task and its cassette."""
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(WRITES) as provider:
        project.models(provider)
        if not RECORDED:
            project.record("tasks").assert_outcomes(passed=1)
            RECORDED.update({name: (project.path / "cassettes" / name).read_text() for name in project.cassettes()})
    for name, text in RECORDED.items():
        project.write(f"cassettes/{name}", "").write_text(text)
    return project


def test_a_missing_cassette_says_which_there_are_and_how_to_record(recorded: Project) -> None:
    result = recorded.pytest("tasks", "--model-preset=llama-3.3-8b")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([
        "no cassette for this task on this preset: *answer--llama-3.3-8b.yaml",
        "tasks/answer.yaml:2",
        "recorded on m*",
        "record it: pytest tasks/answer.yaml::answer --model-preset llama-3.3-8b --agent-cassettes=record",
    ])  # fmt: skip


def test_a_changed_prompt_is_drift_and_shows_the_word(recorded: Project) -> None:
    recorded.write("tasks/answer.yaml", ONE_TASK.replace("42 into", "43 into"))
    result = recorded.pytest("tasks")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*call 1*message 2 (user)*",
            "*recorded: *Write «42» into out.txt.",
            "*now: *Write «43» into out.txt.",
            "*--agent-cassettes=record*",
        ]
    )


def test_a_torn_cassette_is_an_error(recorded: Project) -> None:
    (name,) = recorded.cassettes()
    file = recorded.path / "cassettes" / name
    file.write_text(file.read_text()[:900])
    recorded.pytest("tasks").assert_outcomes(errors=1)
    assert "answer--m.yaml" in recorded.case().message


def test_a_changed_tool_output_is_environment_drift(project: Project) -> None:
    """What a tool says may differ between machines: the recorded answer is played, and that is told."""
    task = ONE_TASK + '    workspace: {files: {note.txt: "one"}}\n'
    project.write("tasks/answer.yaml", task)
    reads = plays(
        [tool("bash", command="cat note.txt")],
        [tool("write_file", path="out.txt", content="42")],
        [tool("finish", answer="x")],
    )
    with Provider(reads) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=1)
    project.write("tasks/answer.yaml", task.replace('"one"', '"two"'))
    result = project.pytest("tasks")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["environment drift in 1: *", "*tasks/answer.yaml::answer: call 2*"])
    project.pytest("tasks", "--agent-drift=strict").assert_outcomes(errors=1)


def test_an_error_never_replaces_a_good_cassette(recorded: Project) -> None:
    """A failed task does: it shows what the agent did."""
    (name,) = recorded.cassettes()
    file = recorded.path / "cassettes" / name
    good = file.read_text()
    with Provider(lambda _: REFUSED) as provider:
        recorded.models(provider)
        recorded.record("tasks").assert_outcomes(errors=1)
    assert file.read_text() == good
    with Provider(plays([tool("finish", answer="no")])) as provider:
        recorded.models(provider)
        recorded.record("tasks").assert_outcomes(failed=1)
    assert file.read_text() != good
    assert recorded.cassettes() == [name]
    recorded.pytest("tasks").assert_outcomes(failed=1)


def test_auto_records_what_is_missing_and_under_ci_replays(recorded: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded.write("tasks/more.yaml", ONE_TASK.replace("answer", "more"))
    with Provider(WRITES) as provider:
        recorded.models(provider)
        monkeypatch.setenv("CI", "true")
        recorded.pytest("tasks", "--agent-cassettes=auto").assert_outcomes(passed=1, errors=1)
        assert provider.asked == []
        monkeypatch.delenv("CI")
        result = recorded.pytest("tasks", "--agent-cassettes=auto", "--agent-isolation=none", "-n2")
        result.assert_outcomes(passed=2)
        assert len(provider.asked) == 2
    result.stdout.fnmatch_lines(["agent tasks: 1 replayed · 1 recorded live · *"])
    assert len(recorded.cassettes()) == 2


def test_a_rotation_is_replayed_as_it_was(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)

    def answer(asked: Asked) -> Answer:
        limited = asked.body["model"] == "test/first:free" and turn_of(asked) == 1
        return (
            Answer(429, {"error": {"code": 429, "message": "later"}}, {"retry-after": "60"})
            if limited
            else WRITES(asked)
        )

    with Provider(answer) as provider:
        project.models(provider, "first", "second")
        project.record("tasks").assert_outcomes(passed=1)
    recorded = project.results()["answer"]
    project.pytest("tasks").assert_outcomes(passed=1)
    replayed = project.results()["answer"]
    for fact in ("requested", "served", "purity", "calls", "attempts", "rotations"):
        assert replayed[fact] == recorded[fact]
    assert (replayed["purity"], replayed["rotations"], replayed["wait_s"]) == ("mixed", 1, 0)


def test_replay_asks_nothing_where_the_sandbox_is_another(recorded: Project) -> None:
    for isolation in ("none", "auto"):
        recorded.pytest("tasks", f"--agent-isolation={isolation}", "--agent-drift=strict").assert_outcomes(passed=1)


def test_a_comparison_replays_what_was_recorded_one_by_one(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(WRITES) as provider:
        project.models(provider, "m", "n")
        for preset in ("m", "n"):
            project.record("tasks", "--model-preset", preset).assert_outcomes(passed=1)
    project.pytest("tasks", "-n2", "--model-preset=m", "--model-preset=n").assert_outcomes(passed=2)
    served = {case.properties["model.served"] for case in project.cases().values()}
    assert served == {"openrouter/test/m:free", "openrouter/test/n:free"}
