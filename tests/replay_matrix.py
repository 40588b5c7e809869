"""Replay the shipped tasks many times, each time under other conditions: `python -m tests.replay_matrix`.

    python -m tests.replay_matrix [--times 20] [--seed N] [--python PROGRAM]...

From the root of a checkout. Every run is done in one of two copies of the checkout, at paths that have little in
common, with the tasks in another order, with 0, 2 or 5 workers, with other `TZ`, `LANG`, umask, hash seed and terminal
width, in the sandbox and without, by each Python. Told is what differed: outcomes and answers must be the same in all
runs, and trajectories in all runs of one Python and one isolation, but for what `Normaliser` takes out. Exits with 1 if
anything differed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path
from typing import Any

from pytest_agenttasks.cassettes import Normaliser
from pytest_agenttasks.scrub import each_text
from pytest_agenttasks.spec import load_tasks

ROOT = Path(__file__).parents[1]
COPIED = ("pytest_agenttasks", "tasks", "cassettes", "examples", "models.yaml")
PLACES = ("a", "Übung mit/ein em sehr langen Namen für einen Ordner/checkout")
WORKERS = ("0", "2", "5")
ISOLATIONS = ("bubblewrap", "none")
SURROUNDINGS: tuple[dict[str, str], ...] = (
    {"TZ": "UTC", "LANG": "C"},
    {"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "", "COLUMNS": "40", "PYTHONHASHSEED": "1"},
    {"TZ": "America/New_York", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "COLUMNS": "400", "PYTHONHASHSEED": "77"},
)
UMASKS = (0o022, 0o077)


@dataclass(frozen=True)
class Conditions:
    """Under what one run is done."""

    python: str
    isolation: str
    workers: str
    place: str
    surroundings: dict[str, str]
    umask: int
    tasks: tuple[str, ...]

    def __str__(self) -> str:
        zone, language = self.surroundings["TZ"], self.surroundings["LANG"]
        return f"{self.python} -n{self.workers} {self.isolation} TZ={zone} LANG={language} umask={self.umask:03o}"


@dataclass(frozen=True)
class Told:
    """What one task of a run came to."""

    outcome: str
    answers: str
    trajectory: str


def plans(pythons: Sequence[str], times: int, seed: int) -> Iterator[Conditions]:
    """As many runs as asked for; each value of each condition is met as early as can be."""
    chance = random.Random(seed)
    tasks = [f"{file.relative_to(ROOT)}::{task.name}" for file in sorted((ROOT / "tasks").glob("*.yaml"))
             for task in load_tasks(file)]  # fmt: skip
    every = list(product(pythons, ISOLATIONS))
    chance.shuffle(every)
    workers, places, umasks, around = cycle(WORKERS), cycle(PLACES), cycle(UMASKS), cycle(SURROUNDINGS)
    for (python, isolation), _ in zip(cycle(every), range(times), strict=False):
        chosen = next(workers), next(places), next(around), next(umasks)
        if chance.random() < 0.5:  # lest two conditions of cycles of the same length always meet
            next(places), next(around)
        yield Conditions(python, isolation, *chosen, tuple(chance.sample(tasks, len(tasks))))


def copy_checkout(place: Path) -> None:
    """A copy of what a replay needs."""
    place.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, place)
    (place / "pytest.ini").write_text("[pytest]\n")


def run(conditions: Conditions, places: Path) -> dict[str, Told]:
    """One run, by name of the task."""
    folder = places / conditions.place
    command = [conditions.python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", conditions.workers]
    command += [f"--agent-isolation={conditions.isolation}", *conditions.tasks]
    environment = {**os.environ, **conditions.surroundings, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, umask=conditions.umask, capture_output=True, text=True, check=False
    )
    found = dict(_told(folder / ".agenttasks/runs/latest"))
    shutil.rmtree(folder / ".agenttasks", ignore_errors=True)
    if len(found) != len(conditions.tasks):
        raise SystemExit(f"{conditions}: {len(found)} of {len(conditions.tasks)} results\n{done.stdout}{done.stderr}")
    return found


def _told(folder: Path) -> Iterator[tuple[str, Told]]:
    for file in sorted(folder.rglob("result.json")):
        result: dict[str, Any] = json.loads(file.read_text("utf-8"))
        steps = json.loads((file.parent / "trajectory.json").read_text("utf-8"))["steps"]
        answers = [{**step, "observation": None} for step in steps if step["source"] == "agent"]
        drifted = result["environment_drift"]
        outcome = f"{result['outcome']} {result['stopped']} {result['served']} {drifted} rest={result['unplayed']}"
        yield result["slug"], Told(outcome, json.dumps([result["answer"], answers]), _plain(steps))


def _plain(steps: list[dict[str, Any]]) -> str:
    normalise = Normaliser()
    return "\n".join(json.dumps(each_text(step, normalise)) for step in steps)


def differences(done: Sequence[tuple[Conditions, dict[str, Told]]]) -> list[str]:
    """What was not the same where it should be, a line each."""
    outcomes: dict[str, set[str]] = defaultdict(set)
    answers: dict[str, set[str]] = defaultdict(set)
    trajectories: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for conditions, told in done:
        for task, one in told.items():
            outcomes[task].add(one.outcome)
            answers[task].add(one.answers)
            trajectories[task, conditions.python, conditions.isolation].add(one.trajectory)
    lines = [f"{task}: outcomes {sorted(found)}" for task, found in outcomes.items() if len(found) > 1]
    lines += [f"{task}: {len(found)} different sets of answers" for task, found in answers.items() if len(found) > 1]
    for (task, python, isolation), texts in trajectories.items():
        if len(texts) > 1:
            left, right, *_ = sorted(texts)
            pairs = zip(left.splitlines(), right.splitlines(), strict=False)
            first = next((f"{a.strip()[:200]} | {b.strip()[:200]}" for a, b in pairs if a != b), "its length")
            lines.append(f"{task}: {len(texts)} trajectories with {python} in {isolation}: {first}")
    return lines


def main() -> int:
    """Run all, and tell; 1 if anything differed."""
    parser = argparse.ArgumentParser(description="Replay the shipped tasks under many conditions.")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--python", action="append", help="default: this one; may be given several times")
    options = parser.parse_args()
    done = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for place in PLACES:
            copy_checkout(Path(folder) / place)
        for conditions in plans(options.python or [sys.executable], options.times, options.seed):
            began = time.monotonic()
            done.append((conditions, run(conditions, Path(folder))))
            passed = sum(one.outcome.startswith("passed") for one in done[-1][1].values())
            sys.stdout.write(f"{conditions}: {passed} passed, {time.monotonic() - began:.1f} s\n")
            sys.stdout.flush()
    found = differences(done)
    sys.stdout.write("\n".join([*found, f"{len(done)} runs, {len(found)} differences", ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
