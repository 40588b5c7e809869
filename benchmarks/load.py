"""What the plugin costs a project without tasks, and what it takes to collect many of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.made_up import bare, folder, task_files, task_list
from benchmarks.plan import Plan
from benchmarks.spent import OURS, WITHOUT, XDIST, pytest, turns
from benchmarks.table import Row

SMALLEST = ("-p", "benchmarks.projects.smallest_yaml")

ENDED = (1, 2)
"""Exit codes of a run that `-x` ends: under xdist it counts as interrupted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is run.

    Attributes:
        tasks: that are collected.
        workers: that all collect them.
        short: rounds of runs of a second.
        long: rounds of runs of many seconds; of those with workers there is one.
    """

    tasks: int
    workers: int
    short: int
    long: int


FULL, QUICK = Sizes(10_000, 5, 21, 3), Sizes(500, 5, 4, 1)


def rows(plan: Plan) -> Iterator[Row]:
    """The plugin in an unrelated project; many files; one file; many files in many workers."""
    yield from measured(QUICK if plan.quick else FULL)


def measured(sizes: Sizes) -> Iterator[Row]:
    """The same of these sizes."""
    with folder() as place:
        yield _unrelated(bare(place / "unrelated"), sizes)
        files, one = task_files(place / "files", sizes.tasks), task_list(place / "list", sizes.tasks)
        collected = ("--collect-only", "tasks")
        yield _beside("load.files", f"{sizes.tasks} files of one task, collected", files, sizes, *collected)
        yield _beside("load.one-file", f"one file of {sizes.tasks} tasks, collected", one, sizes, *collected)
        # With --collect-only xdist starts no workers. So the first task is done, which fails, and -x ends the run.
        workers = f"-n{sizes.workers}"
        yield _beside(f"load.files{workers}", f"{sizes.tasks} files, -n {sizes.workers}, up to the first failure",
                      files, replace(sizes, long=1), "tasks", "-x", workers, exit_codes=ENDED)  # fmt: skip


def _unrelated(project: Path, sizes: Sizes) -> Row:
    taken = turns(sizes.short, {
        "without": partial(pytest, project, *WITHOUT, "--collect-only"),
        "with": partial(pytest, project, *OURS, "--collect-only"),
    })  # fmt: skip
    return Row("load.plugin", "the plugin in an unrelated project, --collect-only: processor time",
               1000 * taken.more("with", "without"), "ms", 15.0, detail=taken.detail())  # fmt: skip


def _beside(
    name: str, what: str, project: Path, sizes: Sizes, *arguments: str, exit_codes: tuple[int, ...] = (0,)
) -> Row:
    """Of processor time: what else the machine does matters less, and workers that wait for a core count in full."""
    taken = turns(sizes.long, {
        "ours": partial(pytest, project, *OURS, *arguments, exit_codes=exit_codes),
        "smallest": partial(pytest, project, *XDIST, *SMALLEST, *arguments, exit_codes=exit_codes),
    })  # fmt: skip
    value = taken.cpu("ours") / taken.cpu("smallest")
    return Row(name, f"{what}: processor time over the smallest plugin", value, "×", 1.5, detail=taken.detail())
