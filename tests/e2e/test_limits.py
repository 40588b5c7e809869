"""What bounds a whole run: budgets, quotas that are waited for, what is known before it begins, where that is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest

from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project, RunResult, gateway
from tests.e2e.test_gateway_life import gateways_of
from tests.e2e.test_outcomes import daily
from tests.provider import Answer, Asked, Json, Provider

RESETS_IN = 3600
"""Seconds until the daily cap of the capped runs is lifted."""

CAPPED: dict[str, Capped] = {}
SETTLED: dict[str, Settled] = {}
"""Runs that several tests look at, by the first test of this process that needs them."""


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

    def test_when_it_is_spent_the_tasks_that_are_left_are_errors_and_ask_nobody(self, project: Project) -> None:
        """Each answer takes 120 tokens; reruns would not help."""
        project.write("tasks/answer.yaml", repeated(6))
        with Provider(WRITES) as provider:
            project.models(provider)
            result = project.live("tasks", "-n2", "--agent-budget=1usd", "--agent-budget", "200tokens", "--reruns=2")
            asked = len(provider.asked)
        result.stdout.fnmatch_lines(["budget of the run: $1, 200 tokens"])
        assert 2 <= asked <= 3, "the call that crosses the line, and one that was on its way"
        spent = [one for one in project.results().values() if one["reason"].startswith("the run's budget is spent: ")]
        assert len(spent) >= 4
        assert {(one["outcome"], one["calls"]) for one in spent} <= {("error", 1), ("error", 2)}
        assert "rerun" not in result.parseoutcomes()

    def test_a_replay_has_none(self, project: Project) -> None:
        project.recorded()
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

    def test_it_waits_and_goes_on_and_a_replay_tells_so_without_waiting(self, project: Project) -> None:
        project.write("tasks/answer.yaml", repeated(2))
        with Provider(used_up_once(3)) as provider:
            project.models(provider)
            result = project.record("tasks", "-n2", "--agent-on-quota=wait")
        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines(["quotas: waited for, until 20*-*-* *:* UTC at the latest"])
        waits = [one["wait_s"] for one in project.results().values()]
        assert max(waits) > 0
        project.pytest("tasks").assert_outcomes(passed=2)
        replayed = list(project.results().values())
        assert [one["wait_s"] for one in replayed] == [0, 0]
        assert sorted(one["recorded"]["wait_s"] for one in replayed) == sorted(waits)

    def test_a_gateway_killed_meanwhile_costs_nothing(self, project: Project) -> None:
        project.write("tasks/answer.yaml", ONE_TASK)
        killed: list[int] = []
        with Provider(used_up_once(4)) as provider:
            project.models(provider)
            run = threading.Thread(target=lambda: results.append(project.live("tasks", "--agent-on-quota=wait")))
            results: list[RunResult] = []
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


@dataclass(frozen=True)
class Capped:
    """Two runs on one account state, of which the first one meets a daily cap that it may not wait for."""

    first: Json
    """result.json of the first run's task."""
    second: Json
    """Of the second run's."""
    begun: RunResult
    """What the first run said, for which just enough was left by what it looked up: preflight was strict."""
    header: RunResult
    """What the second run said."""
    asked: tuple[int, int]
    """Requests in all after the first run, and after the second one."""


@pytest.fixture
def capped(project: Project) -> Capped:
    if not CAPPED:
        project.write("tasks/answer.yaml", ONE_TASK)
        limit, strict = f"agenttasks_max_run_time={RESETS_IN // 2}", "agenttasks_preflight=strict"
        with Provider(lambda _: daily(time.time() + RESETS_IN), look_up=left_today(10)) as provider:
            project.models(provider)
            begun = project.live("tasks", "-o", "agenttasks_on_quota=wait", "-o", limit, "-o", strict)
            begun.assert_outcomes(errors=1)
            assert len(provider.looked_up) == 1
            first, asked = project.results()["answer"], len(provider.asked)
            header = project.live("tasks")
        CAPPED["runs"] = Capped(first, project.results()["answer"], begun, header, (asked, len(provider.asked)))
    return CAPPED["runs"]


class TestCapped:
    """A daily cap that is not waited for."""

    def test_beyond_the_runs_time_the_task_ends_and_says_so(self, capped: Capped) -> None:
        assert "; not waited for: it is refilled 20" in capped.first["reason"]
        assert capped.first["reason"].endswith(" UTC (agenttasks_max_run_time)")
        assert (capped.first["outcome"], capped.asked[0]) == ("quota", 1)

    def test_a_run_after_the_cap_knows_of_it_and_asks_nobody(self, capped: Capped) -> None:
        capped.header.stdout.fnmatch_lines(["warning: m is cooled: daily_quota until *:* UTC (in *)"])
        assert capped.second["outcome"] == "quota"
        assert capped.asked[1] == capped.asked[0]


@dataclass(frozen=True)
class Settled:
    """Two live runs of three tasks that need more than is left today, with different settings of what is looked at."""

    told: RunResult
    """State where the ini says, preflight as it is by default."""
    quiet: RunResult
    """AGENTTASKS_STATE says another place, which cannot be used; preflight is off."""
    looked_up: tuple[int, int]
    """Requests for what is left: by the first run, by the second one."""
    kept: tuple[bool, bool]
    """Whether the file that the ini names was there: after the quiet run, after the other one."""


@pytest.fixture
def settled(project: Project, monkeypatch: pytest.MonkeyPatch) -> Settled:
    if not SETTLED:
        project.write("tasks/answer.yaml", repeated(3))
        project.write("a-file", "")
        kept = project.path / "kept/accounts.sqlite"
        ini = ("-o", "agenttasks_state=kept/accounts.sqlite")
        with Provider(WRITES, look_up=left_today(29)) as provider:
            project.models(provider)
            monkeypatch.setenv("AGENTTASKS_STATE", str(project.path / "a-file/accounts.sqlite"))
            quiet = project.live("tasks", *ini, "-o", "agenttasks_preflight=off")
            looked_up, before = len(provider.looked_up), kept.exists()
            monkeypatch.delenv("AGENTTASKS_STATE")
            told = project.live("tasks", *ini)
        SETTLED["runs"] = Settled(
            told, quiet, (len(provider.looked_up) - looked_up, looked_up), (before, kept.is_file())
        )
    return SETTLED["runs"]


NEEDED = "3 tasks need about 30 calls; 29 of 50 left today for free models of OPENROUTER_API_KEY, until 00:00"


class TestPreflight:
    """What the header says of quotas."""

    def test_it_warns(self, settled: Settled) -> None:
        settled.told.assert_outcomes(passed=3)
        settled.told.stdout.fnmatch_lines([f"warning: {NEEDED} UTC (in *)"])
        assert settled.looked_up[0] == 1

    def test_off_is_silent_and_looks_nothing_up(self, settled: Settled) -> None:
        settled.quiet.stdout.no_fnmatch_line("warning: * left today*")
        assert settled.looked_up[1] == 0

    def test_strict_does_not_begin_what_is_not_enough(self, project: Project) -> None:
        project.write("tasks/answer.yaml", repeated(3))
        with Provider(WRITES, look_up=left_today(29)) as provider:
            project.models(provider)
            result = project.live("tasks", "-n2", "-o", "agenttasks_preflight=strict")
            assert provider.asked == []
        assert result.ret == 4
        assert f"ERROR: {NEEDED}" in result.stderr.str()
        assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()

    def test_strict_begins_what_is_enough_and_is_silent(self, capped: Capped) -> None:
        """The one task was begun: it asked, and met its cap."""
        assert capped.asked[0] == 1
        capped.begun.stdout.no_fnmatch_line("warning:*")


class TestState:
    """agenttasks_state and AGENTTASKS_STATE."""

    def test_the_ini_is_relative_to_the_root_and_the_variable_stands_over_it(self, settled: Settled) -> None:
        assert settled.kept == (False, True)

    def test_a_place_that_cannot_be_used_is_told_once_and_costs_no_task(self, settled: Settled) -> None:
        settled.quiet.assert_outcomes(passed=3)
        assert settled.quiet.stdout.str().count("warning: ") == 1
        settled.quiet.stdout.fnmatch_lines(["warning: *a-file/accounts.sqlite*limits are known to this run only*"])

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
        with gateway(standing, *trouble) as played:
            self.result = project.live_at(played, "tasks", *LIVE, *arguments)
        self.result.assert_outcomes(passed=2)
        return [asked for asked in played.asked if asked.path == "/v1/chat/completions"]

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
