"""What the plugin costs a project without tasks, and what it takes to collect many of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.made_up import bare, folder, task_files, task_list
from benchmarks.plan import Plan
from benchmarks.spent import OURS, WITHOUT, XDIST, Turns, pytest, turns
from benchmarks.table import Row

TASKS, TASKS_QUICK = 10_000, 1_000
WORKERS = 5
SMALLEST = ("-p", "benchmarks.projects.smallest_yaml")

ENDED = (1, 2)
"""Exit codes of a run that `-x` ends: under xdist it counts as interrupted."""


def rows(plan: Plan) -> Iterator[Row]:
    """The plugin in an unrelated project; many files; one file; many files in many workers."""
    with folder() as place:
        yield _unrelated(place, plan)
        yield from _collected(place, plan)


def _unrelated(place: Path, plan: Plan) -> Row:
    project = bare(place / "unrelated")
    taken = turns(5 if plan.quick else 21, {
        "without": partial(pytest, project, *WITHOUT, "--collect-only"),
        "with": partial(pytest, project, *OURS, "--collect-only"),
    })  # fmt: skip
    return Row("load.plugin", "the plugin in an unrelated project, --collect-only: processor time",
               1000 * taken.more("with", "without"), "ms", 15.0, detail=taken.detail())  # fmt: skip


def _collected(place: Path, plan: Plan) -> Iterator[Row]:
    number = TASKS_QUICK if plan.quick else TASKS
    files, one = task_files(place / "files", number), task_list(place / "list", number)
    rounds = 1 if plan.quick else 3
    taken = _collect(files, rounds)
    yield _beside("load.files", f"{number} files of one task, collected", taken)
    taken = _collect(one, rounds)
    yield _beside("load.one-file", f"one file of {number} tasks, collected", taken)
    # With --collect-only xdist starts no workers. So the first task is done, which fails, and -x ends the run.
    workers = ("-x", f"-n{WORKERS}")
    taken = turns(rounds, {
        "ours": partial(pytest, files, *OURS, *workers, "tasks", exit_codes=ENDED),
        "smallest": partial(pytest, files, *XDIST, *SMALLEST, *workers, "tasks", exit_codes=ENDED),
    }, warm=False)  # fmt: skip
    yield _beside(f"load.files-n{WORKERS}", f"{number} files of one task, -n {WORKERS}, up to the first failure", taken)


def _collect(project: Path, rounds: int) -> Turns:
    return turns(rounds, {
        "ours": partial(pytest, project, *OURS, "--collect-only", "tasks"),
        "smallest": partial(pytest, project, *XDIST, *SMALLEST, "--collect-only", "tasks"),
    }, warm=False)  # fmt: skip


def _beside(name: str, what: str, taken: Turns) -> Row:
    """Of processor time: what else the machine does matters less, and workers that take turns count in full."""
    value = taken.cpu("ours") / taken.cpu("smallest")
    return Row(name, f"{what}: processor time over the smallest plugin", value, "×", 1.5, detail=taken.detail())
