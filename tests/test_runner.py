"""A task from beginning to end without pytest: what is decided before, what happens, what is left behind."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks import __version__
from pytest_agenttasks.exceptions import AgentError, ModelsConfigError
from pytest_agenttasks.models import Models, Preset, Wishes
from pytest_agenttasks.preflight import PreflightError, check_names, preflight
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runner import run_task, verdict_on
from pytest_agenttasks.runs import RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Plan, Settings, plan_task
from pytest_agenttasks.spec import Task
from tests.models.answers import answered, unanswered
from tests.one_task import load_one
from tests.provider import Answer, Asked, Provider

PRESETS = {name: Preset(name, f"openrouter/t/{name}", api_key_env="SOME_KEY") for name in ("m", "n")}
PRESETS["free"] = Preset("free", "ollama/free")
PRESETS["old"] = Preset("old", "openrouter/t/old", api_key_env="SOME_KEY", retired="gone")
SECRET = "hunter2-is-a-secret"

HELLO = """
id: hello
title: Hello
category: code
prompt: Write hello.txt.
agent: oracle
workspace: {files: {old.txt: "old"}}
artifacts: ["*.txt"]
checks:
- files: hello.txt
- contains: {file: hello.txt, text: hello}
solution: echo hello > hello.txt; rm old.txt
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        root=tmp_path,
        models=Models(PRESETS, {}, ["m", "n"], {}),
        wishes=Wishes(None, None, True, {}),
        mode="replay",
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


def left_behind(result: TaskResult, settings: Settings) -> list[str]:
    folder = settings.run.path / result.slug
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


ERRORS = {
    "a solution that fails": (
        "prompt: x\nagent: oracle\nsolution: exit 3",
        "the task's solution ended with exit code 3",
    ),
    "no solution": ("prompt: x\nagent: oracle", "the task has no `solution`, which is what the oracle agent runs"),
    "no workspace": (
        "prompt: x\nagent: nop\nworkspace: {from: nowhere}",
        "the workspace's `from` folder does not exist: ",
    ),
    "a setup that fails": (
        "prompt: x\nagent: nop\nworkspace: {setup: [exit 4]}",
        "workspace.setup: the command 'exit 4' ended with 4; its last output:",
    ),
    "no cassette": ("prompt: x", "no cassette for this task on this preset: "),
}

ACTIONS = [
    ("replay", False, False, "replay"),
    ("record", True, True, "record"),
    ("live", True, True, "live"),
    ("auto", False, False, "record"),
    ("auto", False, True, "replay"),
    ("auto", True, False, "replay"),
]

KEYS = {"SOME_KEY": "x"}


class TestRun:
    """What becomes of a task, and what is left of it."""

    def test_the_oracle_passes(self, settings: Settings, load: Load) -> None:
        result = run_task(load(HELLO), settings)
        assert (result.outcome, result.reason, result.stopped) == (Outcome.PASSED, "", "finished")
        assert [check.status for check in result.checks] == ["passed", "passed"]
        assert (result.task, result.file, result.line, result.title) == ("hello", "tasks/work.yaml", 2, "Hello")
        assert (result.agent, result.category, result.isolation) == ("oracle", "code", "none")
        assert (result.calls, result.cost_usd, result.cassette, result.requested) == (0, 0, "none", "")
        assert result.changed == ["hello.txt", "old.txt"]
        assert result.artifacts == ["hello.txt"]

    def test_what_it_leaves(self, settings: Settings, load: Load) -> None:
        result = run_task(load(HELLO), settings)
        assert result.slug == "tasks/work/hello--none"
        folder = settings.run.path / result.slug
        assert left_behind(result, settings) == [
            "artifacts/hello.txt", "changes.patch", "result.json", "trajectory.json"
        ]  # fmt: skip
        assert TaskResult.from_json(json.loads((folder / "result.json").read_text())) == result
        assert "+hello" in (folder / "changes.patch").read_text()
        trajectory = json.loads((folder / "trajectory.json").read_text())
        assert trajectory["steps"][0]["message"] == "Write hello.txt."
        assert trajectory["agent"] == {"name": "oracle", "version": __version__}

    def test_nop_fails_and_the_reason_is_one_line(self, settings: Settings, load: Load) -> None:
        result = run_task(load(HELLO), replace(settings, agent="nop"))
        assert result.outcome is Outcome.FAILED
        assert result.reason.startswith("files: ")
        assert "\n" not in result.reason
        assert [(check.status, check.line) for check in result.checks] == [("failed", 10), ("failed", 11)]

    def test_another_attempt_leaves_nothing_of_the_one_before(self, settings: Settings, load: Load) -> None:
        run_task(load(HELLO), settings)
        result = run_task(load(HELLO), replace(settings, agent="nop"))
        assert left_behind(result, settings) == ["artifacts/old.txt", "changes.patch", "result.json", "trajectory.json"]

    @pytest.mark.parametrize("name", ERRORS)
    def test_infrastructure_is_an_error_with_its_reason(self, name: str, settings: Settings, load: Load) -> None:
        text, reason = ERRORS[name]
        result = run_task(load(text), settings)
        assert result.outcome is Outcome.ERROR
        assert result.reason.startswith(reason), result.reason
        assert "\n" not in result.reason
        assert json.loads((settings.run.path / result.slug / "result.json").read_text())["outcome"] == "error"

    def test_secrets_are_taken_out_of_all_that_is_written(self, settings: Settings, load: Load) -> None:
        text = f"prompt: x\nagent: oracle\nsolution: echo {SECRET} | tee hello.txt; exit 1"
        result = run_task(load(text), settings)
        folder = settings.run.path / result.slug
        assert left_behind(result, settings) == ["changes.patch", "result.json", "trajectory.json"]
        assert not [file for file in folder.iterdir() if SECRET in file.read_text()]

    def test_an_agent_ended_by_its_limit_is_judged_by_the_checks(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live")
        text = "prompt: x\nagent: loop\nlimits: {steps: 1}\nworkspace: {files: {a: b}}\nchecks: [files: %s]"
        passed = self.live(load(text % "a"), live, answered("hm"))
        assert (passed.outcome, passed.stopped) == (Outcome.PASSED, "steps")
        failed = self.live(load(text % "z"), live, answered("hm"))
        assert failed.outcome is Outcome.FAILED
        assert failed.reason.endswith("[the agent was ended by its limit: steps]")

    def test_an_agent_ended_by_its_limit_does_not_pass_without_a_check(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x\nlimits: {steps: 1}")
        result = self.live(task, replace(settings, mode="live"), answered("hm"))
        assert result.outcome is Outcome.FAILED
        assert result.reason.startswith("the agent did not finish")

    def test_a_quota_has_its_time(self, settings: Settings, load: Load) -> None:
        result = self.live(
            load("prompt: x"), replace(settings, mode="live"), unanswered("quota", "used", resets_at=9.0)
        )
        assert (result.outcome, result.reason, result.resets_at) == (Outcome.QUOTA, "used", 9.0)
        assert (result.calls, result.served, result.cost_usd) == (1, [], 0)

    def test_who_answered_and_what_it_cost(self, settings: Settings, load: Load) -> None:
        replies = [answered("a", served="openrouter/t/n", cost=0.5), *[answered("b", cost=None)] * 2]
        result = self.live(load("prompt: x"), replace(settings, mode="live"), *replies)
        assert (result.requested, result.served) == ("m", ["openrouter/t/n", "openrouter/test/m"])
        assert (result.purity, result.calls, result.steps, result.cassette) == ("mixed", 3, 3, "live")
        assert result.cost_usd is None
        assert [(use.model, use.answers, use.cost_usd, use.unknown_costs) for use in result.models] == [
            ("openrouter/t/n", 1, 0.5, 0), ("openrouter/test/m", 2, None, 2)
        ]  # fmt: skip
        assert (result.prompt_tokens, result.completion_tokens) == (300, 60)
        assert not settings.cassettes.exists()

    def test_a_recording_is_replayed_without_a_gateway_and_costs_nothing(self, settings: Settings, load: Load) -> None:
        task = load("prompt: x")
        recorded = self.live(task, replace(settings, mode="record"), *[answered("b", cost=0.25)] * 3)
        assert (recorded.outcome, recorded.cassette, recorded.cost_usd) == (Outcome.PASSED, "recorded", 0.75)
        again = run_task(task, settings)
        assert (again.outcome, again.cassette, again.cost_usd, again.calls) == (Outcome.PASSED, "replayed", 0, 3)
        assert (again.recorded["cost_usd"], again.recorded["wait_s"]) == (0.75, 0.0)
        assert (again.models, again.told_models) == ([], recorded.models)
        assert again.unplayed == 0

    def test_a_recording_that_ended_in_an_error_is_not_kept(self, settings: Settings, load: Load) -> None:
        record = replace(settings, mode="record")
        assert self.live(load("prompt: x"), record, unanswered("unavailable")).outcome is Outcome.ERROR
        assert not list(settings.cassettes.rglob("*.yaml"))

    @pytest.fixture
    def agent(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
        def agent(body: str) -> str:
            (tmp_path / "an_agent.py").write_text(f"def run(task, workspace, session, limits):\n    {body}\n")
            monkeypatch.syspath_prepend(tmp_path)
            monkeypatch.delitem(sys.modules, "an_agent", raising=False)
            return "prompt: x\nagent: an_agent:run\nworkspace: {files: {a: b}}\nchecks: [files: a]"

        return agent

    @pytest.mark.parametrize("then", ["pass", "raise KeyError('x')"])
    def test_a_failure_that_an_agent_swallowed_is_the_outcome(
        self, then: str, settings: Settings, load: Load, agent: Callable[[str], str]
    ) -> None:
        body = f"try: session.complete([{{'role': 'user', 'content': 'x'}}])\n    except Exception: {then}"
        result = self.live(load(agent(body)), replace(settings, mode="live"), unanswered("refused", "no key"))
        assert (result.outcome, result.reason) == (Outcome.ERROR, "no key")

    def test_a_replayed_agent_that_swallowed_that_it_has_no_network(
        self, settings: Settings, load: Load, agent: Callable[[str], str]
    ) -> None:
        ask = "session.complete([{'role': 'user', 'content': 'x'}])"
        # A datagram socket sends nothing when it is connected.
        reach = "__import__('socket').socket(type=2).connect(('192.0.2.1', 9))"
        task = load(agent(f"{ask}\n    try: {reach}\n    except Exception: pass"))
        recorded = self.live(task, replace(settings, mode="record"), answered("a"))
        assert (recorded.outcome, recorded.cassette) == (Outcome.PASSED, "recorded")
        again = run_task(task, settings)
        reason = "no network in a replay: connection to 192.0.2.1:9 refused, from an_agent.py:3"
        assert (again.outcome, again.reason) == (Outcome.ERROR, reason)

    def test_an_agent_that_breaks_is_an_error(
        self, settings: Settings, load: Load, agent: Callable[[str], str]
    ) -> None:
        result = self.live(load(agent("1 / 0")), replace(settings, mode="live"))
        reason = "the agent an_agent:run raised ZeroDivisionError: division by zero"
        assert (result.outcome, result.reason) == (Outcome.ERROR, reason)

    def test_a_transcript_that_holds_no_messages_does_no_harm(
        self, settings: Settings, load: Load, agent: Callable[[str], str]
    ) -> None:
        result = self.live(load(agent("session.transcript = [object(), 'words']")), replace(settings, mode="live"))
        assert result.outcome is Outcome.PASSED
        trajectory = json.loads((settings.run.path / result.slug / "trajectory.json").read_text())
        assert trajectory["steps"][1]["message"] == "words"

    def test_names_that_nobody_knows_are_refused_before_anything_runs(self, settings: Settings, load: Load) -> None:
        with pytest.raises(AgentError, match="unknown agent 'lop'"):
            run_task(load("prompt: x\nagent: lop"), settings)
        with pytest.raises(ModelsConfigError, match="unknown preset 'x'"):
            run_task(load("prompt: x\nmodel: x"), settings)
        assert not settings.run.path.exists()

    def live(self, task: Task, settings: Settings, *replies: Any) -> TaskResult:
        left = list(replies)

        def answer(_: Asked) -> Answer:
            reply = left.pop(0)
            return Answer(reply.status, reply.body)

        with Provider(answer) as server:
            gateway = (server.base.removesuffix("/api/v1"), "token")
            result = run_task(task, replace(settings, gateway=gateway))
        assert left == []
        return result


class TestPlan:
    """What will be done for a task."""

    def test_agents_that_ask_no_model_have_no_chain(self, settings: Settings, load: Load) -> None:
        plan = plan_task(load("prompt: x\nagent: nop\nmodel: nonsense"), replace(settings, mode="record"))
        assert (plan.agent.name, plan.chain, plan.action, plan.live, plan.requested) == ("nop", None, "none", False, "")
        assert plan.slug(settings.root) == "tasks/work/work--none"

    def test_the_command_line_chooses_the_agent(self, settings: Settings, load: Load) -> None:
        assert plan_task(load("prompt: x\nagent: nop"), replace(settings, agent="oracle")).agent.name == "oracle"

    def test_names_are_made_of_task_and_preset(self, settings: Settings, load: Load) -> None:
        plan = plan_task(load("id: A b\nprompt: x\nmodel: openai/GPT"), settings)
        assert plan.requested == "openai/GPT"
        assert plan.cassette.relative_to(settings.cassettes).as_posix() == f"{plan.slug(settings.root)}.yaml"
        assert plan.slug(settings.root).startswith("tasks/work/a-b-")

    def test_an_item_of_a_comparison_is_pinned(self, settings: Settings, load: Load) -> None:
        plan = plan_task(replace(load("prompt: x\nmodel: m"), preset="n"), settings)
        assert plan.chain is not None
        assert (plan.requested, plan.chain.pinned) == ("n", True)

    @pytest.mark.parametrize(("mode", "ci", "there", "action"), ACTIONS)
    def test_what_becomes_of_the_cassette(
        self, mode: Any, ci: bool, there: bool, action: str, settings: Settings, load: Load
    ) -> None:
        task, settings = load("prompt: x"), replace(settings, mode=mode, ci=ci)
        if there:
            file = plan_task(task, settings).cassette
            file.parent.mkdir(parents=True)
            file.touch()
        plan = plan_task(task, settings)
        assert plan.action == action
        assert plan.live is (action in ("record", "live"))


class TestPreflight:
    """What must hold before the first task."""

    def plans(self, settings: Settings, load: Load, *texts: str) -> list[Plan]:
        return [plan_task(load(text), settings) for text in texts]

    def test_what_will_be_done_is_told(self, settings: Settings, load: Load) -> None:
        plans = self.plans(settings, load, "prompt: x", "prompt: y", "prompt: z\nagent: nop")
        assert preflight(plans, settings, {}) == [
            "agent tasks: 2 replayed · 1 without a model · sandbox none",
            "models: m (default chain), then n",
        ]

    def test_a_key_is_needed_before_anything_is_asked(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live")
        plans = self.plans(live, load, "prompt: x")
        with pytest.raises(PreflightError) as caught:
            preflight(plans, live, {"SOME_KEY": ""})
        assert str(caught.value) == (
            "m (openrouter/t/m) needs the variable SOME_KEY, which is not set; 1 task(s) would ask models. "
            "Set it, choose another model with --model-preset, or replay with --agent-cassettes=replay"
        )
        assert preflight(plans, live, KEYS)[0] == "agent tasks: 1 live · sandbox none"

    def test_a_gateway_of_somebody_else_has_the_keys(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live", remote_gateway=True)
        assert len(preflight(self.plans(live, load, "prompt: x"), live, {})) == 2

    def test_fallbacks_without_a_key_are_told(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live", wishes=Wishes("free", None, True, {}))
        assert preflight(self.plans(live, load, "prompt: x"), live, {}) == [
            "agent tasks: 1 live · sandbox none",
            "models: free (--model-preset), then m, n",
            "left out for want of SOME_KEY: m, n",
        ]

    def test_a_retired_model_that_was_named_is_warned_of(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live", wishes=Wishes("old", None, False, {}))
        assert preflight(self.plans(live, load, "prompt: x"), live, KEYS)[1:] == [
            "models: old (--model-preset), pinned",
            "warning: old is retired (gone): tried first, as it was named",
        ]

    def test_only_retired_models(self, settings: Settings, load: Load) -> None:
        live = replace(settings, mode="live", models=Models(PRESETS, {}, ["old"], {}))
        with pytest.raises(ModelsConfigError, match=r"every model of the chain \(old\) is retired"):
            preflight(self.plans(live, load, "prompt: x"), live, KEYS)

    @pytest.mark.parametrize(
        ("wishes", "told"),
        [
            (Wishes("x", None, True, {}), "--model-preset: unknown preset 'x'"),
            (Wishes(None, None, True, {"AGENTTASKS_MODEL": "x"}), "AGENTTASKS_MODEL: unknown preset 'x'"),
            (Wishes(None, None, True, {"OPENHANDS_MODEL": "x"}), "OPENHANDS_MODEL: unknown preset 'x'"),
            (Wishes("m", ["x"], True, {}), "--model-fallbacks: unknown preset 'x'"),
        ],
    )
    def test_unknown_names_say_who_named_them(self, wishes: Wishes, told: str, settings: Settings) -> None:
        with pytest.raises(ModelsConfigError) as caught:
            check_names(replace(settings, wishes=wishes))
        assert str(caught.value).startswith(told)

    def test_known_names_pass(self, settings: Settings) -> None:
        check_names(settings)
        check_names(replace(settings, wishes=Wishes("openai/x", ["m"], True, {})))


def test_a_verdict_is_one_line_also_of_strange_errors() -> None:
    assert verdict_on(ValueError("a\nb")) == (Outcome.ERROR, "ValueError: a", None)
    assert verdict_on(KeyError()) == (Outcome.ERROR, "KeyError: KeyError", None)
    assert verdict_on(AgentError("a\nb")) == (Outcome.ERROR, "a", None)
