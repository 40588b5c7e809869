"""Replay: what a run costs beside bare pytest, what a task costs, and the same work written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.made_up import ByHand, bare, folder, names, replayed
from benchmarks.peers import installed, started
from benchmarks.plan import Plan
from benchmarks.spent import OURS, XDIST, Spent, pytest, turns
from benchmarks.table import Row

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run.

    Attributes:
        few: tasks of the smaller of the two runs between which the slope is taken.
        many: and of the larger one, which is done by hand too.
        short: rounds of runs of a second.
        long: rounds of runs of many seconds.
    """

    few: int
    many: int
    short: int
    long: int


FULL, QUICK = Sizes(20, 200, 9, 3), Sizes(10, 30, 2, 1)


def rows(plan: Plan) -> Iterator[Row]:
    """Fixed cost, cost of a task, and others."""
    yield from measured(QUICK if plan.quick else FULL, peers=plan.peers)


def measured(sizes: Sizes, *, peers: bool) -> Iterator[Row]:
    """The same of these sizes."""
    with folder() as place:
        project = replayed(place / "tasks", sizes.many)
        parts = {number: _first(project, number) for number in {1, WORKERS, sizes.few}}
        yield from _fixed(parts[1], parts[WORKERS], bare(place / "bare"), sizes)
        yield _task(parts[sizes.few], project, sizes)
        if peers:
            yield _by_hand(project, place, sizes)
            yield from _peers(parts[1], place, sizes)


def _first(project: Path, tasks: int) -> Path:
    """A project with the first so many tasks of another one.

    Files that are named on the command line would take pytest itself a time that grows with the square of their number.
    """
    part = project.with_name(f"{project.name}-{tasks}")
    shutil.copytree(project, part, ignore=shutil.ignore_patterns(".agenttasks"))
    kept = {f"{name}.yaml" for name in names(tasks)}
    for file in (part / "tasks").iterdir():
        if file.name not in kept:
            file.unlink()
    return part


def _replay(project: Path, *arguments: str) -> Spent:
    return pytest(project, *OURS, *arguments, "tasks")


def _fixed(one: Path, each: Path, nothing: Path, sizes: Sizes) -> Iterator[Row]:
    workers = f"-n{WORKERS}"
    taken = turns(sizes.short, {
        "bare": partial(pytest, nothing), "ours": partial(_replay, one),
        "bare -n2": partial(pytest, nothing, *XDIST, workers), "ours -n2": partial(_replay, each, workers),
    })  # fmt: skip
    what = "processor time over bare pytest"
    yield Row("replay.fixed", f"one task of 4 calls: {what}", taken.more("ours", "bare"), "s", 0.4,
              beside={"bare pytest": taken.cpu("bare")}, detail=taken.detail())  # fmt: skip
    yield Row(f"replay.fixed-n{WORKERS}", f"-n {WORKERS}, a task each: {what}, by worker",
              taken.more("ours -n2", "bare -n2") / WORKERS, "s", 0.4)  # fmt: skip


def _task(smaller: Path, larger: Path, sizes: Sizes) -> Row:
    few, many = sizes.few, sizes.many
    taken = turns(sizes.long, {"few": partial(_replay, smaller), "many": partial(_replay, larger)})
    wall = (taken.wall("many") - taken.wall("few")) / (many - few)
    return Row("replay.task", f"a task of 4 calls without tools: processor time, from {few} to {many} tasks",
               1000 * taken.more("many", "few") / (many - few), "ms", 6.0,
               detail=taken.detail() | {"wall_ms": 1000 * wall})  # fmt: skip


def _by_hand(project: Path, place: Path, sizes: Sizes) -> Row:
    workers, by_hand = f"-n{WORKERS}", ByHand(place / "by-hand", sizes.many)
    taken = turns(sizes.long, {
        "ours": partial(_replay, project, workers), "by hand": partial(by_hand.replay, workers),
    })  # fmt: skip
    return Row("replay.by-hand", f"{sizes.many} tasks of 4 calls, -n {WORKERS}: time over pytest + litellm + vcrpy",
               taken.ratio("ours", "by hand"), "×", 0.25, detail=taken.detail())  # fmt: skip


def _peers(one: Path, place: Path, sizes: Sizes) -> Iterator[Row]:
    """What each of them takes from its start to its end with one task and a model of its own that answers at once."""
    for peer in installed():
        theirs = place / peer.command
        command = peer.write(theirs, 1, None)
        taken = turns(sizes.long, {
            "ours": partial(_replay, one), peer.name: partial(started, peer, theirs, command),
        })  # fmt: skip
        yield Row(f"replay.{peer.command}", f"one task of 4 calls: time over {peer.name} with one of 1 call",
                  taken.ratio("ours", peer.name), "×", 1.0, detail=taken.detail())  # fmt: skip
