"""Before live work: what tasks may need against what is left of daily limits."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.agents import find_agent
from pytest_agenttasks.cassettes import cassette_path
from pytest_agenttasks.forecast import Shortage, blocked, calls_of, out_of_quota, shortages
from pytest_agenttasks.models import Account, Blocked, Budget, Chain, Models, Pool, Preset, Standing, Wishes
from pytest_agenttasks.preflight import PreflightError, preflight
from pytest_agenttasks.runs import RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Plan, Settings
from pytest_agenttasks.spec import Task, TaskSpec
from pytest_agenttasks.yamlfile import Document
from tests.provider import Answer, Asked, Provider

MIDNIGHT = 1_000_080_000.0  # 2001-09-10 00:00 UTC
KEYS = {"KEY": "x", "TEAM": "y"}
TEAM = Account("team", "TEAM")

FREE = Preset("free", "openrouter/t/free:free", api_key_env="KEY")
FREE2 = Preset("free2", "openrouter/t/free2:free", api_key_env="KEY")
PAID = Preset("paid", "openai/paid", api_key_env="KEY")
GROQ = Preset("groq", "groq/x", api_key_env="KEY")
SHARED = Preset("shared", "openrouter/t/s:free", api_key_env="KEY", more_accounts=(TEAM,))


def plan_of(tmp_path: Path, *presets: Preset, steps: int = 30, number: int = 0) -> Plan:
    spec = TaskSpec.model_validate({"prompt": "x", "limits": {"steps": steps}})
    task = Task(spec, f"t{number}", tmp_path / "t.yaml", Document.in_code("t.yaml", 1), ())
    chain = Chain(presets, True, "test")
    return Plan(task, find_agent("loop"), chain, "live", cassette_path(tmp_path, "t", f"t{number}", presets[0].name))


def pool(*presets: str, left: int = 38, limit: int = 50, what: str = "free models of KEY", **more: Any) -> Pool:
    return Pool(what, frozenset(presets), left, limit, **more)


def short(plans: list[Plan], *pools: Pool, environ: dict[str, str] | None = None) -> list[tuple[int, int, int]]:
    """Tasks, calls and what is left, of each shortage."""
    found = shortages(plans, Standing(pools=pools), KEYS if environ is None else environ)
    return [(one.tasks, one.calls, sum(pool.left for pool in one.pools)) for one in found]


class TestCalls:
    """How many calls a task may take."""

    def test_the_usual_number_but_never_more_than_its_steps(self, tmp_path: Path) -> None:
        assert calls_of(plan_of(tmp_path, FREE)) == 10
        assert calls_of(plan_of(tmp_path, FREE, steps=4)) == 4

    def test_as_many_as_were_recorded(self, tmp_path: Path) -> None:
        plan = plan_of(tmp_path, FREE)
        plan.cassette.parent.mkdir()
        plan.cassette.write_text("agenttasks-cassette: 1\nheader: {}\nentries: 7\ncalls:\n")
        assert calls_of(plan) == 7
        assert calls_of(plan_of(tmp_path, FREE, steps=5)) == 5


class TestShortages:
    """Which tasks count against which limits."""

    def test_enough_is_no_shortage(self, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE, FREE2, number=n) for n in range(3)]
        assert short(plans, pool("free", "free2", left=30)) == []
        assert short(plans, pool("free", "free2", left=29)) == [(3, 30, 29)]

    def test_nothing_known_is_no_shortage(self, tmp_path: Path) -> None:
        assert short([plan_of(tmp_path, FREE)]) == []

    def test_a_fallback_without_a_limit_takes_the_task_out(self, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE), plan_of(tmp_path, FREE, PAID)]
        assert short(plans, pool("free", left=5)) == [(1, 10, 5)]

    def test_but_not_one_that_has_no_key_or_is_retired(self, tmp_path: Path) -> None:
        gone, keyless = replace(PAID, retired="gone"), replace(PAID, name="other", api_key_env="NOT_SET")
        plans = [plan_of(tmp_path, FREE, gone, keyless)]
        assert short(plans, pool("free", left=5)) == [(1, 10, 5)]
        assert shortages(plans, Standing(pools=(pool("free", left=5),)), None) == [], "the gateway's keys are not ours"

    def test_limits_that_a_chain_can_choose_among_are_added(self, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE, GROQ)]
        assert short(plans, pool("free", left=5), pool("groq", left=5)) == []
        assert short(plans, pool("free", left=5), pool("groq", left=4)) == [(1, 10, 9)]

    def test_tasks_that_depend_on_some_of_them_count_with_those_on_all(self, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE), plan_of(tmp_path, FREE, GROQ)]
        assert short(plans, pool("free", left=12), pool("groq", left=7)) == [(2, 20, 19)]
        assert short(plans, pool("free", left=12), pool("groq", left=8)) == []

    def test_of_limits_that_all_hold_for_one_model_the_least_counts(self, tmp_path: Path) -> None:
        """OpenRouter tells of its own limit, and models.yaml declares one for the same models."""
        told, declared = pool("free", left=5), pool("free", left=900, limit=1000, what="declared of KEY")
        assert short([plan_of(tmp_path, FREE)], told, declared) == [(1, 10, 5)]

    def test_another_account_is_another_way(self, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, SHARED)]
        first, second = pool("shared", left=5, account="KEY"), pool("shared", left=4, account="team")
        assert short(plans, first) == [], "the team's account has no limit"
        assert short(plans, first, second) == [(1, 10, 9)]
        assert short(plans, first, second, environ={"KEY": "x"}) == [(1, 10, 5)], "nor has it a key"

    def test_the_line(self) -> None:
        shortage = Shortage(47, 470, (pool("a", resets_in=11_520.0),))
        assert shortage.told(MIDNIGHT - 11_520) == (
            "47 tasks need about 470 calls; 38 of 50 left today for free models of KEY, until 00:00 UTC (in 3.2 h)"
        )
        two = Shortage(1, 10, (pool("a", left=1), pool("b", left=2, what="groq", resets_in=600)))
        assert two.told(MIDNIGHT) == (
            "1 task needs about 10 calls; 1 of 50 left today for free models of KEY; "
            "2 of 50 left today for groq, until 00:10 UTC (in 10 min)"
        )


def test_heads_that_must_be_left_alone() -> None:
    standing = Standing(blocked={
        "free": Blocked("daily_quota", 7200), "groq": Blocked("rate_limited", 20), "paid": Blocked("no_credit"),
        "shared": Blocked("model_daily_quota", 60),
    })  # fmt: skip
    heads = [FREE, FREE2, GROQ, PAID, FREE]
    assert blocked(heads, standing, MIDNIGHT) == [
        "free is cooled: daily_quota until 02:00 UTC (in 2.0 h)",
        "groq is cooled: rate_limited until 00:00 UTC (in 20 s)",
        "paid is cooled: no_credit",
    ]
    assert out_of_quota([*heads, SHARED], standing) == ["free", "shared"]


class TestPreflight:
    """What the header says, and when the run does not begin."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(
            root=tmp_path,
            models=Models({}, {}, [], {}),
            wishes=Wishes(None, None, True, {}),
            mode="live",
            drift="report",
            isolation="none",
            cassettes=tmp_path,
            run=RunFolder(tmp_path / ".agenttasks", "a-run"),
            secrets=Secrets({}),
            ci=False,
        )

    def told(self, settings: Settings, plans: list[Plan], answer: Answer, environ: dict[str, str] | None = None) -> Any:
        """The lines below those about models, and what the gateway was asked."""

        def reply(asked: Asked) -> Answer:
            assert asked.path == "/v1/agenttasks/standing"
            return answer

        with Provider(reply) as server:
            gateway = (server.base.removesuffix("/api/v1"), "token")
            lines = preflight(plans, replace(settings, gateway=gateway), KEYS if environ is None else environ)
        return lines[2:], [asked.body for asked in server.asked]

    def standing(self, left: int = 38, **more: Any) -> Answer:
        known = {"what": "free models of KEY", "presets": ["free", "free2"], "left": left, "limit": 50, "resets_in": 60}
        return Answer(200, {"where": "x", "trouble": [], "pools": [known], "blocked": {}, **more})

    def test_enough_is_not_told(self, settings: Settings, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE, FREE2)]
        assert self.told(settings, plans, self.standing()) == ([], [{"presets": ["free", "free2"]}])

    def test_what_a_person_should_know(self, settings: Settings, tmp_path: Path) -> None:
        answer = self.standing(4, trouble=["the disk is full"], blocked={"free": {"reason": "daily_quota"}})
        (trouble, need, cooled), _ = self.told(settings, [plan_of(tmp_path, FREE)], answer)
        assert trouble == "warning: the disk is full"
        assert need.startswith("warning: 1 task needs about 10 calls; 4 of 50 left today for free models of KEY, until")
        assert cooled == "warning: free is cooled: daily_quota"

    def test_a_fallback_without_its_key_is_no_way_out(self, settings: Settings, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE, replace(PAID, api_key_env="NOT_SET"))]
        (left_out, need), _ = self.told(settings, plans, self.standing(4))
        assert left_out == "left out for want of NOT_SET: paid"
        assert need.startswith("warning: 1 task needs about 10 calls; 4 of 50 left")

    def test_strict_does_not_begin(self, settings: Settings, tmp_path: Path) -> None:
        strict = replace(settings, preflight="strict")
        plans = [plan_of(tmp_path, FREE)]
        assert self.told(strict, plans, self.standing(10))[0] == []
        cases = {
            "1 task needs about 10 calls; 9 of 50 left": self.standing(9),
            "free is cooled: daily_quota until": self.standing(
                blocked={"free": {"reason": "daily_quota", "resets_in": 9}}
            ),
        }
        for words, answer in cases.items():
            with pytest.raises(PreflightError) as caught:
                self.told(strict, plans, answer)
            assert str(caught.value).startswith(words)
            assert "agenttasks_preflight = strict" in str(caught.value)

    def test_strict_is_about_quotas_only(self, settings: Settings, tmp_path: Path) -> None:
        answer = self.standing(blocked={"free": {"reason": "rate_limited", "resets_in": 9}}, trouble=["oops"])
        lines, _ = self.told(replace(settings, preflight="strict"), [plan_of(tmp_path, FREE)], answer)
        assert len(lines) == 2

    def test_off_asks_nobody(self, settings: Settings, tmp_path: Path) -> None:
        off = replace(settings, preflight="off")
        assert self.told(off, [plan_of(tmp_path, FREE)], self.standing(0)) == ([], [])

    def test_a_replay_asks_nobody(self, settings: Settings, tmp_path: Path) -> None:
        bounded = replace(settings, budget=Budget(5.0), quota_until=MIDNIGHT)
        plans = [replace(plan_of(tmp_path, FREE), action="replay")]
        assert self.told(bounded, plans, self.standing(0)) == ([], [])

    @pytest.mark.parametrize("strictness", ["warn", "strict"])
    def test_a_gateway_that_cannot_tell_is_told(self, strictness: Any, settings: Settings, tmp_path: Path) -> None:
        asking = replace(settings, preflight=strictness)
        (line,), _ = self.told(asking, [plan_of(tmp_path, FREE)], Answer(404, {}))
        assert line.startswith("warning: what is left of quotas is not known: the gateway at http://127.0.0.1:")
        assert line.endswith("does not know this question: it is of another version of pytest-agenttasks")

    def test_what_bounds_the_run_is_told(self, settings: Settings, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, FREE)]
        bounded = replace(settings, budget=Budget(5.0, 300000), quota_until=MIDNIGHT)
        assert self.told(bounded, plans, self.standing())[0] == [
            "budget of the run: $5, 300,000 tokens",
            f"quotas: waited for, until {time.strftime('%Y-%m-%d', time.gmtime(MIDNIGHT))} 00:00 UTC at the latest",
        ]
        endless = replace(settings, quota_until=float("inf"))
        assert self.told(endless, plans, self.standing())[0] == ["quotas: waited for"]

    def test_a_key_for_one_of_its_accounts_is_enough(self, settings: Settings, tmp_path: Path) -> None:
        plans = [plan_of(tmp_path, SHARED, FREE)]
        lines, _ = self.told(settings, plans, self.standing(), {"TEAM": "y"})
        assert lines == ["left out for want of KEY: free"]
        with pytest.raises(PreflightError, match=r"^shared \(.*\) needs the variable KEY or TEAM, which is not set"):
            self.told(settings, plans, self.standing(), {"TEAM": ""})


def test_tasks_say_who_they_are(tmp_path: Path) -> None:
    """Names of tasks and folders are of any script, headers are not."""
    reply = Answer(200, {"choices": []})
    with Provider(lambda _: reply) as server:
        settings = Settings(
            root=tmp_path, models=Models({}, {}, [], {}), wishes=Wishes(None, None, True, {}), mode="live",
            drift="report", isolation="none", cassettes=tmp_path, run=RunFolder(tmp_path, "a-run"),
            secrets=Secrets({}), ci=False, gateway=(server.base.removesuffix("/api/v1"), "t"), budget=Budget(5.0, 9),
        )  # fmt: skip
        for one in (settings, replace(settings, quota_until=MIDNIGHT, budget=Budget())):
            gateway = one.gateway_for("tasks/日本/ü--m")
            assert gateway is not None
            gateway.send({}, {}, 5)
            gateway.close()
    first, second = ({k: v for k, v in asked.headers.items() if "agenttasks" in k} for asked in server.asked)
    assert first.pop("x-agenttasks-call") != second.pop("x-agenttasks-call")
    who = {"x-agenttasks-run": "a-run", "x-agenttasks-task": "tasks/%E6%97%A5%E6%9C%AC/%C3%BC--m"}
    assert first == {**who, "x-agenttasks-budget-usd": "5.0", "x-agenttasks-budget-tokens": "9"}
    assert second == who
