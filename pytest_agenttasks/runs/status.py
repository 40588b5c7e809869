"""How a run stands, from what was planned and the events of its workers, event by event."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_agenttasks.results import Json
from pytest_agenttasks.runs.facts import RunFacts

REMEMBERED = 50
"""Events that are kept to be shown."""

MINUTE = 60.0
"""Seconds over which refusals are counted."""

ASKING = ("record", "live")
"""What becomes of the cassette of a task whose models are really asked."""


@dataclass(slots=True)
class TaskStatus:
    """How a task stands. A rerun begins anew, only what was spent stays.

    Attributes:
        slug: its folder below the run folder.
        name: for people: file and task.
        live: whether its models are really asked.
        worker: who does it, or did; empty as long as nobody does.
        began: in seconds since the epoch; None as long as it has not.
        told: when something was last told of it.
        phase: `workspace`, `agent`, `done` or `checks`, as in its events; empty before the first.
        call: number of the last call; 0 before the first.
        asked: the calls that are being made, and since when.
        model: full id of who answered last; empty as long as nobody has.
        tokens: of its calls, replayed or not.
        waiting_until: seconds since the epoch, while a quota is waited for.
        waiting_since: likewise.
        quota_s: seconds waited for quotas so far.
        outcome: as told; empty as long as it has none.
        seconds: that it took, waits included.
        resumed: whether it was taken over from an earlier run.
    """

    slug: str
    name: str
    live: bool = False
    worker: str = ""
    began: float | None = None
    told: float = 0.0
    phase: str = ""
    call: int = 0
    asked: dict[int, float] = field(default_factory=dict)
    model: str = ""
    tokens: int = 0
    waiting_until: float | None = None
    waiting_since: float = 0.0
    quota_s: float = 0.0
    outcome: str = ""
    seconds: float = 0.0
    resumed: bool = False

    @property
    def running(self) -> bool:
        """Whether a worker is in the middle of it."""
        return self.began is not None and not self.outcome

    @property
    def asking_since(self) -> float | None:
        """Since when its last call is being made; None while none is."""
        return max(self.asked.values(), default=None)

    def worked(self, now: float) -> float:
        """Seconds since it began, without waits for quotas."""
        if self.began is None:
            return 0.0
        until = min(now, self.waiting_since) if self.waiting_until else now
        return max(until - self.began - self.quota_s, 0.0)

    def waits_no_more(self, at: float) -> None:
        """Whatever it waited for, it goes on."""
        if self.waiting_until:
            self.quota_s += max(at - self.waiting_since, 0.0)
        self.waiting_until = None


@dataclass(slots=True)
class Spend:
    """What the calls of a run add up to. What was replayed is not spent.

    Attributes:
        calls: really made.
        replayed: played from cassettes.
        tokens: of calls really made.
        usd: of those whose cost is known.
        unknown: those that were answered and whose cost nobody knows. Unknown is never 0.
        waited_s: seconds waited for limits.
        moved: rotations.
    """

    calls: int = 0
    replayed: int = 0
    tokens: int = 0
    usd: float = 0.0
    unknown: int = 0
    waited_s: float = 0.0
    moved: int = 0


class RunStatus:
    """How a run stands.

    Attributes:
        tasks: by slug, in the order of collection; those that nobody planned behind them.
        outcomes: how many ended how.
        spend: so far.
        latest: the last events, the newest last: worker and event.
        workers: that do tasks at the same time.
    """

    def __init__(self, facts: RunFacts | None = None) -> None:
        self.tasks: dict[str, TaskStatus] = {}
        self.outcomes: Counter[str] = Counter()
        self.spend = Spend()
        self.latest: deque[tuple[str, Json]] = deque(maxlen=REMEMBERED)
        self.workers = 1
        self._running: dict[str, TaskStatus] = {}
        self._refused: deque[tuple[float, int]] = deque()
        if facts is not None:
            self.plan(facts)

    def plan(self, facts: RunFacts) -> None:
        """Take in what is to be done, as soon as it is known."""
        self.workers = max(facts.workers, 1)
        for planned in facts.tasks:
            task = self._task(planned.slug)
            task.name, task.live = f"{planned.file}::{planned.task}", planned.action in ASKING

    def add(self, events: Iterable[tuple[str, Json]]) -> None:
        """Take events in, as `EventReader.new` gives them."""
        for worker, event in events:
            take = getattr(self, f"_{event['event']}", None) if event["event"] in _KNOWN else None
            if take is not None and isinstance(event["task"], str):
                take(self._task(event["task"]), worker, event)
                self.tasks[event["task"]].told = event["at"]
                self.latest.append((worker, event))

    @property
    def total(self) -> int:
        """All tasks."""
        return len(self.tasks)

    @property
    def running(self) -> list[TaskStatus]:
        """Tasks that workers are in the middle of, the oldest first."""
        return sorted(self._running.values(), key=lambda task: task.began or 0.0)

    @property
    def waiting_until(self) -> float | None:
        """When the last of the quotas is refilled that tasks wait for; None if none waits."""
        return max((task.waiting_until for task in self._running.values() if task.waiting_until), default=None)

    def refused(self, now: float) -> int:
        """Requests that were answered 429 in the last minute."""
        while self._refused and self._refused[0][0] <= now - MINUTE:
            self._refused.popleft()
        return sum(count for _, count in self._refused)

    def settle(self, slug: str, outcome: str, seconds: float) -> None:
        """Take in the outcome of a task whose end was not told."""
        task = self._task(slug)
        if not task.outcome:
            task.seconds = seconds
            self._put(task, outcome)

    def _put(self, task: TaskStatus, outcome: str) -> None:
        """Give a task an outcome, in the place of the one that it had, or none."""
        if task.outcome:
            self.outcomes -= Counter([task.outcome])
        if outcome:
            self.outcomes[outcome] += 1
        self._running.pop(task.slug, None)
        task.outcome = outcome

    def _task(self, slug: str) -> TaskStatus:
        if slug not in self.tasks:
            self.tasks[slug] = TaskStatus(slug, slug.rpartition("--")[0] or slug)
        return self.tasks[slug]

    def _began(self, task: TaskStatus, worker: str, event: Json) -> None:
        self._put(task, "")
        fresh = TaskStatus(task.slug, task.name, task.live, worker, event["at"])
        self.tasks[task.slug] = self._running[task.slug] = fresh

    def _phase(self, task: TaskStatus, _: str, event: Json) -> None:
        task.phase = str(event.get("phase", ""))
        task.waits_no_more(event["at"])

    def _asking(self, task: TaskStatus, _: str, event: Json) -> None:
        task.call = int(_number(event, "call"))
        task.asked[task.call] = event["at"]
        task.live = True

    def _call(self, task: TaskStatus, _: str, event: Json) -> None:
        if event.get("judge") is True:
            self._pay_judge(task, event)
            return
        number = int(_number(event, "call"))
        task.asked.pop(number, None)
        task.call = max(task.call, number)
        task.waits_no_more(event["at"])
        task.model = str(event.get("model") or task.model)
        task.tokens += int(_number(event, "tokens"))
        if event.get("live") is False:
            self.spend.replayed += 1
        else:
            self._pay(event)

    def _pay_judge(self, task: TaskStatus, event: Json) -> None:
        """What judges cost is money of the run; their calls and tokens are none of its agents'."""
        task.waits_no_more(event["at"])
        if event.get("live") is not False:
            self._spend(event)

    def _pay(self, event: Json) -> None:
        spend = self.spend
        spend.calls += 1
        spend.tokens += int(_number(event, "tokens"))
        spend.moved += int(_number(event, "moved"))
        self._spend(event)

    def _spend(self, event: Json) -> None:
        spend = self.spend
        spend.usd += _number(event, "cost_usd")
        spend.unknown += bool(event.get("model")) and event.get("cost_usd") is None
        spend.waited_s += _number(event, "waited_s")
        limited = int(_number(event, "limited"))
        if limited:
            self._refused.append((event["at"], limited))

    def _waiting(self, task: TaskStatus, _: str, event: Json) -> None:
        task.waits_no_more(event["at"])
        task.waiting_until, task.waiting_since = _number(event, "until") or None, event["at"]

    def _ended(self, task: TaskStatus, worker: str, event: Json) -> None:
        if task.began is not None and event["at"] < task.began:
            return  # an attempt that a rerun has replaced, read late from another worker's file
        task.worker = task.worker or worker
        self._put(task, str(event.get("outcome") or "error"))
        task.seconds = _number(event, "seconds")
        task.resumed = event.get("resumed") is True
        task.asked.clear()
        task.waits_no_more(event["at"])


_KNOWN = ("began", "phase", "asking", "call", "waiting", "ended")


def _number(event: Json, key: str) -> float:
    """0 where it is missing, or damaged."""
    value = event.get(key)
    return value if isinstance(value, int | float) else 0
