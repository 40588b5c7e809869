"""What bounds a whole run: budgets, quotas that are waited for, what is known before it begins, where that is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from itertools import count

import pytest

from tests.e2e.project import ONE_TASK, WRITES, Project
from tests.e2e.test_gateway_life import gateways_of
from tests.e2e.test_outcomes import daily
from tests.models.answers import answered
from tests.provider import Answer, Asked, Provider

FORMS = pytest.mark.parametrize("form", ["-n0", "-n2"])


def repeated(times: int) -> str:
    return ONE_TASK.replace("id: answer", f"id: answer\n    repeat: {times}")


def used_up_once(resets_in: float, limited: int = 1) -> Callable[[Asked], Answer]:
    """A model whose account is used up for its first requests, then works."""
    numbers, until = count(), time.time() + resets_in

    def answer(asked: Asked) -> Answer:
        return daily(max(until, time.time() + 1)) if next(numbers) < limited else WRITES(asked)

    return answer


def left_today(remaining: int) -> Callable[[Asked], Answer]:
    """OpenRouter's `GET /key`."""
    told = {"free_model_daily_requests": {"used": 50 - remaining, "limit": 50, "remaining": remaining}}
    return lambda asked: Answer(200, {"data": told}) if asked.path.endswith("/key") else Answer(404)


class TestBudget:
    """--agent-budget."""

    @FORMS
    def test_when_it_is_spent_the_tasks_that_are_left_are_errors_and_ask_nobody(
        self, project: Project, form: str
    ) -> None:
        """Each answer takes 120 tokens; reruns would not help."""
        project.write("tasks/answer.yaml", repeated(6))
        with Provider(WRITES) as provider:
            project.models(provider)
            result = project.live("tasks", form, "--agent-budget=1usd", "--agent-budget", "200tokens", "--reruns=2")
            asked = len(provider.asked)
        result.stdout.fnmatch_lines(["budget of the run: $1, 200 tokens"])
        assert 2 <= asked <= 3, "the call that crosses the line, and one that was on its way"
        spent = [one for one in project.results().values() if one["reason"].startswith("the run's budget is spent: ")]
        assert len(spent) >= (5 if form == "-n0" else 4)
        assert {(one["outcome"], one["calls"]) for one in spent} <= {("error", 1), ("error", 2)}
        assert "rerun" not in result.parseoutcomes()

    def test_a_replay_has_none(self, project: Project) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        with Provider(WRITES) as provider:
            project.models(provider)
            project.record("tasks").assert_outcomes(passed=1)
        result = project.pytest("tasks", "--agent-budget=1tokens", "--agent-on-quota=wait")
        result.assert_outcomes(passed=1)
        result.stdout.no_fnmatch_line("*budget*")
        result.stdout.no_fnmatch_line("quotas:*")


WRONG = {
    "budget": (
        ["--agent-budget=lots"],
        "--agent-budget lots: expected US dollars such as 5.00 or 5usd, or tokens such as 300000tokens, above 0",
    ),
    "budgets": (["--agent-budget=1", "--agent-budget=2"], "--agent-budget 2: a budget in usd is given already"),
    "on_quota": (["-o", "agenttasks_on_quota=sleep"], "agenttasks_on_quota = sleep: expected one of end, wait"),
    "run_time": (["-o", "agenttasks_max_run_time=6h"], "agenttasks_max_run_time = 6h: expected seconds"),
    "preflight": (["-o", "agenttasks_preflight=no"], "agenttasks_preflight = no: expected one of warn, strict, off"),
    "scheme": (["-o", "agenttasks_state=mysql://x"], "agenttasks_state: mysql:// is no Redis; expected a file"),
    "redis": (["-o", "agenttasks_state=redis://x"], "pip install 'pytest-agenttasks[redis]'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_stop_the_run_before_anything(
    project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENTTASKS_STATE")
    project.write("tasks/answer.yaml", ONE_TASK)
    project.write("conftest.py", "import sys\nsys.modules['redis'] = None  # as if it were not installed\n")
    arguments, words = WRONG[name]
    result = project.live("tasks", *arguments)
    assert result.ret == 4
    assert words in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


class TestOnQuota:
    """--agent-on-quota=wait."""

    @FORMS
    def test_it_waits_and_goes_on_and_a_replay_tells_so_without_waiting(self, project: Project, form: str) -> None:
        project.write("tasks/answer.yaml", repeated(2))
        with Provider(used_up_once(3)) as provider:
            project.models(provider)
            result = project.record("tasks", form, "--agent-on-quota=wait")
        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines(["quotas: waited for, until 20*-*-* *:* UTC at the latest"])
        waits = [one["wait_s"] for one in project.results().values()]
        assert max(waits) > 1
        project.pytest("tasks").assert_outcomes(passed=2)
        replayed = list(project.results().values())
        assert [one["wait_s"] for one in replayed] == [0, 0]
        assert sorted(one["recorded"]["wait_s"] for one in replayed) == sorted(waits)

    def test_beyond_the_runs_time_the_task_ends_and_says_so(self, project: Project) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        with Provider(used_up_once(3600, limited=9)) as provider:
            project.models(provider)
            result = project.live("tasks", "-o", "agenttasks_on_quota=wait", "-o", "agenttasks_max_run_time=1800")
            assert len(provider.asked) == 1
        result.assert_outcomes(errors=1)
        reason = project.results()["answer"]["reason"]
        assert "; not waited for: it is refilled 20" in reason
        assert reason.endswith(" UTC (agenttasks_max_run_time)")
        assert project.results()["answer"]["outcome"] == "quota"

    def test_a_gateway_killed_meanwhile_costs_nothing(self, project: Project) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        killed: list[int] = []
        with Provider(used_up_once(4)) as provider:
            project.models(provider)
            run = threading.Thread(target=lambda: results.append(project.live("tasks", "--agent-on-quota=wait")))
            results: list[pytest.RunResult] = []
            run.start()
            log = project.run_folder.parent
            while run.is_alive() and not killed:
                if any("no model answered" in file.read_text() for file in log.glob("2*/gateway.log")):
                    killed = gateways_of(project.path)
                    for pid in killed:
                        os.kill(pid, signal.SIGKILL)
                run.join(0.05)
            run.join()
            assert len(provider.asked) == 3, "the one that was refused, and two answers"
        assert killed
        results[0].assert_outcomes(passed=1)


class TestPreflight:
    """What the header says of quotas."""

    @FORMS
    def test_it_warns_and_strict_does_not_begin(self, project: Project, form: str) -> None:
        project.write("tasks/answer.yaml", repeated(3))
        with Provider(WRITES, look_up=left_today(29)) as provider:
            project.models(provider)
            result = project.live("tasks", form, "-o", "agenttasks_preflight=strict")
            assert result.ret == 4
            assert provider.asked == []
            told = "3 tasks need about 30 calls; 29 of 50 left today for free models of OPENROUTER_API_KEY, until 00:00"
            assert f"ERROR: {told}" in result.stderr.str()
            assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
            result = project.live("tasks", form)
        result.assert_outcomes(passed=3)
        result.stdout.fnmatch_lines([f"warning: {told} UTC (in *)"])

    def test_enough_and_off_are_silent(self, project: Project) -> None:
        project.write("tasks/answer.yaml", repeated(3))
        with Provider(WRITES, look_up=left_today(30)) as provider:
            project.models(provider)
            project.live("tasks").stdout.no_fnmatch_line("warning:*")
            looked_up = len(provider.looked_up)
            assert looked_up == 1
            project.live("tasks", "-o", "agenttasks_preflight=off").stdout.no_fnmatch_line("warning:*")
            assert len(provider.looked_up) == looked_up

    def test_a_run_after_the_cap_knows_of_it(self, project: Project) -> None:
        """The same state serves both runs: the second one asks nobody."""
        project.write("tasks/answer.yaml", ONE_TASK)
        with Provider(lambda _: daily(time.time() + 7000)) as provider:
            project.models(provider)
            project.live("tasks").assert_outcomes(errors=1)
            result = project.live("tasks")
            assert len(provider.asked) == 1
        result.stdout.fnmatch_lines(["warning: m is cooled: daily_quota until *:* UTC (in *)"])
        assert project.results()["answer"]["outcome"] == "quota"


class TestState:
    """agenttasks_state and AGENTTASKS_STATE."""

    def test_the_ini_is_relative_to_the_root_and_the_variable_stands_over_it(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        monkeypatch.delenv("AGENTTASKS_STATE")
        ini = ("-o", "agenttasks_state=kept/accounts.sqlite")
        kept = project.path / "kept/accounts.sqlite"
        with Provider(WRITES) as provider:
            project.models(provider)
            project.setenv("AGENTTASKS_STATE", "memory")
            project.live("tasks", *ini).assert_outcomes(passed=1)
            assert not kept.exists()
            monkeypatch.delenv("AGENTTASKS_STATE")
            project.live("tasks", *ini).assert_outcomes(passed=1)
        assert kept.is_file()

    def test_a_place_that_cannot_be_used_is_told_once_and_costs_no_task(self, project: Project) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        project.write("a-file", "")
        project.setenv("AGENTTASKS_STATE", str(project.path / "a-file/accounts.sqlite"))
        with Provider(WRITES) as provider:
            project.models(provider)
            result = project.live("tasks")
        result.assert_outcomes(passed=1)
        assert result.stdout.str().count("warning: ") == 1
        result.stdout.fnmatch_lines(["warning: *a-file/accounts.sqlite*limits are known to this run only*"])

    def test_a_redis_that_does_not_answer_is_told_in_the_header(self, project: Project) -> None:
        pytest.importorskip("redis")
        project.write("tasks/answer.yaml", ONE_TASK)
        project.setenv("AGENTTASKS_STATE", "redis://:a-password@127.0.0.1:9/0")
        with Provider(WRITES) as provider:
            project.models(provider)
            result = project.live("tasks")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["warning: the gateway does not come up (status 2): *redis://*127.0.0.1:9*"])
        assert "a-password" not in result.stdout.str() + result.stderr.str()


class TestAnotherGateway:
    """A gateway that somebody else runs, played by a server."""

    def asked(self, project: Project, standing: Answer, *trouble: str, arguments: tuple[str, ...] = ()) -> list[Asked]:
        done = answered(calls=[{"id": "1", "function": {"name": "finish", "arguments": '{"answer": "x"}'}}])

        def answer(asked: Asked) -> Answer:
            return standing if asked.path.endswith("/standing") else Answer(200, done.body)

        def look_up(asked: Asked) -> Answer:
            return Answer(200, {"trouble": list(trouble)} if asked.path == "/health" else {"data": []})

        with Provider(answer, look_up=look_up) as gateway:
            project.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
            url = gateway.base.removesuffix("/api/v1")
            self.result = project.live("tasks", f"--agent-gateway={url}", *arguments)
        self.result.assert_outcomes(passed=2)
        return [asked for asked in gateway.asked if asked.path == "/v1/chat/completions"]

    @pytest.fixture(autouse=True)
    def tasks(self, project: Project) -> None:
        project.write("tasks/t.yaml", "tasks:\n- {id: ä, prompt: x, checks: [command: ls]}\n- {id: b, prompt: x, "
                      "checks: [command: ls]}\n")  # fmt: skip

    def test_another_version_is_told(self, project: Project) -> None:
        self.asked(project, Answer(404, {}))
        self.result.stdout.fnmatch_lines(
            ["warning: what is left of quotas is not known: *does not know this question: it is of another version*"]
        )

    def test_tasks_say_who_they_are_and_for_which_run(self, project: Project) -> None:
        first, second = self.asked(project, Answer(200, {}), arguments=("-n2", "--agent-budget=2.5"))
        told = [{k: v for k, v in one.headers.items() if k.startswith("x-agenttasks-")} for one in (first, second)]
        assert {one["x-agenttasks-task"] for one in told} == {one["slug"] for one in project.results().values()}
        assert {one["x-agenttasks-run"] for one in told} == {(project.run_folder).resolve().name}
        assert {one["x-agenttasks-budget-usd"] for one in told} == {"2.5"}
        assert len({one["x-agenttasks-call"] for one in told}) == 2

    def test_troubles_of_the_run_are_told_at_its_end_those_of_before_are_not_repeated(self, project: Project) -> None:
        self.asked(project, Answer(200, {"trouble": ["the disk is slow"]}), "the disk is slow", "the disk is full")
        lines = self.result.stdout.lines
        assert lines.count("warning: the disk is slow") == 1
        assert lines.index("warning: the disk is slow") < lines.index("warning: the disk is full")
        assert lines.index("warning: the disk is full") > next(i for i, line in enumerate(lines) if "details:" in line)
