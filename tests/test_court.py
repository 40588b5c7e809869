"""Judges of a task, without pytest: votes, faults of their models, recordings, counting, and who may not judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.content import outcome_content
from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.forecast import shortages
from pytest_agenttasks.items import unknown_names
from pytest_agenttasks.models import Budget, Models, Pool, Preset, Standing, Wishes
from pytest_agenttasks.preflight import PreflightError, preflight
from pytest_agenttasks.reports.judged import judge_of, judges_of_run
from pytest_agenttasks.reports.properties import properties
from pytest_agenttasks.results import Json, Outcome, TaskResult
from pytest_agenttasks.resuming import take_over
from pytest_agenttasks.runner import run_task
from pytest_agenttasks.runs import RunFolder, read_result
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Settings, plan_task
from pytest_agenttasks.spec import Task
from tests.models.answers import answered, attempt, unanswered
from tests.one_task import load_one
from tests.provider import Answer, Asked, Provider

SECRET = "hunter2-is-a-secret"
PRESETS = {name: Preset(name, f"openrouter/t/{name}", api_key_env="SOME_KEY") for name in ("m", "n", "k")}
PRESETS["j"] = Preset("j", "openrouter/t/j", api_key_env="JUDGE_KEY")
PRESETS["plain"] = Preset("plain", "openrouter/t/plain", tools=False)

TASK = """
id: work
prompt: Write 42 into out.txt.
limits: {steps: 2, tokens: 1000}
checks:
- judge: {rubric: [It says 42., It says why.], model: j, sees: out.txt}
"""
LINE = 6


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        root=tmp_path,
        models=Models(PRESETS, {"both": ["j", "k"]}, ["m"], {}),
        wishes=Wishes(None, None, True, {}),
        mode="live",
        drift="report",
        isolation="none",
        cassettes=tmp_path / "cassettes",
        run=RunFolder(tmp_path / ".agenttasks", "a-run"),
        secrets=Secrets({"SOME_KEY": SECRET}),
        ci=False,
    )


Load = Callable[[str], Task]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return partial(load_one, tmp_path)


def uses(name: str, arguments: Any, **more: Any) -> Reply:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return answered(
        None, calls=[{"id": "c1", "type": "function", "function": {"name": name, "arguments": text}}], **more
    )


def vote(*holds: bool, why: str = "so it reads", served: str = "openrouter/t/j", **more: Any) -> Reply:
    criteria = [{"number": n, "reason": f"{why} {n}", "holds": one} for n, one in enumerate(holds, 1)]
    return uses("verdict", {"criteria": criteria}, served=served, **more)


NO_VERDICT = uses("verdict", '{"criteria": []}', served="openrouter/t/j")


def writes(content: str = "42\n") -> Reply:
    return uses("write_file", {"path": "out.txt", "content": content}, served="openrouter/t/m")


FINISHES = uses("finish", {"answer": "I wrote it."}, served="openrouter/t/m")


class Gateway:
    """Answers the agent by one list and judges by another; the last answer of each is given again and again."""

    def __init__(self, agent: Sequence[Reply], judge: Sequence[Reply]) -> None:
        self.left = {"agent": list(agent), "judge": list(judge)}
        self.judged: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        judge = "You judge" in asked.body["messages"][0]["content"]
        if judge:
            self.judged.append(asked)
        left = self.left["judge" if judge else "agent"]
        reply = left.pop(0) if len(left) > 1 else left[0]
        return Answer(reply.status, reply.body)


def run(
    task: Task, settings: Settings, *judge: Reply, agent: Sequence[Reply] = (), written: str = "42\n"
) -> tuple[TaskResult, Gateway]:
    gateway = Gateway(agent or [writes(written), FINISHES], judge)
    with Provider(gateway) as server:
        url = server.base.removesuffix("/api/v1")
        return run_task(task, replace(settings, gateway=(url, "token"))), gateway


def evidence(result: TaskResult, settings: Settings, name: str = "judge-1.json") -> Json:
    found: Json = json.loads((settings.run.path / result.slug / name).read_text("utf-8"))
    return found


class TestVotes:
    """What the votes come to."""

    def test_two_of_three_decide_and_the_third_is_not_asked(self, settings: Settings, load: Load) -> None:
        result, gateway = run(load(TASK), settings, vote(True, True))
        assert (result.outcome, len(gateway.judged)) == (Outcome.PASSED, 2)
        assert result.checks[0].message == "all 2 criteria hold (j, 2 votes)"

    def test_each_criterion_has_its_own_majority(self, settings: Settings, load: Load) -> None:
        result, gateway = run(load(TASK), settings, vote(False, True), vote(True, False), vote(True, False))
        assert (result.outcome, len(gateway.judged)) == (Outcome.FAILED, 3)
        first, *more = result.checks[0].message.splitlines()
        assert first == "no (j, 2 to 1): criterion 2 'It says why.': so it reads 2"
        assert more == [
            "criterion 2: It says why.",
            "  vote 1 (j): yes: so it reads 2",
            "  vote 2 (j): no: so it reads 2",
            "  vote 3 (j): no: so it reads 2",
        ]
        assert result.reason == f"judge: {first}"
        assert [one["criteria"][0]["holds"] for one in evidence(result, settings)["votes"]] == [False, True, True]

    def test_several_criteria_that_do_not_hold(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, vote(False, False))
        assert result.checks[0].message.startswith("no (j, 2 to 0): criterion 1 (and 2) 'It says 42.': so it reads 1")

    def test_one_vote_on_one_criterion(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x\nchecks: [judge: {rubric: It is so., model: j, votes: 1}]")
        result, gateway = run(task, settings, vote(False))
        assert (result.outcome, len(gateway.judged)) == (Outcome.FAILED, 1)
        assert result.checks[0].message.startswith("no (j, 1 to 0): 'It is so.': so it reads 1")

    def test_an_unusable_answer_is_asked_for_again(self, settings: Settings, load: Load) -> None:
        result, gateway = run(load(TASK), settings, NO_VERDICT, vote(True, True))
        assert (result.outcome, len(gateway.judged)) == (Outcome.PASSED, 3)
        again = gateway.judged[1].body["messages"]
        assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
        assert "criterion 1 is not in it" in again[3]["content"]

    def test_a_vote_is_void_after_two_of_them_and_told(self, settings: Settings, load: Load) -> None:
        words = answered("hm", served="openrouter/t/j")
        result, gateway = run(load(TASK), settings, NO_VERDICT, words, vote(True, True))
        assert (result.outcome, len(gateway.judged)) == (Outcome.PASSED, 4)
        assert result.checks[0].message == (
            "all 2 criteria hold (j, 3 votes); vote 1 (j) is void: criterion 1 is not in it; "
            "asked again: it is not JSON"
        )

    def test_without_a_quorum_it_is_an_error_and_nobody_is_asked_in_vain(self, settings: Settings, load: Load) -> None:
        result, gateway = run(load(TASK), replace(settings, mode="record"), NO_VERDICT)
        assert (result.outcome, len(gateway.judged)) == (Outcome.ERROR, 4)
        assert result.reason == "judge: the check could not be run: 2 of 3 votes are void"
        assert result.checks[0].status == "error"
        assert not list(settings.cassettes.rglob("*.yaml"))

    def test_votes_that_are_void_decide_nothing(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, vote(True, True), NO_VERDICT, NO_VERDICT, vote(True, False))
        assert result.outcome is Outcome.ERROR
        assert result.reason == "judge: the check could not be run: 1 of 3 votes are void"

    def test_a_model_without_tools_answers_as_json(self, settings: Settings, load: Load) -> None:
        content = json.dumps({"criteria": [{"number": n, "reason": "r", "holds": True} for n in (1, 2)]})
        answer = answered(content, served="openrouter/t/plain")
        result, gateway = run(load(TASK.replace("model: j", "model: plain")), settings, answer)
        assert result.outcome is Outcome.PASSED
        assert "tools" not in gateway.judged[0].body
        assert gateway.judged[0].body["response_format"] == {"type": "json_object"}

    def test_a_model_that_turns_out_to_have_no_tools(self, settings: Settings, load: Load) -> None:
        content = json.dumps({"criteria": [{"number": n, "reason": "r", "holds": True} for n in (1, 2)]})
        answers = [unanswered("tools_unsupported"), answered(content, served="openrouter/t/j")]
        recorded, gateway = run(load(TASK), replace(settings, mode="record"), *answers)
        assert (recorded.outcome, len(gateway.judged)) == (Outcome.PASSED, 3)
        assert run_task(load(TASK), replace(settings, mode="replay")).outcome is Outcome.PASSED


class TestSight:
    """What a judge is shown."""

    def shown(self, gateway: Gateway) -> str:
        return str(gateway.judged[0].body["messages"][1]["content"])

    def test_the_patch_and_the_answer_where_nothing_else_is_said(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x\nchecks: [judge: {rubric: It is so., model: j}]")
        _, gateway = run(task, settings, vote(True))
        assert " changes\ndiff --git" in self.shown(gateway)
        assert "+42" in self.shown(gateway)
        assert " answer\nI wrote it.\n" in self.shown(gateway)

    def test_what_is_said_alone(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x\nchecks: [judge: {rubric: It is so., model: j, answer: true}]")
        _, gateway = run(task, settings, vote(True))
        assert "I wrote it." in self.shown(gateway)
        assert "42" not in self.shown(gateway)

    def test_the_workspace_as_the_agent_left_it(self, settings: Settings, load: Load) -> None:
        task = load(f"{TASK}- command: echo 43 > out.txt\n".replace("checks:\n", "checks:\n- command: rm out.txt\n"))
        result, gateway = run(task, settings, vote(True, True))
        assert "\n42\n" in self.shown(gateway)
        assert [check.check for check in result.checks] == ["command", "judge", "command"]

    @pytest.mark.parametrize(
        ("sees", "message"),
        [
            ("sees: docs/*.md", "no file matches docs/*.md; there are: empty.txt, out.txt"),
            ("sees: empty.txt", "nothing to judge: empty.txt is empty"),
        ],
    )
    def test_what_is_not_there_fails_unasked(self, sees: str, message: str, settings: Settings, load: Load) -> None:
        task = load(TASK.replace("sees: out.txt", sees) + "workspace: {files: {empty.txt: ''}}")
        result, gateway = run(task, settings, vote(True, True))
        assert (result.outcome, gateway.judged) == (Outcome.FAILED, [])
        assert result.checks[0].message == message
        assert result.judge is None

    def test_an_agent_that_did_nothing_fails_unasked(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x\nagent: nop\nchecks: [judge: {rubric: It is so., model: j}]")
        result, gateway = run(task, settings, vote(True))
        assert (result.outcome, gateway.judged) == (Outcome.FAILED, [])
        assert result.reason == "judge: nothing to judge: nothing was changed, there is no answer"

    def test_a_long_file_is_cut_and_that_is_told_to_the_judge_and_to_people(
        self, settings: Settings, load: Load
    ) -> None:
        result, gateway = run(load(TASK), settings, vote(True, True), written="é" * 50_000)
        cut = "file out.txt: the first 60,000 of 100,000 bytes"
        assert cut in self.shown(gateway)
        assert len(self.shown(gateway).encode()) < 61_000
        assert result.checks[0].message == f"all 2 criteria hold (j, 2 votes); shown in part, {cut}"

    def test_there_is_an_end_to_many_files(self, settings: Settings, load: Load) -> None:
        files = ", ".join(f"f{n}.txt: '{'x' * 50_000}'" for n in range(5))
        task = load(TASK.replace("sees: out.txt", "sees: f*.txt") + f"workspace: {{files: {{{files}}}}}")
        result, gateway = run(task, settings, vote(False, True))
        assert len(self.shown(gateway)) < 201_000
        assert "shown in part, file f4.txt: the first 0 of 50,000 bytes" in result.checks[0].message

    def test_what_is_binary_is_named(self, settings: Settings, load: Load) -> None:
        _, gateway = run(load(TASK), settings, vote(True, True), written="a\0b")
        assert " file out.txt\n(binary, 3 bytes, not shown)\n" in self.shown(gateway)

    @pytest.mark.parametrize("mode", ["record", "live"])
    def test_no_secret_is_sent_recorded_or_kept(self, mode: Any, settings: Settings, load: Load) -> None:
        task = load(TASK.replace("out.txt", "env.txt") + f"workspace: {{files: {{env.txt: 'a {SECRET}'}}}}")
        result, gateway = run(task, replace(settings, mode=mode), vote(True, True, why=f"has {SECRET}"))
        assert result.outcome is Outcome.PASSED
        assert "a [scrubbed:SOME_KEY]" in self.shown(gateway)
        assert SECRET not in json.dumps([asked.body for asked in gateway.judged])
        folders = (settings.cassettes, settings.run.path)
        written = {file.name: file.read_text() for top in folders for file in top.rglob("*.*") if file.is_file()}
        assert {"judge-1.json", "result.json"} < written.keys()
        assert not [name for name, text in written.items() if SECRET in text]
        if mode == "record":
            assert run_task(task, replace(settings, mode="replay")).outcome is Outcome.PASSED


class TestFaults:
    """Faults of a judge's models are never the agent's."""

    def test_no_answer_is_an_error_that_a_rerun_may_mend(self, settings: Settings, load: Load) -> None:
        result, _ = run(
            load(TASK), replace(settings, mode="record"), vote(True, True), unanswered("unavailable", "429")
        )
        assert result.outcome is Outcome.ERROR
        assert result.reason == "judge: the check could not be run: 429"
        assert not list(settings.cassettes.rglob("*.yaml"))

    def test_a_used_up_quota_is_one_with_its_time(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, unanswered("quota", "used up", resets_at=9.0))
        assert (result.outcome, result.resets_at) == (Outcome.QUOTA, 9.0)
        assert result.reason == "judge: the check could not be run: used up"

    def test_what_the_agent_did_wrong_stands_all_the_same(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK + "- files: nowhere.txt"), settings, unanswered("quota", "used up", resets_at=9.0))
        assert result.outcome is Outcome.FAILED
        assert result.reason.startswith("files: no file matches nowhere.txt")

    def test_too_much_for_the_judge(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, unanswered("context_length_exceeded"))
        assert result.outcome is Outcome.ERROR
        assert result.reason.endswith("it is shown too much for j; show it less, or name another model")

    def test_a_run_folder_that_cannot_be_written(self, settings: Settings, load: Load) -> None:
        def in_the_way(asked: Asked) -> Answer:
            folder = settings.run.path / "tasks/work/work--m"
            (folder / "judge-1.json").mkdir(exist_ok=True)
            reply = vote(True, True) if "You judge" in asked.body["messages"][0]["content"] else FINISHES
            return Answer(reply.status, reply.body)

        task = load(TASK.replace("sees: out.txt", "answer: true"))
        with Provider(in_the_way) as server:
            url = server.base.removesuffix("/api/v1")
            result = run_task(task, replace(settings, gateway=(url, "token")))
        assert result.outcome is Outcome.ERROR
        assert "judge-1.json cannot be written" in result.reason


class TestCounting:
    """What judges cost is apart from what the agent did."""

    def test_in_the_result(self, settings: Settings, load: Load) -> None:
        agent = [writes(), FINISHES]
        tries = [attempt("openrouter/t/j", waited_s=1.5)]
        result, _ = run(load(TASK), settings, vote(True, True, cost=0.25, attempts=tries), agent=agent)
        assert (result.calls, result.served, result.cost_usd) == (2, ["openrouter/t/m"], 0.02)
        assert (result.purity, result.prompt_tokens, result.wait_s) == ("pinned", 200, 0.0)
        assert [use.model for use in result.models] == ["openrouter/t/m"]
        judge = result.judge
        assert judge is not None
        assert (judge.requested, judge.served, judge.calls) == (["j"], ["openrouter/t/j"], 2)
        assert (judge.cost_usd, judge.recorded_cost_usd, judge.tokens, judge.wait_s) == (0.5, 0.0, 240, 3.0)
        assert TaskResult.from_json(json.loads(json.dumps(result.to_json()))) == result
        assert read_result(settings.run.path / result.slug / "result.json") == result
        told = dict(properties(result))
        assert told["agenttasks.cost_usd"] == "0.02"
        assert told["agenttasks.judge.cost_usd"] == "0.5"
        assert told["agenttasks.judge.model"] == "openrouter/t/j"
        assert judges_of_run([result]) == ["judges: 2 calls · 240 tokens · $0.5 spent"]
        assert judge_of(result) == "openrouter/t/j: 2 calls, $0.5"

    def test_limits_of_the_agent_do_not_bind_its_judges(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, vote(True, True, tokens=(5000, 5000)))
        assert (result.outcome, result.stopped) == (Outcome.PASSED, "finished")

    def test_an_unknown_cost_stays_unknown(self, settings: Settings, load: Load) -> None:
        result, _ = run(load(TASK), settings, vote(True, True, cost=None))
        assert result.judge is not None
        assert result.judge.cost_usd is None
        assert (result.cost_usd, dict(properties(result))["agenttasks.judge.cost_usd"]) == (0.02, "unknown")
        assert judges_of_run([result]) == ["judges: 2 calls · 240 tokens · unknown cost spent"]

    def test_the_budget_of_the_run_holds_for_them(self, settings: Settings, load: Load) -> None:
        _, gateway = run(load(TASK), replace(settings, budget=Budget(usd=2.0)), vote(True, True))
        assert gateway.judged[0].headers["x-agenttasks-budget-usd"] == "2.0"
        assert gateway.judged[0].headers["x-agenttasks-chain"] == "j"

    def test_what_a_rerun_replaces_counts_with_its_judges(self, settings: Settings, load: Load) -> None:
        first, _ = run(load(TASK), settings, vote(True, True, cost=0.25))
        second, _ = run(load(TASK), settings, vote(True, True))
        second.add_earlier(first)
        assert second.earlier_cost_usd == pytest.approx(0.52)

    def test_a_pass_that_is_taken_over_spends_nothing(self, settings: Settings, load: Load) -> None:
        task = load(TASK)
        result, _ = run(task, settings, vote(True, True, cost=0.25))
        later = replace(settings, run=RunFolder(settings.root / ".agenttasks", "b-run"))
        from pytest_agenttasks.runs import Attempt

        attempt_before = Attempt(run="a-run", slug=result.slug, outcome="passed", cassette="live", ended=0, seconds=1,
                                 content={}, asked=(), crashes=0)  # fmt: skip
        taken = take_over(plan_task(task, later), attempt_before, later)
        assert taken is not None
        assert taken.judge is not None
        assert (taken.judge.cost_usd, taken.judge.recorded_cost_usd) == (0.0, 0.5)
        assert judge_of(taken) == "openrouter/t/j: 2 calls, $0.5 when recorded"
        assert (later.run.path / taken.slug / "judge-1.json").is_file()


class TestRecordings:
    """Verdicts are in the task's cassette."""

    @pytest.fixture
    def recorded(self, settings: Settings, load: Load) -> TaskResult:
        result, _ = run(load(TASK), replace(settings, mode="record"), vote(False, True), vote(True, True, cost=0.25))
        assert result.outcome is Outcome.PASSED
        return result

    def replayed(self, text: str, settings: Settings, load: Load) -> TaskResult:
        return run_task(load(text), replace(settings, mode="replay"))

    @pytest.mark.usefixtures("recorded")
    def test_a_replay_tells_the_same_and_spends_nothing(self, settings: Settings, load: Load) -> None:
        again = self.replayed(TASK, settings, load)
        assert (again.outcome, again.cassette, again.unplayed, again.calls) == (Outcome.PASSED, "replayed", 0, 2)
        assert again.checks[0].message == "all 2 criteria hold (j, 3 votes)"
        assert again.judge is not None
        assert (again.judge.calls, again.judge.cost_usd, again.judge.recorded_cost_usd) == (3, 0.0, 0.51)
        assert judges_of_run([again]) == ["judges: 3 calls · 360 tokens · nothing spent (recorded: $0.51)"]
        assert evidence(again, settings)["votes"][0]["criteria"][0]["holds"] is False

    @pytest.mark.usefixtures("recorded")
    @pytest.mark.parametrize(
        ("old", "new", "message", "cause"),
        [
            ("It says why.", "It says how.", "message 1 (system) differs", "the task file: the rubric is another one"),
            ("model: j", "model: k", "parameter model was changed", "the judge: j was asked, and this asks k"),
            ("sees: out.txt", "sees: out.txt, answer: true", "message 2 (user) differs", "what the judge is shown is"),
        ],
    )
    def test_what_is_changed_drifts_for_the_judge_alone(
        self, old: str, new: str, message: str, cause: str, settings: Settings, load: Load
    ) -> None:
        again = self.replayed(TASK.replace(old, new), settings, load)
        assert (again.outcome, again.stopped, again.calls) == (Outcome.ERROR, "finished", 2)
        first, *more = again.checks[0].message.splitlines()
        assert first.startswith("the check could not be run: the request of a judge's call 1 is not in the cassette: ")
        assert message in first
        assert more[0].startswith(f"  cause: {cause}")
        assert more[-1] == "record it: pytest tasks/work.yaml::work --model-preset m --agent-cassettes=record"
        assert "whose agent is then asked anew" in more[-2]

    @pytest.mark.usefixtures("recorded")
    def test_a_judge_that_was_added_later(self, settings: Settings, load: Load) -> None:
        more = TASK + "- judge: {rubric: It is short., model: k, answer: true}\n"
        again = self.replayed(more, settings, load)
        assert [check.status for check in again.checks] == ["passed", "error"]
        assert again.outcome is Outcome.ERROR

    def test_a_recording_without_any_verdict(self, settings: Settings, load: Load) -> None:
        run(load(TASK.partition("checks:")[0]), replace(settings, mode="record"), vote(True))
        again = self.replayed(TASK, settings, load)
        assert again.outcome is Outcome.ERROR
        assert again.reason == (
            "judge: the check could not be run: the request of a judge's call 1 is not in the cassette: "
            "it holds no verdict"
        )

    @pytest.mark.usefixtures("recorded")
    def test_a_judge_that_was_dropped_is_told_as_not_asked_for(self, settings: Settings, load: Load) -> None:
        again = self.replayed(TASK.partition("checks:")[0], settings, load)
        assert (again.outcome, again.unplayed) == (Outcome.PASSED, 3)

    def test_two_equal_judges_are_each_answered(self, settings: Settings, load: Load) -> None:
        task = load(TASK + TASK.partition("checks:\n")[2])
        answers = [vote(True, True, why="a"), vote(True, True, why="b"), vote(False, True, why="c")]
        first, _ = run(task, replace(settings, mode="record"), *answers)
        again = run_task(task, replace(settings, mode="replay"))
        assert [check.status for check in first.checks] == ["passed", "failed"]
        assert again.checks == first.checks
        assert (again.judge and again.judge.files) == ["judge-1.json", "judge-2.json"]


class TestWho:
    """Nobody judges its own work unless that is said."""

    def problems(self, text: str, settings: Settings, load: Load) -> list[str]:
        task = load(text)
        return [f"{one.line}:{one.column}: {one.message}" for one in unknown_names(task, settings)]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            (TASK.replace("model: j", "model: jj"), "6:55: judge: unknown preset 'jj'; did you mean 'j'?"),
            (
                TASK.replace("model: j, ", ""),
                "6:10: judge: no model is named to judge; give `model`, or `judge` in models.yaml",
            ),
            (
                f"model: [m, j]{TASK}".replace("limits: {steps: 2, tokens: 1000}\n", ""),
                "5:55: judge: j is asked for the work as well; name another, or allow it with same_model: true",
            ),
            (f"model: both{TASK}".replace("model: j", "same_model: true, model: j"), ""),
            (TASK, ""),
            (TASK.replace("model: j", "model: both"), ""),
        ],
    )
    def test_what_a_task_file_names(self, text: str, problem: str, settings: Settings, load: Load) -> None:
        assert self.problems(text, settings, load) == ([problem] if problem else [])

    def test_the_judge_of_models_yaml(self, settings: Settings, load: Load) -> None:
        known = replace(settings, models=Models(PRESETS, {}, ["m"], {}, ["j", "k"]))
        plan = plan_task(load(TASK.replace("model: j, ", "")), known)
        assert [preset.name for preset in plan.judges[0].chain.presets] == ["j", "k"]
        with pytest.raises(ModelsConfigError, match="no model is named to judge"):
            plan_task(load(TASK.replace("model: j, ", "")), settings)

    @pytest.mark.parametrize("mode", ["replay", "live"])
    def test_a_model_that_would_judge_itself_stops_the_run(self, mode: Any, settings: Settings, load: Load) -> None:
        asked = replace(settings, mode=mode, wishes=Wishes("j", None, True, {}))
        with pytest.raises(PreflightError) as caught:
            preflight([plan_task(load(TASK), asked)], asked, {"JUDGE_KEY": "x"})
        assert str(caught.value) == (
            "j would judge its own work in tasks/work.yaml::work, which asks j: choose another model with "
            "--model-preset, or another judge (`model` of the check, or `judge` in models.yaml), or allow it with "
            "`same_model: true`"
        )
        allowed = load(TASK.replace("model: j", "model: j, same_model: true"))
        assert preflight([plan_task(allowed, asked)], asked, {"JUDGE_KEY": "x", "SOME_KEY": "x"})

    def test_the_same_model_under_another_name(self, settings: Settings, load: Load) -> None:
        asked = replace(settings, wishes=Wishes("openrouter/t/j", None, True, {}))
        with pytest.raises(PreflightError, match="j would judge its own work"):
            preflight([plan_task(load(TASK), asked)], asked, {"OPENROUTER_API_KEY": "x", "JUDGE_KEY": "x"})

    def test_a_judge_without_its_key_stops_the_run(self, settings: Settings, load: Load) -> None:
        with pytest.raises(PreflightError) as caught:
            preflight([plan_task(load(TASK), settings)], settings, {"SOME_KEY": "x"})
        assert str(caught.value) == (
            "the judge j (openrouter/t/j) needs the variable JUDGE_KEY, which is not set; 1 task(s) would ask judges. "
            "Set it, name another judge (`model` of the check, or `judge` in models.yaml), or replay with "
            "--agent-cassettes=replay"
        )
        keys = {"SOME_KEY": "x", "JUDGE_KEY": "x"}
        assert "judge: j" in preflight([plan_task(load(TASK), settings)], settings, keys)
        replay = replace(settings, mode="replay")
        assert preflight([plan_task(load(TASK), replay)], replay, {})

    def test_a_fallback_that_is_the_only_judge_is_told_beforehand(self, settings: Settings, load: Load) -> None:
        keys = {"SOME_KEY": "x", "JUDGE_KEY": "x"}
        asked = replace(settings, wishes=Wishes("m", ["j"], True, {}))
        told = (
            "warning: the judge j is also a fallback in 1 task(s): where it does the work, nobody is left to judge it"
        )
        assert told in preflight([plan_task(load(TASK), asked)], asked, keys)
        both = load(TASK.replace("model: j", "model: both"))
        assert told not in preflight([plan_task(both, asked)], asked, keys)

    def test_what_is_left_of_the_day_must_do_for_judges_too(self, settings: Settings, load: Load) -> None:
        pool = Pool("all models of j", frozenset({"j"}), 1, 50)
        [short] = shortages([plan_task(load(TASK), settings)], Standing(pools=(pool,)), None)
        assert (short.tasks, short.calls) == (1, 3)
        pool = Pool("all models", frozenset({"m", "j"}), 4, 50)
        [short] = shortages([plan_task(load(TASK), settings)], Standing(pools=(pool,)), None)
        assert (short.tasks, short.calls) == (1, 5)  # two steps and three votes

    def test_a_fallback_that_did_the_work_does_not_judge_it(self, settings: Settings, load: Load) -> None:
        agent = [uses("finish", {"answer": "x"}, served="openrouter/t/j")]
        task = load(TASK.replace("model: j", "model: both").replace("sees: out.txt", "answer: true"))
        result, gateway = run(task, settings, vote(True, True, served="openrouter/t/k"), agent=agent)
        assert result.outcome is Outcome.PASSED
        assert gateway.judged[0].headers["x-agenttasks-chain"] == "k"
        alone = load(TASK.replace("sees: out.txt", "answer: true"))
        result, gateway = run(alone, settings, vote(True, True), agent=agent)
        assert (result.outcome, gateway.judged) == (Outcome.ERROR, [])
        assert result.reason.startswith("judge: the check could not be run: there is nobody to judge: j did the work; ")
        allowed = load(TASK.replace("sees: out.txt", "answer: true, same_model: true"))
        assert run(allowed, settings, vote(True, True), agent=agent)[0].outcome is Outcome.PASSED

    def test_a_router_that_answers_as_the_model_that_did_the_work(self, settings: Settings, load: Load) -> None:
        own = vote(True, True, served="openrouter/t/j")
        own.body["agenttasks"]["served_as"] = "t/m"
        result, _ = run(load(TASK), settings, own)
        assert result.outcome is Outcome.ERROR
        assert "openrouter/t/m gave a vote, and it did the work itself" in result.reason

    def test_an_agent_that_asks_no_model_is_judged_live_only(self, settings: Settings, load: Load) -> None:
        task = load(TASK + "agent: oracle\nsolution: echo 42 > out.txt\n")
        for mode in ("replay", "record", "auto"):
            result, gateway = run(task, replace(settings, mode=mode), vote(True, True))
            assert (result.outcome, gateway.judged) == (Outcome.ERROR, [])
            assert result.checks[0].not_tried
            assert result.reason == (
                "judge: not tried: the agent oracle asks no model, and then --agent-cassettes=live alone asks a judge"
            )
        result, gateway = run(task, settings, vote(True, True))
        assert (result.outcome, len(gateway.judged), result.calls) == (Outcome.PASSED, 2, 0)
        assert not list(settings.cassettes.rglob("*.yaml"))


def test_the_outcome_depends_on_the_rubric_and_on_who_judges(settings: Settings, load: Load) -> None:
    def content(text: str, **presets: Preset) -> dict[str, str]:
        known = replace(settings, models=Models({**PRESETS, **presets}, {}, ["m"], {}))
        return outcome_content(plan_task(load(text), known), known)

    before = content(TASK)
    for other in (
        content(TASK.replace("why", "how")),
        content(TASK.replace("model: j", "model: k")),
        content(TASK, j=replace(PRESETS["j"], model="openrouter/t/j2")),
        content(TASK, j=replace(PRESETS["j"], params={"temperature": 0})),
    ):
        assert {name for name in before if before[name] != other[name]} <= {"judge", "checks"}
        assert before["judge"] != other["judge"]
    assert "judge" not in content(TASK.partition("checks:")[0])
