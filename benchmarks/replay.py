"""Replay: what a run costs beside bare pytest, what a task costs, and the same work written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.made_up import ByHand, bare, folder, replayed
from benchmarks.peers import installed, started
from benchmarks.plan import Plan
from benchmarks.spent import OURS, XDIST, pytest, turns
from benchmarks.table import Row

FEW, MANY, MANY_QUICK = 20, 220, 60
"""Tasks of the two sizes between which the slope is taken."""

BESIDE, BESIDE_QUICK = 200, 20
"""Tasks that are done by hand too."""

WORKERS = 2


def rows(plan: Plan) -> Iterator[Row]:
    """Fixed cost, cost of a task, and the hand-written way."""
    with folder() as place:
        yield from _fixed(place, plan)
        yield _task(place, plan)
        if plan.peers:
            yield _by_hand(place, plan)
            yield from _peers(place, plan)


def _fixed(place: Path, plan: Plan) -> Iterator[Row]:
    nothing, one = bare(place / "bare"), replayed(place / "one", 1)
    two = replayed(place / "two", WORKERS)
    taken = turns(3 if plan.quick else 9, {
        "bare": partial(pytest, nothing), "ours": partial(pytest, one, *OURS, "tasks"),
        "bare -n2": partial(pytest, nothing, *XDIST, f"-n{WORKERS}"),
        "ours -n2": partial(pytest, two, *OURS, "tasks", f"-n{WORKERS}"),
    })  # fmt: skip
    what = "processor time over bare pytest"
    yield Row("replay.fixed", f"one task of 4 calls: {what}", taken.more("ours", "bare"), "s", 0.4,
              beside={"bare pytest": taken.cpu("bare")}, detail=taken.detail())  # fmt: skip
    yield Row("replay.fixed-n2", f"-n {WORKERS}, a task each: {what}, by worker",
              taken.more("ours -n2", "bare -n2") / WORKERS, "s", 0.4, detail=taken.detail())  # fmt: skip


def _task(place: Path, plan: Plan) -> Row:
    many = MANY_QUICK if plan.quick else MANY
    few, larger = replayed(place / "few", FEW), replayed(place / "many", many)
    taken = turns(1 if plan.quick else 3, {
        "few": partial(pytest, few, *OURS, "tasks"), "many": partial(pytest, larger, *OURS, "tasks"),
    }, warm=False)  # fmt: skip
    wall = (taken.wall("many") - taken.wall("few")) / (many - FEW)
    return Row("replay.task", f"a task of 4 calls without tools: processor time, from {FEW} to {many} tasks",
               1000 * taken.more("many", "few") / (many - FEW), "ms", 6.0,
               detail=taken.detail() | {"wall_ms": 1000 * wall})  # fmt: skip


def _by_hand(place: Path, plan: Plan) -> Row:
    tasks = BESIDE_QUICK if plan.quick else BESIDE
    project, by_hand = replayed(place / "beside", tasks), ByHand(place / "by-hand", tasks)

    workers = f"-n{WORKERS}"
    taken = turns(1 if plan.quick else 3, {
        "ours": partial(pytest, project, *OURS, "tasks", workers), "by hand": partial(by_hand.replay, workers),
    }, warm=False)  # fmt: skip
    return Row("replay.by-hand", f"{tasks} tasks of 4 calls, -n {WORKERS}: time over pytest + litellm + vcrpy",
               taken.ratio("ours", "by hand"), "×", 0.25, detail=taken.detail())  # fmt: skip


def _peers(place: Path, plan: Plan) -> Iterator[Row]:
    """What each of them takes from its start to its end with one task and a model of its own that answers at once."""
    for peer in installed():
        theirs = place / peer.command
        command = peer.write(theirs, 1, None)
        taken = turns(3 if plan.quick else 7, {
            "ours": partial(pytest, place / "one", *OURS, "tasks"), peer.name: partial(started, peer, theirs, command),
        })  # fmt: skip
        yield Row(f"replay.{peer.command}", f"one task of 4 calls: time over {peer.name} with one of 1 call",
                  taken.ratio("ours", peer.name), "×", 1.0, detail=taken.detail())  # fmt: skip
