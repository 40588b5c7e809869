"""`benchmarks/`: rows that are made of whole runs, as small as they can be. No time is judged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import crowd, load, replay
from benchmarks.peers import Inspect, installed
from benchmarks.provider import Rules
from benchmarks.spent import Spent, Turns, environment, run
from benchmarks.table import Row
from benchmarks.watched import watch
from benchmarks.world import upstream

ASKS = """
import json, subprocess, sys, urllib.request
if len(sys.argv) == 2:
    subprocess.run([sys.executable, __file__, sys.argv[1], "child"], check=True)
held = b"x" * 50_000_000
for said in ([], [{"role": "assistant", "content": "x"}]):
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}, *said]}
    request = urllib.request.Request(sys.argv[1], json.dumps(body).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request).read()
"""
"""Two conversations of two requests each: one in a child first, then one of its own."""


def told(rows: list[Row]) -> dict[str, tuple[str, float | None]]:
    assert all(isinstance(row.value, float) for row in rows)
    return {row.name: (row.unit, row.target) for row in rows}


def test_replay_is_measured_beside_bare_pytest() -> None:
    rows = list(replay.measured(replay.Sizes(few=1, many=2, short=1, long=1), peers=False))
    assert told(rows) == {"replay.fixed": ("s", 0.4), "replay.fixed-n2": ("s", 0.4), "replay.task": ("ms", 6.0)}
    assert set(rows[0].detail) == {"bare", "ours", "bare -n2", "ours -n2", "rounds"}
    assert rows[0].value == pytest.approx(rows[0].detail["ours"]["cpu_s"] - rows[0].detail["bare"]["cpu_s"])


def test_collection_is_measured_beside_the_smallest_plugin() -> None:
    rows = list(load.measured(load.Sizes(tasks=3, workers=1, short=1, long=1)))
    assert told(rows) == {
        "load.plugin": ("ms", 15.0), "load.files": ("×", 1.5), "load.one-file": ("×", 1.5), "load.files-n1": ("×", 1.5),
    }  # fmt: skip
    assert all(set(row.detail) == {"ours", "smallest", "rounds"} for row in rows[1:])


def test_what_is_watched_is_the_whole_tree_and_the_first_request_of_each_conversation(tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text(ASKS, "utf-8")
    with upstream(Rules(0.0)) as server:
        command = [sys.executable, "asks.py", f"{server.base}/chat/completions"]
        seen = watch(command, tmp_path, server, Rules(1.0), conversations=2)
        assert 0 < seen.began[0] < seen.began[1]
        assert seen.peak("asks.py") > 50
        assert seen.peak(" child") > 50
        assert seen.most > 50
        with pytest.raises(LookupError, match="no process of the run had 'gateway'"):
            seen.peak("gateway")
        with pytest.raises(RuntimeError, match="2 of 3 conversations began"):
            watch(command, tmp_path, server, Rules(0.0), conversations=3)
        both = crowd.Crowd(server, 2, 1).watch(command, tmp_path, {})
    assert both.begun > 0


def test_a_program_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"exit code 3\nno luck"):
        run([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"], tmp_path)


def test_runs_are_compared_with_their_neighbours() -> None:
    ours = [Spent(wall=2.0, cpu=1.0), Spent(wall=9.0, cpu=8.0), Spent(wall=3.0, cpu=2.5)]
    theirs = [Spent(wall=4.0, cpu=0.5), Spent(wall=10.0, cpu=6.0), Spent(wall=12.0, cpu=1.5)]
    taken = Turns({"ours": ours, "theirs": theirs})
    assert taken.more("ours", "theirs") == 1.0
    assert taken.ratio("ours", "theirs") == 0.5
    assert taken.cpu("ours") == 2.5


def test_what_would_change_a_run_of_pytest_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTTASKS_MODEL", "m")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-v")
    assert not {"AGENTTASKS_MODEL", "PYTEST_ADDOPTS", "PYTHONDONTWRITEBYTECODE"} & set(environment())


def test_a_peer_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BENCHMARK_PROMPTFOO", raising=False)
    monkeypatch.setenv("BENCHMARK_INSPECT", "/some/inspect")
    assert list(installed()) == [Inspect("/some/inspect")]
    said = "promptfoo is left out: no `promptfoo` on PATH and no BENCHMARK_PROMPTFOO\n"
    assert capsys.readouterr().err == said
