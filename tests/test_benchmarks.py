"""`python -m benchmarks`: one small benchmark from end to end, and the form of what it tells. No time is judged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.bound import Load, lower_bound, needed, plain_bounds
from benchmarks.ideal import ideal
from benchmarks.table import HEADINGS, Row, table

ROOT = Path(__file__).parents[1]
LOAD = Load(tasks=6, calls=2, workers=3, latency=0.5, models=2, requests=2, seconds=10.0)


def test_a_benchmark_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "numbers.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--no-peers", "--only", "daily-cap", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == list(HEADINGS)
    rows = json.loads(file.read_text())["rows"]
    assert [line.split()[0] for line in lines] == [row["name"] for row in rows] == [
        "daily-cap.in-vain", "daily-cap.failed",
    ]  # fmt: skip
    ours = rows[0]["detail"]["ours"]
    assert ours["tasks"]["done"] + ours["tasks"]["quota"] == rows[0]["detail"]["tasks"]
    assert ours["tasks"]["quota"]
    assert ours["served"] == rows[0]["detail"]["cap"]
    assert [row["value"] for row in rows] == [0, 0]


def test_a_missed_target_is_marked() -> None:
    missed = Row("a.b", "some time", 1.234, "×", 1.05, beside={"other": 2.0})
    reached = Row("a.c", "some share", 97.0, "%", 95.0, best="high")
    _, first, second = table([missed, reached]).splitlines()
    assert re.split(" {2,}", first) == ["a.b", "some time", "1.23", "≤ 1.05 !", "×", "other 2"]
    assert "≥ 95" in second
    assert "!" not in second
    assert [missed.met, reached.met, Row("d", "", 1, "s").met] == [False, True, None]


def test_the_bound_is_what_limits_and_workers_leave() -> None:
    # 12 calls, 4 in 10 s: three windows; in each of them one worker must do two calls of half a second
    assert lower_bound(LOAD) == 10.0 + 10.0 + 1.0
    assert plain_bounds(LOAD) == {"limits_s": 20.0, "workers_s": 2.0}
    assert lower_bound(replace(LOAD, requests=100)) == 2.0


def test_the_ideal_is_never_below_the_bound() -> None:
    assert ideal(LOAD, 0.0) == lower_bound(LOAD)
    one_too_many = replace(LOAD, tasks=7, requests=100)
    assert lower_bound(one_too_many) == 2.5
    assert ideal(one_too_many, 0.0) == 3.0  # the seventh task is one worker's alone
    refused = replace(LOAD, upstream=0.5, seed=3)
    assert lower_bound(refused) <= ideal(refused, 0.0) < ideal(refused, 30.0)


def test_upstream_refusals_need_further_requests() -> None:
    assert needed(LOAD) == 12
    assert needed(replace(LOAD, upstream=0.5, seed=3)) > 12
    assert needed(replace(LOAD, upstream=0.5, seed=3)) == needed(replace(LOAD, upstream=0.5, seed=3))
