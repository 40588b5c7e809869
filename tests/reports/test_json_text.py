"""The document for programs."""

from __future__ import annotations

import json

import pytest

from pytest_agenttasks.reports.collected import Report, Span, Status
from pytest_agenttasks.reports.json_text import json_text
from pytest_agenttasks.results import Json, TaskResult
from tests.reports.some import result
from tests.reports.told import column, entry, missing, report


def test_what_it_holds() -> None:
    span = Span("gw0", "t", "t", Status.PASSED, 1.0, 2.0)
    text = json_text(report(entry(result("t", cost_usd=None)), missing(begun=True), spans=[span]))
    document: Json = json.loads(text)
    (told,) = document["columns"]
    assert (document["format"], document["made"], "changes" in document) == (1, 1.8e9, False)
    assert told["runs"][0]["planned"] == 2
    assert {**told["totals"], "name": ""} == {
        "name": "", "passed": 1, "failed": 0, "error": 0, "quota": 0, "missing": 1, "judged": 1, "mixed": 0,
        "replayed": 0,
    }  # fmt: skip
    first, second = told["tasks"]
    assert TaskResult.from_json(first["result"]).task == "t"
    assert first["result"]["cost_usd"] is None
    assert (second["status"], second["result"], second["reason"]) == ("missing", None, "was begun and not finished")


def test_compared() -> None:
    columns = [column(entry(result("t", "failed")), label="a"), column(entry(result("t")), label="b")]
    document = json.loads(json_text(Report(columns, 0.0)))
    assert document["changes"] == [
        {"task": "tasks/code.yaml::t", "change": "better", "statuses": ["failed", "passed"],
         "trials": [{"failed": 1}, {"passed": 1}], "differs": []}
    ]  # fmt: skip
    (told,) = document["compared"]
    assert (told["first"], told["second"], told["difference"], told["tasks"], told["better"]) == ("b", "a", 1.0, 1, 1)
    assert told["verdict"].startswith("not enough ")
    assert [one["label"] for one in document["columns"]] == ["a", "b"]


def test_rates() -> None:
    trials = [
        entry(result(f"t[trial{n}]", outcome, unit="t", trial=n))
        for n, outcome in enumerate(("passed", "failed", "passed", "error"), 1)
    ]
    (told,) = json.loads(json_text(report(*trials)))["columns"]
    every, (task,) = told["rates"]["all"], told["rates"]["by_task"]
    assert (every["passed"], every["counted"], every["tasks"], every["left_out"]) == (2, 3, 1, {"error": 1})
    assert (task["task"], task["preset"], task["flaky"]) == ("t", "qwen3.8-27b", True)
    assert [(one["k"], one["pass@k"], one["pass^k"]) for one in task["passes"]] == [
        (1, pytest.approx(2 / 3), pytest.approx(2 / 3)), (2, 1, pytest.approx(1 / 3)), (3, 1, 0),
    ]  # fmt: skip
    assert told["rates"]["compared"] == []


def test_any_text_is_utf_8() -> None:
    text = json_text(report(entry(result("\udcff", reason="\x00</script>"))))
    assert json.loads(text.encode().decode())["columns"][0]["tasks"][0]["task"] == "\udcff"
