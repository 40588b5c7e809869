"""What happened in a session of pytest in a workspace, by the record that `launcher.py` keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_agenttasks.checks.base import one_line
from pytest_agenttasks.results import Json


@dataclass(frozen=True, slots=True)
class Fault:
    """A test or a file that went wrong.

    Attributes:
        where: node id.
        reason: what the error says.
        text: end of the traceback.
    """

    where: str
    reason: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {one_line(self.reason)}" if self.where else one_line(self.reason)


@dataclass(slots=True)
class Session:
    """A session as far as it came.

    Attributes:
        began: pytest was there and started.
        collected: how many tests were to run; None if collection did not end.
        states: passed, failed, skipped, xfailed or xpassed, by node id. A teardown that fails fails its test;
            of a test that was run again the last try counts.
        running: node id of the test that began last.
        uncollected: files that could not be collected.
        faults: failed tests, by node id.
        internal: pytest itself broke; with `theirs`, under code of the workspace.
        finished: the session came to its end.
        forged: why what is told of tests is not to be believed; empty where it is.
    """

    began: bool = False
    collected: int | None = None
    states: dict[str, str] = field(default_factory=dict)
    running: str = ""
    uncollected: list[Fault] = field(default_factory=list)
    skipped_files: int = 0
    faults: dict[str, Fault] = field(default_factory=dict)
    internal: Fault | None = None
    theirs: bool = False
    finished: bool = False
    forged: str = ""

    @classmethod
    def of(cls, records: Iterable[Json]) -> Session:
        """Put the record together. What is not of its form is passed over: the tests could write there."""
        session = cls()
        for record in records:
            session._take(record)
        return session

    def count(self, state: str) -> int:
        """How many tests are in a state."""
        return Counter(self.states.values())[state]

    def counts(self) -> str:
        """`3 passed, 1 skipped`."""
        counted = Counter(self.states.values()) + Counter(skipped=self.skipped_files)
        return ", ".join(f"{number} {state}" for state, number in sorted(counted.items())) or "none ran"

    def _take(self, record: Json) -> None:
        match record:
            case {"kind": "began"}:
                self.began = True
            case {"kind": "collect", "outcome": "skipped"}:
                self.skipped_files += 1
            case {"kind": "collect", "id": str(where), "reason": str(reason), "text": str(text)}:
                self.uncollected.append(Fault(where, reason, text))
            case {"kind": "collected", "count": int(count)}:
                self.collected = count
            case {"kind": "start", "id": str(where)}:
                self.running = where
            case {"kind": "test", "id": str(where), "outcome": str(outcome)}:
                self._test(where, outcome, record)
            case {"kind": "internal", "inside": bool(inside), "reason": str(reason), "text": str(text)}:
                self.internal, self.theirs = Fault("", reason, text), inside
            case {"kind": "finished"}:
                self.finished = True
                self.forged = str(record.get("forged", ""))

    def _test(self, where: str, outcome: str, record: Json) -> None:
        if outcome == "rerun":
            self.states.pop(where, None)
            self.faults.pop(where, None)
        elif outcome == "failed":
            self.states[where] = outcome
            self.faults.setdefault(where, Fault(where, str(record.get("reason")), str(record.get("text"))))
        elif self.states.get(where) != "failed":
            xfail = {"passed": "xpassed", "skipped": "xfailed"}
            self.states[where] = xfail.get(outcome, outcome) if record.get("xfail") else outcome
