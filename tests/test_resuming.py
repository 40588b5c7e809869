"""Which earlier outcome counts for which task of today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.agents import find_agent
from pytest_agenttasks.exceptions import SetAsideError
from pytest_agenttasks.models import Chain, Models, Preset, Wishes
from pytest_agenttasks.resuming import Past, changed_since, earlier_end, refuse_if_lost
from pytest_agenttasks.runs import Attempt, RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Plan, Settings
from pytest_agenttasks.spec import load_tasks

NOW = {"prompt": "1", "workspace": "1"}
BEFORE = {"prompt": "0", "workspace": "1"}
M, N = "openrouter/t/m", "openrouter/t/n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    models = Models({}, {}, [], {})
    return Settings(tmp_path, models, Wishes(None, None, True, {}), "live", "report", "none", tmp_path / "cassettes",
                    RunFolder(tmp_path, "9"), Secrets({}), ci=False)  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    file = tmp_path / "tasks/t.yaml"
    file.parent.mkdir()
    file.write_text("{id: x, prompt: x}")
    (task,) = load_tasks(file, "tasks/t.yaml")
    chain = Chain((Preset("m", M), Preset("n", N)), by_name=False, source="")
    return Plan(task, find_agent("loop"), chain, "live", tmp_path / "cassette.yaml")


def attempt(run: int, outcome: str = "passed", **more: Any) -> Attempt:
    return Attempt(str(run), "tasks/t/x--m", outcome, **{"cassette": "live", "asked": (M,), "content": NOW, **more})


def past(*attempts: Attempt) -> Past:
    """Of these, the youngest first; on the way to a worker and back."""
    found = Past()
    for one in attempts:
        found.add(one)
    return Past.from_json(found.to_json())


COUNT = {
    "a pass": [attempt(1)],
    "a pass that was taken over": [attempt(2, "resumed"), attempt(1)],
    "a pass, then no model answered": [attempt(3, "error"), attempt(2, "quota"), attempt(1)],
    "a pass, then a killed run": [attempt(2, "unfinished", crashes=1, cassette=""), attempt(1)],
    "a recording, then a failed replay": [attempt(2, "failed", cassette="replayed"), attempt(1, cassette="recorded")],
    "a failure, then a pass": [attempt(2), attempt(1, "failed")],
    "a pass, then a failure of other work": [attempt(2, "failed", content=BEFORE), attempt(1)],
    "a recording, for a live run": [attempt(1, cassette="recorded")],
    "by a fallback": [attempt(1, asked=(N,))],
    "by both": [attempt(1, asked=(M, N))],
}
COUNT_NOT = {
    "nothing": [],
    "a failure": [attempt(1, "failed")],
    "an error": [attempt(1, "error")],
    "a pass, then a failure": [attempt(2, "failed"), attempt(1)],
    "a pass of other work": [attempt(1, content=BEFORE)],
    "a pass of unknown work": [attempt(1, content={})],
    "a replay": [attempt(1, cassette="replayed")],
    "by a model of yesterday": [attempt(1, asked=(M, "openrouter/t/gone"))],
}


@pytest.mark.parametrize("attempts", COUNT.values(), ids=COUNT)
def test_it_counts(plan: Plan, settings: Settings, attempts: list[Attempt]) -> None:
    assert earlier_end(plan, NOW, past(*attempts), settings) is not None


@pytest.mark.parametrize("attempts", COUNT_NOT.values(), ids=COUNT_NOT)
def test_it_does_not_count(plan: Plan, settings: Settings, attempts: list[Attempt]) -> None:
    assert earlier_end(plan, NOW, past(*attempts), settings) is None


def test_where_it_is_not_known_what_the_work_is_it_is_done(plan: Plan, settings: Settings) -> None:
    assert earlier_end(plan, {}, past(attempt(1, content={})), settings) is None


def test_a_recording_counts_as_long_as_its_cassette_is_there(plan: Plan, settings: Settings) -> None:
    record, known = replace(plan, action="record"), past(attempt(2), attempt(1, cassette="recorded"))
    assert earlier_end(record, NOW, known, settings) is None
    plan.cassette.touch()
    found = earlier_end(record, NOW, known, settings)
    assert found is not None
    assert found.run == "1"
    assert earlier_end(record, NOW, past(attempt(1)), settings) is None
    failed_later = past(attempt(2, "failed"), attempt(1, cassette="recorded"))
    assert earlier_end(record, NOW, failed_later, settings) is None


@pytest.mark.parametrize("measured", [{"trial": 1}, {"preset": "m"}])
def test_what_is_measured_is_done_though_it_failed(measured: dict[str, Any], plan: Plan, settings: Settings) -> None:
    """To try only failures again would make a rate better than the work is."""
    trial = replace(plan, task=replace(plan.task, **measured))
    for outcomes in (["failed"], ["failed", "passed"], ["error", "failed"]):
        known = past(*(attempt(9 - n, outcome) for n, outcome in enumerate(outcomes)))
        end = earlier_end(trial, NOW, known, settings)
        assert end is not None
        assert end.outcome == "failed"
    assert earlier_end(trial, NOW, past(attempt(1, "failed", content=BEFORE)), settings) is None
    plan.cassette.touch()
    record = replace(trial, action="record")
    assert earlier_end(record, NOW, past(attempt(1, "failed")), settings) is None  # live: there is no recording of it
    assert earlier_end(record, NOW, past(attempt(1, "failed", cassette="recorded")), settings) is not None


def test_what_changed_is_told(plan: Plan, settings: Settings) -> None:
    assert changed_since(plan, NOW, past(attempt(1, content=BEFORE)), settings) == ["prompt"]
    assert changed_since(plan, {**NOW, "model": "1"}, past(attempt(1)), settings) == ["model"]
    assert changed_since(plan, NOW, past(attempt(1, "failed", content=BEFORE)), settings) == []
    assert changed_since(plan, NOW, past(), settings) == []


def died(run: int, **more: Any) -> Attempt:
    return attempt(run, "error", **{"crashes": 1, **more})


@pytest.mark.parametrize(
    "attempts",
    [
        [died(2), died(1)],
        [died(1, crashes=2)],
        [died(3), attempt(2, "quota"), died(1)],
        [died(2), attempt(1, "unfinished", crashes=1, content={})],
    ],
)
def test_what_ended_its_worker_twice_is_set_aside(plan: Plan, settings: Settings, attempts: list[Attempt]) -> None:
    with pytest.raises(SetAsideError, match=r"^set aside: .* \(runs .*1.*\)\n.*: pytest it$"):
        refuse_if_lost(plan, NOW, past(*attempts), settings, "pytest it")


@pytest.mark.parametrize(
    "attempts",
    [
        [died(1)],
        [died(2), died(1, content=BEFORE)],
        [died(3), attempt(2), died(1)],
        [attempt(3, "failed"), died(2), died(1)],
        [attempt(2, "unfinished", crashes=0), attempt(1, "unfinished", crashes=0)],
    ],
)
def test_once_or_long_ago_or_of_other_work_is_not(plan: Plan, settings: Settings, attempts: list[Attempt]) -> None:
    refuse_if_lost(plan, NOW, past(*attempts), settings, "")
