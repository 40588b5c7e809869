"""Who answered, why a task moved on and what it cost, from the provider's answers to what people and programs read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.e2e.project import KEY, ONE_TASK, WRITES, Project, RunResult, turn_of
from tests.provider import Answer, Asked, Json, Provider

FIRST, SECOND = "openrouter/test/first:free", "openrouter/test/second:free"
ROUTER, QWEN, GLM = "openrouter/openrouter/auto", "openrouter/qwen/qwen3-30b", "openrouter/z-ai/glm-4.6"
LIMITED = Answer(429, {"error": {"code": 429, "message": "slow down"}}, {"retry-after": "30"})


def first_is_limited_after_one_answer(asked: Asked) -> Answer:
    return LIMITED if asked.body["model"].endswith("first:free") and turn_of(asked) else WRITES(asked)


def lines_below(result: RunResult, heading: str) -> list[str]:
    """The lines from one that begins so to the next empty one, runs of blanks as one."""
    lines = [" ".join(line.split()) for line in result.outlines]
    begin = next(n for n, line in enumerate(lines) if line.startswith(heading))
    return lines[begin : lines.index("", begin)]


def test_a_429_is_told_by_model_and_by_task_and_in_a_replay_as_recorded(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(first_is_limited_after_one_answer) as provider:
        project.models(provider, "first", "second")
        result = project.record("tasks")
    result.assert_outcomes(passed=1)
    asked = [one.body["model"] for one in provider.asked]
    assert asked == ["test/first:free", "test/first:free", "test/second:free"]
    table = [f"{FIRST} 1 2 1 120 0 0 of 1", f"{SECOND} 1 1 0 120 0 0 of 1"]
    assert lines_below(result, "model ") == ["model answers requests 429s tokens cost $ alone", *table]
    assert lines_below(result, "1 task moved") == [
        "1 task moved between models:",
        "tasks/answer.yaml::answer: mixed, 1 rotation · first:free: rate_limited (429)",
    ]
    told = project.case().properties
    assert told["model.served"] == f"{FIRST},{SECOND}"
    assert (told["model.purity"], told["model.429s"], told["rotations"]) == ("mixed", "1", "1")
    assert told["moved_on"] == f"{FIRST}: rate_limited (429)"
    recorded = project.results()["answer"]
    assert [(one["model"], one["requests"], one["answers"], one["limited"]) for one in recorded["models"]] == [
        (FIRST, 2, 1, 1), (SECOND, 1, 1, 0)
    ]  # fmt: skip

    result = project.pytest("tasks")
    assert lines_below(result, "model, ") == ["model, as recorded answers requests 429s tokens cost $ alone", *table]
    assert lines_below(result, "1 task moved")[1].endswith("1 rotation when recorded · first:free: rate_limited (429)")
    replayed = project.results()["answer"]
    assert (replayed["models"], replayed["recorded"]["models"]) == ([], recorded["models"])
    again = project.case().properties
    for name in ("model.served", "model.purity", "model.429s", "moved_on", "rotations", "attempts"):
        assert again[name] == told[name]

    quiet = project.pytest("tasks", "-q")
    quiet.stdout.no_fnmatch_line("model*answers*")
    quiet.stdout.no_fnmatch_line("*moved between models*")
    quiet.stdout.fnmatch_lines(["1 task: 1 passed · 2 calls, 1 rotation *", "1 mixed: *"])


def routed(*turns: tuple[str, float | None]) -> Callable[[Asked], Answer]:
    """A router that gives each turn to a model, and tells its full id and what it cost, if that is known."""

    def answer(asked: Asked) -> Answer:
        written = WRITES(asked)
        assert isinstance(written.body, dict)
        model, cost = turns[turn_of(asked)]
        usage: Json = {key: value for key, value in written.body["usage"].items() if key != "cost"}
        usage |= {"cost": cost} if cost is not None else {}
        return replace(written, body={**written.body, "model": model.removeprefix("openrouter/"), "usage": usage})

    return answer


def route(project: Project, *turns: tuple[str, float | None]) -> RunResult:
    project.write("tasks/answer.yaml", ONE_TASK)
    with Provider(routed(*turns)) as provider:
        options = f"model: {ROUTER}, api_base: '{provider.base}', api_key_env: OPENROUTER_API_KEY"
        project.write("models.yaml", f"presets:\n  auto: {{{options}}}\nchain: [auto]\n")
        project.setenv("OPENROUTER_API_KEY", KEY)
        result = project.live("tasks", "--no-model-rotation")
    result.assert_outcomes(passed=1)
    return result


def test_a_pinned_router_that_answers_as_two_models_is_mixed_and_a_cost_that_nobody_knows_is_not_0(
    project: Project,
) -> None:
    result = route(project, (QWEN, 0.25), (GLM, None))
    assert lines_below(result, "model ")[1:] == [
        f"{QWEN} via {ROUTER} 1 1 0 120 0.25 0 of 1",
        f"{GLM} via {ROUTER} 1 1 0 120 unknown 0 of 1",
    ]
    result.stdout.fnmatch_lines(["1 task: * · $0.25 spent and 1 of unknown cost · *"])
    told = project.case().properties
    assert (told["model.served"], told["model.purity"]) == (f"{QWEN},{GLM}", "mixed")
    assert (told["rotations"], told["moved_on"]) == ("0", f"{ROUTER}: answered as {QWEN}, {GLM}")
    assert told["cost_usd"] == "unknown"
    assert project.results()["answer"]["own"]


def test_a_pinned_router_that_answers_as_one_model_is_pinned_and_named_without_a_table(project: Project) -> None:
    result = route(project, (QWEN, 0.25), (QWEN, 0.5))
    result.stdout.no_fnmatch_line("model*answers*")
    result.stdout.fnmatch_lines(["passed * qwen3-30b * pinned *"])
    told = project.case().properties
    assert (told["model.served"], told["model.purity"], told["preset"]) == (QWEN, "pinned", "auto")
    assert told["cost_usd"] == "0.75"
    assert "moved_on" not in told
