"""5,000 tasks on paper: what bounds them, and what a dead model, a used-up day and a limit of tokens cost.

`python -m benchmarks.scale --tasks 5000 --only own` prints a part of it at full size; 20 calls take about 20 ms.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from benchmarks.plan import Plan
from benchmarks.scale_load import Death, Kind, Pool, Steps, quota_bound, worker_bound
from benchmarks.scale_run import OnQuota, Outcome, outcome
from benchmarks.table import Row, table

TASKS, QUICK_TASKS = 400, 30
WORKERS, QUICK_WORKERS = (5, 20, 100), (20,)

PATIENT = 7200.0
"""Seconds of `agenttasks_max_wait` where a run is told to be patient."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Whom the tasks can ask.

    Attributes:
        what: for people.
        pools: their models, in the order of the chain.
        kind: of the tasks.
    """

    what: str
    pools: tuple[Pool, ...]
    kind: Kind = field(default_factory=Kind)


OPENROUTER = Pool("openrouter", models=3, rpm=20, rpd=1000)
PAID = Pool("openai", rpm=500, tpm=200_000)
OWN = Pool("hosted_vllm", at_once=50)

SCENARIOS = {
    "free": Scenario("OpenRouter free, 20 a minute, 1000 a day", (OPENROUTER,)),
    "accounts": Scenario("the same with five accounts", (replace(OPENROUTER, accounts=5),)),
    "chain": Scenario("Gemini, Groq and OpenRouter free", (
        Pool("gemini", models=2, per_model=True, rpm=10, rpd=250, zone="America/Los_Angeles"),
        Pool("groq", models=2, per_model=True, rpm=30, rpd=1000),
        OPENROUTER,
    )),
    "paid": Scenario("500 a minute, 200,000 tokens a minute", (PAID,)),
    "paid-cached": Scenario("the same, cached tokens do not count", (PAID,), Kind(cached=True)),
    "own": Scenario("own server, 50 at once", (OWN,)),
}  # fmt: skip
"""Name → who answers. The limits are examples: what holds for an account stands in the provider's console."""

Setting = tuple[tuple[Pool, ...], OnQuota, float]


def _dead(death: Death) -> Setting:
    return (Pool("dead", death=death), OWN), "wait", 120.0


COSTS: dict[str, tuple[str, str, int, Setting]] = {
    "gone": ("own", "first model withdrawn (404)", 20, _dead("gone")),
    "broken": ("own", "first model answers 500", 20, _dead("broken")),
    "hangs": ("own", "first model silent for 600 s", 20, _dead("hangs")),
    "resume-5": ("free", "--agent-resume each day, 5 workers", 5, ((OPENROUTER,), "resume", 120.0)),
    "resume-20": ("free", "--agent-resume each day, 20 workers", 20, ((OPENROUTER,), "resume", 120.0)),
    "resume-100": ("free", "--agent-resume each day, 100 workers", 100, ((OPENROUTER,), "resume", 120.0)),
    "tokens-100": ("paid", "tokens run out, 100 workers", 100, ((PAID,), "wait", 120.0)),
    "patient-100": ("paid", "… and agenttasks_max_wait = 7200", 100, ((PAID,), "wait", PATIENT)),
    "paced-100": ("paid", "… and rpm: 14 declared", 100, ((replace(PAID, paced=14),), "wait", PATIENT)),
}
"""Name → scenario, what is different, workers, setting."""


def rows(plan: Plan) -> Iterator[Row]:
    """How near each scenario comes to its bounds, and what trouble costs."""
    yield from rows_of(QUICK_TASKS if plan.quick else TASKS, QUICK_WORKERS if plan.quick else WORKERS)


def rows_of(tasks: int, workers: Sequence[int], only: str = "") -> Iterator[Row]:
    """The same for so many tasks, and of scenarios and costs whose names begin as `only` does."""
    for name, scenario in SCENARIOS.items():
        if name.startswith(only):
            work = scenario.kind.made(tasks)
            yield from (_bounded(f"scale.{name}.{number}", scenario, work, number) for number in workers)
    for name, cost in COSTS.items():
        if name.startswith(only) and cost[2] in workers:
            yield _cost(f"scale.cost.{name}", tasks, *cost)


def _bounded(name: str, scenario: Scenario, work: list[Steps], workers: int) -> Row:
    ran = outcome(scenario.pools, work, workers)
    quotas, alone = quota_bound(scenario.pools, work), worker_bound(workers, work)
    beside = {"quotas": ran.seconds / quotas, "workers": ran.seconds / alone, "lost": float(ran.left)}
    detail = {"hours": ran.seconds / 3600, "quota_bound_h": quotas / 3600, "worker_bound_h": alone / 3600}
    return Row(name, f"{scenario.what}: end ÷ higher bound", ran.seconds / max(quotas, alone), "×", beside=beside,
               detail=detail | _told(ran))  # fmt: skip


def _cost(name: str, tasks: int, scenario: str, what: str, workers: int, setting: Setting) -> Row:
    """How much later the end comes; where tasks are lost or never done, that stands beside it."""
    usual = SCENARIOS[scenario]
    work = usual.kind.made(tasks)
    bound = max(quota_bound(usual.pools, work), worker_bound(workers, work))
    pools, on_quota, max_wait = setting
    ran = outcome(pools, work, workers, on_quota, max_wait)
    in_vain = sum(number for how, number in ran.requests.items() if how != "answered")
    beside = {"lost": ran.left, "asked again": ran.repeated, "in vain": in_vain}
    return Row(name, f"{what}: end ÷ higher bound", ran.seconds / bound, "×", beside=beside, detail=_told(ran))


def _told(ran: Outcome) -> dict[str, object]:
    return {**asdict(ran), "requests": dict(ran.requests)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m benchmarks.scale", description="one simulation, at any size")
    parser.add_argument("--tasks", type=int, default=TASKS, help="default: %(default)s")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, help="default: %(default)s")
    parser.add_argument("--only", default="", metavar="BEGIN", help="scenarios and costs whose names begin so")
    given = parser.parse_args()
    print(table(list(rows_of(given.tasks, given.workers, given.only))))
