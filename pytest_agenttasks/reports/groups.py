"""Tasks counted by category, agent and model, so that a rate says only what it can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pytest_agenttasks.reports.collected import JUDGED, Entry, Status
from pytest_agenttasks.reports.rows import number, percent

MIXED = "several models (mixed)"
NOBODY = "no model answered"
NO_MODEL = "asks no model"


@dataclass(slots=True)
class Tally:
    """Tasks of one kind.

    Attributes:
        name: of the kind.
        counts: tasks by status.
        mixed: those that more than one model answered.
        replayed: those that were played from recordings.
        of: for each task, models asked for and agents.
    """

    name: str
    counts: Counter[Status] = field(default_factory=Counter)
    mixed: int = 0
    replayed: int = 0
    of: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return self.counts.total()

    @property
    def judged(self) -> int:
        """Those whose agent ran and was judged by the checks: error, quota and missing ones say nothing about it."""
        return sum(self.counts[one] for one in JUDGED)

    @property
    def rate(self) -> str:
        """How many of the judged ones passed: `3 of 4 (75 %)`; nothing where that would mix what is compared."""
        if not self.judged or any(len(done_by) > 1 for done_by in self.of.values()):
            return "–"
        passed = self.counts[Status.PASSED]
        return f"{passed} of {self.judged} ({percent(passed / self.judged)} %)"

    @property
    def told(self) -> str:
        """`3 passed, 1 failed; passed of judged: 3 of 4 (75 %)`."""
        return counted(self.counts) + ("" if self.rate == "–" else f"; passed of judged: {self.rate}")

    def add(self, entry: Entry) -> None:
        """Count a task."""
        self.of.setdefault((entry.file, entry.unit), set()).add((entry.requested, entry.agent))
        self.counts[entry.status] += 1
        self.mixed += entry.mixed
        self.replayed += entry.result is not None and entry.result.cassette == "replayed"


def tally(name: str, entries: Iterable[Entry]) -> Tally:
    """All of them as one kind."""
    found = Tally(name)
    for entry in entries:
        found.add(entry)
    return found


def by_category(entries: Iterable[Entry]) -> list[Tally]:
    """In the order of first tasks."""
    return _grouped(entries, lambda entry: entry.category or "no category")


def by_agent(entries: Iterable[Entry]) -> list[Tally]:
    """In the order of first tasks."""
    return _grouped(entries, lambda entry: entry.agent or "unknown")


def by_model(entries: Iterable[Entry]) -> list[Tally]:
    """A task counts for a model if no other one answered in it; the mixed ones, and those without, are apart."""
    last = (MIXED, NOBODY, NO_MODEL)
    groups = _grouped(entries, _model)
    return sorted(groups, key=lambda one: last.index(one.name) if one.name in last else -1)


def counted(counts: Counter[Status]) -> str:
    """`3 passed, 1 failed`."""
    order = [Status.PASSED, *(one for one in Status if one is not Status.PASSED)]
    return ", ".join(f"{counts[one]} {one}" for one in order if counts[one]) or number(0, "task")


def _model(entry: Entry) -> str:
    served = entry.result.served if entry.result else []
    if len(served) > 1:
        return MIXED
    return served[0] if served else NOBODY if entry.requested else NO_MODEL


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], str]) -> list[Tally]:
    groups: dict[str, Tally] = {}
    for entry in entries:
        groups.setdefault(key(entry), Tally(key(entry))).add(entry)
    return list(groups.values())
