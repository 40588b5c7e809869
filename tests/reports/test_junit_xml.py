"""JUnit XML that parsers read, whatever was in the texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_agenttasks.reports.collected import Entry, Report
from pytest_agenttasks.reports.junit_xml import junit_xml
from pytest_agenttasks.results import CheckResult
from tests.reports.some import ALL_KINDS, result
from tests.reports.told import EVIL, RUN, column, entry, missing, report, source


def cases(*entries: Entry) -> list[ET.Element]:
    return list(ET.fromstring(junit_xml(report(*entries)).encode()).iter("testcase"))


def test_counts_are_those_of_the_cases() -> None:
    entries = [*map(entry, ALL_KINDS), missing()]
    (suite,) = ET.fromstring(junit_xml(report(*entries, host="box")).encode())
    assert suite.attrib == {
        "name": RUN, "errors": "3", "failures": "1", "skipped": "0", "tests": "7", "time": "74.040",
        "timestamp": "2026-09-21T14:13:20Z", "hostname": "box",
    }  # fmt: skip
    kinds = [next((one.tag for one in case if one.tag in ("failure", "error")), "passed") for case in suite]
    assert kinds == ["passed", "failure", "error", "error", "passed", "passed", "error"]


def test_a_failure_tells_its_checks_and_its_place() -> None:
    checks = [CheckResult("files", "passed", "there"), CheckResult("pytest", "failed", "1 failed\ntest_a", 12)]
    (case,) = cases(entry(result("t[x::y]", "failed", reason="pytest: 1 failed", checks=checks)))
    assert (case.get("classname"), case.get("name"), case.get("time")) == ("tasks.code.yaml", "t[x::y]", "12.340")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "failed: pytest: 1 failed"
    assert failure.text == "pytest: 1 failed\npytest: failed: 1 failed\ntest_a\ntasks/code.yaml:12"


def test_a_missing_task_says_that_it_did_not_run() -> None:
    (case,) = cases(missing(category="docs"))
    error = case.find("error")
    assert error is not None
    assert error.get("message") == "missing: did not run"
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert properties["agenttasks.outcome"] == "missing"
    assert properties["agenttasks.category"] == "docs"


def test_a_suite_for_each_run() -> None:
    one = column(entry(result("a")), entry(result("b"), run="second"))
    one.sources.append(source(id="second"))
    suites = ET.fromstring(junit_xml(Report([one], 0.0)).encode())
    assert [(suite.get("name"), suite.get("tests")) for suite in suites] == [(RUN, "1"), ("second", "1")]
    both = Report([column(entry(result()), label="a"), column(entry(result()), label="b")], 0.0)
    names = [suite.get("name") for suite in ET.fromstring(junit_xml(both).encode())]
    assert names == [f"a: {RUN}", f"b: {RUN}"]


HOSTILE: Sequence[str] = [EVIL, "\x00\x1b[31m", "\udcff", "\ufffe", "]]>", "a\r\nb", "\U0001f600"]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_legal(text: str) -> None:
    values: dict[str, Any] = {"reason": text, "title": text, "category": text, "served": [text], "changed": [text]}
    (case,) = cases(entry(result(text, "error", **values)))
    name = case.get("name") or ""
    assert "\x00" not in name
    assert "onerror" not in [child.tag for child in case.iter()]


def test_junitparser_reads_it(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser", reason="junitparser is not installed")
    file = tmp_path / "report.xml"
    file.write_text(junit_xml(report(*map(entry, ALL_KINDS), missing(EVIL), entry(result("\udcff\x00")))), "utf-8")
    (suite,) = junitparser.JUnitXml.fromfile(str(file))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (8, 1, 3, 0)
    told = {case.name: [type(one).__name__ for one in case.result] for case in suite}
    assert told["csv"] == ["Error"]
    assert told["tests-for[src/inventory.py]"] == ["Failure"]
    assert told[EVIL] == ["Error"]
    properties = next(iter(suite)).child(junitparser.Properties)
    assert {one.name: one.value for one in properties}["agenttasks.outcome"] == "passed"
