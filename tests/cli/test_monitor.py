"""What the monitor shows of runs of any size, in terminals of any size."""

from __future__ import annotations

import calendar
import io
import json
import platform
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pytest_agenttasks.cli.monitor.document import document
from pytest_agenttasks.cli.monitor.look import Look
from pytest_agenttasks.cli.monitor.view import shared, view
from pytest_agenttasks.processes import name_of
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.runs import Cooldown, Events, GatewayFacts, Planned, Quota, RunFacts, RunFolder


class Made:
    """A run folder made by hand, of a run that goes on."""

    def __init__(self, folder: Path, tasks: int, workers: int, name: str = "t") -> None:
        self.run = RunFolder(folder / ".agenttasks", "20260301-120000-ab12")
        self.run.create()
        self._events: dict[str, Events] = {}
        self.names = [f"{name}{n}" for n in range(tasks)]
        planned = [Planned(f"t.yaml::{n}", self.slug(n), n, "tasks/t.yaml", 1, action="live") for n in self.names]
        self.facts = RunFacts(
            self.run.path.name, 0.0, name_of(), platform.node(), mode="live", workers=workers, tasks=planned
        )
        self.facts.write(self.run.path)

    def slug(self, name: str) -> str:
        return f"tasks/t/t{abs(hash(name))}--m"

    def tell(self, event: str, name: str, worker: str = "gw0", **more: Any) -> None:
        events = self._events.setdefault(worker, Events(self.run.path, worker))
        events.tell(event, self.slug(name), **more)

    def fail(self, name: str, reason: str) -> None:
        self.tell("began", name)
        self.tell("ended", name, outcome="failed", seconds=1.0)
        result = TaskResult(name, "tasks/t.yaml", 1, self.slug(name), "nop", "r", outcome=Outcome.FAILED, reason=reason)
        self.run.task(self.slug(name)).write_result(result, str)

    def rows(self, width: int = 80, height: int = 24) -> list[str]:
        out = io.StringIO()
        console = Console(file=out, width=width, highlight=False, force_terminal=False)
        console.print(view(Look(self.run.path), width, height))
        return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 15), (40, 10), (200, 50)])
@pytest.mark.parametrize(("tasks", "workers"), [(41, 5), (5000, 100)])
def test_as_much_as_there_is_room_for(tmp_path: Path, width: int, height: int, tasks: int, workers: int) -> None:
    made = Made(tmp_path, tasks, workers)
    for name in made.names[:20]:
        made.fail(name, "contains: out.txt does not contain '42', which is told at length " * 3)
    for place, name in enumerate(made.names[20 : 20 + workers]):
        made.tell("began", name, f"gw{place}")
        made.tell("asking", name, f"gw{place}", call=1)
    GatewayFacts(3, 2, (Cooldown("gemini-flash", "rate_limited", 9e9),), (Quota("free", 12, 50, 9e9),)).write(
        made.run.path
    )
    rows = made.rows(width, height)
    assert len(rows) <= height
    assert max(map(len, rows)) <= width
    assert rows[1].startswith(f"20/{tasks} done: 20 failed")
    assert sum(row.startswith("failed") for row in rows) >= min(3, height // 5)
    if height >= 24:
        assert any("gemini-flash  rate_limited" in row for row in rows)
        assert any("12 of 50" in row for row in rows)
        assert sum(row.startswith("gw") for row in rows) >= 3
    if height == 50:
        assert sum(row.startswith("failed") for row in rows) == 20
        assert any(row.startswith("not passed: 20") for row in rows)


def test_names_of_any_kind_neither_move_the_cursor_nor_mean_markup(tmp_path: Path) -> None:
    made = Made(tmp_path, 1, 1, name="[red]名前\x1b[2J\n\u202e[/] \ud800")
    made.fail(made.names[0], "[bold]no\x07")
    rows = made.rows(width=120)
    (row,) = [row for row in rows if row.startswith("failed")]
    assert r"[red]名前\x1b[2J\n\u202e[/] \ud8000" in row
    assert r"[bold]no\x07" in row


def test_what_waits_for_a_quota_is_told(tmp_path: Path) -> None:
    made = Made(tmp_path, 3, 2)
    made.tell("began", "t0")
    made.tell("waiting", "t0", until=4e9)
    made.tell("began", "t1", "gw1")
    made.tell("phase", "t1", "gw1", phase="checks")
    rows = made.rows()
    assert any("waiting for quota until 2096-10-02 07:06 UTC" in row for row in rows)
    assert [row.split()[1:4] for row in rows if row.startswith("gw")][:2] == [
        ["t.yaml::t1", "checks", "0"],
        ["t.yaml::t0", "waits", "for"],
    ]


def test_an_old_or_damaged_gateway_json_is_none(tmp_path: Path) -> None:
    made = Made(tmp_path, 1, 1)
    for text in ("", "{}", "[]", '{"in_flight": "x"}', '{"in_flight": 1, "waiting": 1, "cooldowns": [7]}'):
        (made.run.path / "gateway.json").write_text(text)
        assert document(Look(made.run.path))["gateway"] is None


def test_the_document_is_json_of_plain_numbers(tmp_path: Path) -> None:
    made = Made(tmp_path, 3, 2)
    made.fail("t0", "no")
    made.tell("began", "t1", "gw1")
    made.tell("call", "t1", "gw1", call=1, live=True, model="x/m", tokens=120, cost_usd=None, waited_s=1.5, limited=2)
    told = json.loads(json.dumps(document(Look(made.run.path))))
    assert (told["tasks"], told["done"], told["outcomes"], told["resumed"]) == (3, 1, {"failed": 1}, 0)
    assert (told["calls"], told["tokens"], told["cost_usd"], told["calls_of_unknown_cost"]) == (1, 120, 0, 1)
    assert (told["waited_s"], told["limited_in_last_minute"], told["state"]) == (1.5, 2, "running")
    assert told["not_passed"] == [{"task": "tasks/t.yaml::t0", "slug": made.slug("t0"), "outcome": "failed",
                                   "reason": "no"}]  # fmt: skip
    assert [(one["task"], one["model"]) for one in told["running"]] == [("tasks/t.yaml::t1", "x/m")]
    assert [one["event"] for one in told["events"]] == ["began", "ended", "began", "call"]
    assert told["left_s"] > 0


def test_a_result_whose_end_nobody_told_counts_once_the_run_is_over(tmp_path: Path) -> None:
    made = Made(tmp_path, 2, 1)
    made.tell("began", "t0")
    made.fail("t1", "no")
    result = TaskResult("t0", "tasks/t.yaml", 1, made.slug("t0"), "nop", "r", outcome=Outcome.ERROR, reason="died")
    made.run.task(made.slug("t0")).write_result(result, str)
    assert document(Look(made.run.path))["outcomes"] == {"failed": 1}
    made.facts.ended, made.facts.exit_code = 5.0, 1
    made.facts.write(made.run.path)
    assert document(Look(made.run.path))["outcomes"] == {"failed": 1, "error": 1}


def test_tasks_that_are_known_later_are_told_later(tmp_path: Path) -> None:
    made = Made(tmp_path, 2, 4)
    tasks, made.facts.tasks = made.facts.tasks, []
    made.facts.write(made.run.path)
    look = Look(made.run.path)
    assert (look.watch.status.total, look.goes_on) == (0, True)
    made.facts.tasks = tasks
    made.facts.write(made.run.path)
    look.again()
    assert (look.watch.status.total, look.watch.status.workers) == (2, 4)


@pytest.mark.parametrize(("wanted", "room", "given"), [
    ([], 10, []),
    ([5, 5], 100, [5, 5]),
    ([5, 5], 10, [3, 3]),
    ([5, 5], 12, [5, 3]),
    ([9, 9, 9], 9, [3, 2, 0]),
    ([9, 9], 2, [0, 0]),
    ([9], -3, [0]),
])  # fmt: skip
def test_each_section_gets_some_rows_before_the_first_gets_more(wanted: list[int], room: int, given: list[int]) -> None:
    assert shared(wanted, room) == given


NOON = calendar.timegm((2026, 3, 1, 12, 0, 0))
NOW = NOON + 200.0

EVENTS: list[tuple[str, int, str, str, dict[str, Any]]] = [
    ("gw0", 0, "began", "fix-slug", {}),
    ("gw0", 40, "call", "fix-slug",
     {"call": 1, "live": True, "model": "g/gemini-flash", "tokens": 1200, "cost_usd": 0.06}),
    ("gw0", 90, "ended", "fix-slug", {"outcome": "passed", "seconds": 90.0}),
    ("gw1", 1, "began", "tests-for[src/money.py]", {}),
    ("gw1", 99, "call", "tests-for[src/money.py]",
     {"call": 1, "live": True, "model": "m/llama-3.3-8b", "tokens": 800, "cost_usd": 0.0}),
    ("gw1", 198, "ended", "tests-for[src/money.py]", {"outcome": "failed", "seconds": 197.0}),
    ("gw0", 91, "began", "docs", {}),
    ("gw0", 100, "phase", "docs", {"phase": "agent"}),
    ("gw0", 120, "call", "docs", {"call": 1, "live": True, "model": "m/llama-3.3-8b", "tokens": 900, "cost_usd": 0.0}),
    ("gw0", 186, "call", "docs",
     {"call": 2, "live": True, "model": "g/gemini-flash", "tokens": 1100, "cost_usd": 0.06, "limited": 1,
      "waited_s": 12.0}),
    ("gw0", 186, "asking", "docs", {"call": 3}),
    ("gw1", 198, "began", "refactor-cart", {}),
    ("gw1", 198, "phase", "refactor-cart", {"phase": "workspace"}),
]  # fmt: skip


def test_the_page_shows_what_is_shown(tmp_path: Path) -> None:
    made = Made(tmp_path, 0, 2)
    names = ("fix-slug", "tests-for[src/money.py]", "docs", "refactor-cart", "readme", "typing")
    made.facts.began = NOON
    made.facts.tasks = [Planned(n, made.slug(n), n, "tasks/shop.yaml", 1, action="live") for n in names]
    made.facts.write(made.run.path)
    made.run.task(made.slug(names[1])).write_result(
        TaskResult(names[1], "tasks/shop.yaml", 1, made.slug(names[1]), "loop", "r", outcome=Outcome.FAILED,
                   reason="coverage: src/money.py 61 % < 70 %"), str)  # fmt: skip
    GatewayFacts(
        1, 1,
        (Cooldown("llama-3.3-8b", "rate_limited", NOW + 42),),
        (Quota("free models of OPENROUTER_API_KEY", 12, 50, NOON + 43_200.0),),
    ).write(made.run.path)  # fmt: skip
    look = Look(made.run.path)
    for worker, at, event, name, more in EVENTS:
        told = {"at": float(NOON + at), "event": event, "task": made.slug(name), **more}
        look.watch.status.add([(worker, told)])
    look.now = NOW
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(view(look, 80, 60))
    shown = out.getvalue().partition("\n\nlast events")[0]
    page = (Path(__file__).parents[2] / "docs/watching.md").read_text("utf-8")
    example = page.partition("<!-- file: monitor -->\n```text\n")[2].partition("\n```")[0]
    assert [row.rstrip() for row in shown.splitlines()] == example.splitlines()
