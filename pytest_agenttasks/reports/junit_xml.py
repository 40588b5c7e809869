"""JUnit XML from results, in the form in which pytest writes it (xunit2): a suite for each run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from pytest_agenttasks.reports.collected import Column, Entry, Report, Source, Status, moment
from pytest_agenttasks.reports.properties import PREFIX, properties
from pytest_agenttasks.reports.rows import duration, number

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write: its production Char."""


def junit_xml(report: Report) -> str:
    """The document. Quota, errors and tasks without a result are `<error>`; failed ones are `<failure>`."""
    root = ET.Element("testsuites", name="agenttasks")
    for column in report.columns:
        for source in column.sources:
            _suite(root, column, source, several=len(report.columns) > 1)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _suite(root: ET.Element, column: Column, source: Source, *, several: bool) -> None:
    entries = [entry for entry in column.entries if entry.run == source.id]
    name = f"{column.label}: {source.id}" if several and column.label != source.id else source.id
    unknown = source.state == "absent" and not entries  # readers of this format see nothing but cases
    suite = ET.SubElement(root, "testsuite", {"name": legal(name), **_counts(entries, int(unknown))})
    if source.began:
        suite.set("timestamp", moment(source.began))
    if source.host:
        suite.set("hostname", legal(source.host))
    for entry in entries:
        _case(suite, entry)
    if unknown:
        case = ET.SubElement(suite, "testcase", classname="agenttasks", name=legal(source.id), time="0.000")
        ET.SubElement(case, "error", message=legal(f"{Status.MISSING}: {source.note}"))


def _counts(entries: Sequence[Entry], more: int) -> dict[str, str]:
    statuses = [entry.status for entry in entries]
    failures, passed = statuses.count(Status.FAILED), statuses.count(Status.PASSED)
    return {
        "errors": str(len(entries) - failures - passed + more),
        "failures": str(failures),
        "skipped": "0",
        "tests": str(len(entries) + more),
        "time": f"{sum(_seconds(entry) for entry in entries):.3f}",
    }


def _case(suite: ET.Element, entry: Entry) -> None:
    classname, name = _address(entry.id)
    case = ET.SubElement(suite, "testcase", classname=legal(classname), name=legal(name), time=f"{_seconds(entry):.3f}")
    told = ET.SubElement(case, "properties")
    for key, value in _properties(entry):
        ET.SubElement(told, "property", name=key, value=legal(value))
    if entry.status is not Status.PASSED:
        word = "failure" if entry.status is Status.FAILED else "error"
        problem = ET.SubElement(case, word, message=legal(f"{entry.status}: {entry.reason}"))
        problem.text = legal("\n".join(_story(entry)))
    ET.SubElement(case, "system-out").text = legal("\n".join(_work(entry)))


def _properties(entry: Entry) -> list[tuple[str, str]]:
    if entry.result is not None:
        return properties(entry.result)
    known = {"outcome": entry.status.value, "task": entry.task, "category": entry.category, "agent": entry.agent,
             "run": "" if entry.absent else entry.run, "preset": entry.requested, "reason": entry.reason}  # fmt: skip
    return [(PREFIX + name, value) for name, value in known.items() if value]


def _story(entry: Entry) -> Iterator[str]:
    """Why it is not passed, with the checks that say so, and where to look."""
    yield entry.reason
    for check in entry.result.checks if entry.result else ():
        if check.status != "passed":
            yield f"{check.check}: {check.status}: {check.message}"
    file, line = entry.place
    yield f"{file}:{line}"


def _work(entry: Entry) -> Iterator[str]:
    """What was done, in a few lines."""
    result = entry.result
    if result is None:
        return
    yield f"{entry.title or entry.task}: {entry.status}"
    answered = f", answered by {', '.join(result.served)}" if result.served else ""
    asked = f"{number(result.calls, 'call')}, {number(result.rotations, 'rotation')}{answered}"
    yield f"agent {result.agent} ({result.cassette}): {asked}, waited {duration(result.told_wait_s)} for limits"
    yield from (f"moved on: {why}" for why in result.moved_on)
    yield from (f"check {check.check}: {check.status}" for check in result.checks)
    if result.changed:
        yield f"changed: {', '.join(result.changed)}"
    if result.resumed_from:
        yield f"not done again: {result.outcome} in run {result.resumed_from}"


def _address(node_id: str) -> tuple[str, str]:
    """classname and name as pytest makes them of a node id."""
    path, bracket, parameters = node_id.partition("[")
    names = path.split("::")
    names[0] = names[0].replace("/", ".").removesuffix(".py")
    names[-1] += bracket + parameters
    return ".".join(names[:-1]), names[-1]


def _seconds(entry: Entry) -> float:
    return entry.result.seconds if entry.result else 0.0


def legal(text: str) -> str:
    """Text that XML can hold; what it cannot is told as pytest tells it, `#x1B`."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)
