"""What pytest's JUnit report has no public way for: the suite's name in a run, and one case for a task that was rerun.

Beside items.py the only module that touches pytest's private API.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from _pytest.junitxml import LogXML, bin_xml_escape, mangle_test_address, xml_key


def name_suite(config: pytest.Config, preset: str) -> None:
    """Add the preset to the suite's name, so that reports of a CI matrix can be told apart."""
    report = _report(config)
    if report is not None:
        report.suite_name = f"{report.suite_name}[{preset}]"


def drop_earlier_attempts(config: pytest.Config, node_ids: set[str]) -> None:
    """Keep the last case of each of these tests.

    pytest-rerunfailures leaves a case for each attempt, and those before the last one look as if they had passed.
    """
    report = _report(config)
    if report is None:
        return
    rerun = {_name_of(node_id, report.prefix) for node_id in node_ids}
    cases = [(_name_in(case.to_xml()), case) for case in report.node_reporters_ordered]
    last = dict(cases)
    report.node_reporters_ordered = [case for name, case in cases if name not in rerun or last[name] is case]


def _name_of(node_id: str, prefix: str | None) -> tuple[str | None, str | None]:
    *classname, name = mangle_test_address(node_id)
    return ".".join([prefix, *classname] if prefix else classname), bin_xml_escape(name)


def _name_in(case: Element) -> tuple[str | None, str | None]:
    return case.get("classname"), case.get("name")


def _report(config: pytest.Config) -> LogXML | None:
    return config.stash.get(xml_key, None)
