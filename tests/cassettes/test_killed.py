"""Recordings that are killed at any moment, and two at once: what lies there is always one whole recording."""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cassettes.recorder import mark_of, record_one

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("AGENTTASKS_TEST_KILLS", "4"))
SEED = 4
LONGEST = 0.3
"""Seconds after the beginning of a recording within which it is killed: about as long as one takes."""


@contextmanager
def recorder(path: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.cassettes.recorder", str(path), name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """What it prints until a line begins so."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith(word):
            return lines
    raise AssertionError(f"the recorder ended: {lines}")


def after(seconds: float) -> None:
    """Let a moment pass: which one it is does not matter, and must not be always the same."""
    select.select([], [], [], seconds)


def seen(folder: Path) -> set[tuple[str, int]]:
    """The files of a folder and how long they are."""
    found = set()
    for file in folder.iterdir():
        with suppress(FileNotFoundError):
            found.add((file.name, file.stat().st_size))
    return found


def until_it_writes(folder: Path) -> None:
    """Wait for the first sign of a recording in its folder: the moment that is hit too seldom by chance."""
    before, end = seen(folder), time.monotonic() + 60
    while seen(folder) == before and time.monotonic() < end:
        pass


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_killed_recording_leaves_a_whole_cassette_or_the_one_before(tmp_path: Path, kill: int) -> None:
    path, chance = tmp_path / "tests-for--flash.yaml", random.Random(SEED * 1000 + kill)
    record_one(path, "before")
    with recorder(path, "new") as process:
        lines_until(process, "begins")
        if kill % 2:
            until_it_writes(tmp_path)
        else:
            after(chance.uniform(0, LONGEST))
        process.kill()
        assert process.stdout is not None
        begun = ["new 0", *(line.split(" ", 1)[1].strip() for line in process.stdout if line.startswith("begins"))]
    assert mark_of(path.read_text("utf-8")) in ("before", *begun)
    names = {file.name for file in tmp_path.iterdir()} - {path.name}
    assert all(name.startswith(f".{path.name}.") and name.endswith(".tmp") for name in names)


def test_two_recordings_of_one_task_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "tests-for--flash.yaml"
    with recorder(path, "one") as one, recorder(path, "two") as two:
        lines_until(one, "saved")
        lines_until(two, "saved")
        whole = [mark_of(path.read_text("utf-8")) for _ in range(6)]
        lines_until(one, "saved")
    last = mark_of(path.read_text("utf-8"))
    assert {mark.split(" ")[0] for mark in [*whole, last]} <= {"one", "two"}
