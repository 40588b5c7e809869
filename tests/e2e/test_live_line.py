"""The live line on a terminal, and its plain sister in a log: real runs, seen as a person would see them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from tests.e2e.project import Project
from tests.terminal import Terminal

PYTEST = (sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider")
LINE = re.compile(r"\d+/\d+ done")

HOLDS = """
    import os

    def pytest_runtest_call(item):
        if item.name in os.environ.get("HOLD", "").split():
            open("gate").read()  # until somebody has opened it for writing, and closed it
"""
FAILS = '[{contains: {file: none.txt, text: "1"}}]'


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Tasks 0 to 9, which pass, and then one that fails; those in HOLD wait at the gate."""
    project = Project(pytester, monkeypatch)
    names = "".join(f"  - {{id: t{n}, prompt: x, agent: nop}}\n" for n in range(10))
    project.write("tasks/many.yaml", f"tasks:\n{names}  - {{id: bad, prompt: x, agent: nop, checks: {FAILS}}}\n")
    project.write("conftest.py", HOLDS)
    os.mkfifo(project.path / "gate")
    return project


def open_gate(project: Project) -> None:
    """Let the one go on that waits, as soon as it does."""
    os.close(os.open(project.path / "gate", os.O_WRONLY))


def run(
    project: Project,
    *arguments: str,
    rows: int = 24,
    columns: int = 100,
    hold: str = "",
    environ: Mapping[str, str] = {},
) -> Terminal:
    return Terminal(
        [*PYTEST, "tasks", *arguments], project.path, rows=rows, columns=columns, environ={"HOLD": hold, **environ}
    )


def lines(rows: Sequence[str]) -> list[str]:
    return [row for row in rows if LINE.search(row)]


def is_clean(terminal: Terminal) -> bool:
    return not terminal.kept and not lines(terminal.all_rows)


@pytest.mark.parametrize("how", [("-n2",), ("-v", "-n0"), ("-q", "-p", "no:xdist"), ("-s", "-n0", "-rA")], ids=" ".join)
def test_the_last_row_tells_and_the_output_is_as_without(project: Project, how: tuple[str, ...]) -> None:
    """Eight rows, so that the output scrolls; every row that scrolled off is there, whole, and none is ours."""
    with run(project, *how, rows=8, hold="t7") as terminal:
        rows = terminal.until(lambda rows: "running" in rows[-1])
        assert re.match(r"\d+/11 done(: \d+ passed)?(, 1 failed)? · [012] running · ", rows[-1])
        assert len(lines(terminal.all_rows)) == 1
        assert terminal.kept
        open_gate(project)
        assert terminal.end() == 1
        assert is_clean(terminal)
        seen = terminal.all_rows
    with run(project, *how, "-o", "agenttasks_live=off", rows=8) as terminal:
        assert terminal.end() == 1
        assert alike(seen) == alike(terminal.all_rows)


def alike(rows: Sequence[str]) -> list[str]:
    """Without what differs from run to run: times, the run's name, and under xdist the order and who did it."""
    text = re.sub(r"\d+\.\d+ ?s|\d{8}-\d{6}-[0-9a-f]{4}|\[gw\d\]|\[ *\d+%\]|=+", "…", "\n".join(rows).rstrip())
    dots = re.compile(r"^[.F]{2,} *", re.MULTILINE)
    return sorted([dots.sub("", row) for row in text.splitlines()] + ["".join(sorted("".join(dots.findall(text))))])


def test_a_narrow_terminal_gets_what_matters_most(project: Project) -> None:
    with run(project, "-n0", columns=40, hold="bad") as terminal:
        rows = terminal.until(lambda rows: "10/11" in rows[-1])
        assert rows[-1] == "10/11 done: 10 passed · 1 running"
        terminal.resize(24, 120)
        rows = terminal.until(lambda rows: "left" in rows[-1])
        assert rows[-1] == "10/11 done: 10 passed · 1 running · less than a minute left"
        terminal.resize(15, 60)
        terminal.until(lambda rows: "10/11" in rows[-1] and len(lines(rows)) == 1)
        terminal.resize(3, 60)
        terminal.until(lambda rows: not lines(rows))
        assert not terminal.kept
        terminal.resize(15, 60)
        terminal.until(lambda rows: "10/11" in rows[-1] and len(lines(rows)) == 1)
        open_gate(project)
        assert terminal.end() == 1
        assert is_clean(terminal)


def test_a_tiny_terminal_is_left_alone(project: Project) -> None:
    with run(project, "-n0", rows=3) as terminal:
        assert terminal.end() == 1
        assert re.search(rb"\d+/\d+ done", terminal.written) is None


@pytest.mark.parametrize(
    ("ending", "workers"), [("ctrl-c", "-n0"), ("ctrl-c", "-n2"), ("term", "-n0"), ("kill", "-n2")]
)
def test_whatever_ends_it_the_terminal_is_clean(project: Project, ending: str, workers: str) -> None:
    with run(project, workers, hold="t0 t1 t2 t3") as terminal:
        terminal.until(lambda rows: "running" in rows[-1])
        if ending == "ctrl-c":
            terminal.type("\x03")
        else:
            os.kill(terminal.pid, signal.SIGTERM if ending == "term" else signal.SIGKILL)
        terminal.end()
        assert is_clean(terminal)
        if ending == "ctrl-c":
            assert any("KeyboardInterrupt" in row for row in terminal.all_rows)


def test_an_internal_error_is_told_on_a_clean_terminal(project: Project) -> None:
    project.write(
        "conftest.py",
        dedent(HOLDS)
        + dedent("""
        def pytest_runtest_logfinish(nodeid):
            if nodeid.endswith("::t5"):
                open("gate").read()
                1 / 0
    """),
    )
    with run(project, "-n0", rows=60) as terminal:
        terminal.until(lambda rows: "running" in rows[-1])
        open_gate(project)
        assert terminal.end() == 3
        assert is_clean(terminal)
        assert any("INTERNALERROR> ZeroDivisionError" in row for row in terminal.all_rows)


def test_a_debugger_has_the_terminal_for_itself(project: Project) -> None:
    with run(project, "--pdb", "-p", "no:xdist", hold="t3 bad", rows=60) as terminal:
        terminal.until(lambda rows: "3/11" in rows[-1])
        open_gate(project)
        terminal.until(lambda rows: "10/11" in rows[-1])
        open_gate(project)
        terminal.until(lambda rows: any(row.startswith("(Pdb)") for row in rows))
        assert is_clean(terminal)
        terminal.type("c\n")
        assert terminal.end() == 1
        assert is_clean(terminal)


@pytest.mark.parametrize("how", ["dumb", "off", "no tasks", "no reporter"])
def test_no_row_is_taken_where_it_does_not_belong(project: Project, how: str) -> None:
    project.write("test_it.py", "def test_it(): open('gate').read()\n")
    arguments = {
        "off": ("tasks", "-o", "agenttasks_live=off"),
        "no tasks": ("test_it.py",),
        "no reporter": ("tasks", "-p", "no:terminal"),
    }.get(how, ("tasks",))
    environ = {"TERM": "dumb"} if how == "dumb" else {}
    with Terminal([*PYTEST, *arguments], project.path, environ={"HOLD": "t3", **environ}) as terminal:
        open_gate(project)
        assert terminal.end() == (0 if how == "no tasks" else 1)
        assert b"\x1b[1;" not in terminal.written
        assert b"\x1b7" not in terminal.written


@pytest.mark.parametrize("how", ["no colour", "ascii"])
def test_plainer_terminals_get_plainer_lines(project: Project, how: str) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with run(project, "-n0", hold="t3", environ={"NO_COLOR": "1"} if how == "no colour" else ascii_only) as terminal:
        rows = terminal.until(lambda rows: "running" in rows[-1])
        assert (" | " if how == "ascii" else " · ") in rows[-1]
        assert (b"\x1b[7m" in terminal.written) == (how == "ascii")
        open_gate(project)
        terminal.end()


@pytest.mark.parametrize("how", [("-n0",), ("-v", "-n2")], ids=" ".join)
def test_a_log_gets_a_line_now_and_then_of_its_own(project: Project, how: tuple[str, ...]) -> None:
    log = project.path / "log.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*PYTEST, "tasks", "-o", "agenttasks_log_every=0.2", *how],
            cwd=project.path, stdout=file, stderr=subprocess.STDOUT, env={**os.environ, "HOLD": "t3"},
        )  # fmt: skip
    until_told(log, 2)
    open_gate(project)
    assert process.wait(60) == 1
    told = [row for row in log.read_text().splitlines() if LINE.search(row)]
    assert len(told) >= 2
    for row in told:
        assert re.fullmatch(r"\[\d\d:\d\d\] \d+/11 done(: \d+ passed(, 1 failed)?)? · [012] running( · .*left.*)?", row)


def until_told(log: Path, count: int) -> None:
    """Read the log as it grows."""
    with log.open() as file:
        found = 0
        while found < count:
            found += bool(LINE.search(file.readline()))


def test_a_short_run_tells_nothing_in_its_log(project: Project) -> None:
    result = project.pytest("tasks", "-n0")
    assert lines(result.outlines) == []


@pytest.mark.parametrize(("setting", "told"), [
    ("agenttasks_live=on", "agenttasks_live = on: expected one of auto, off"),
    ("agenttasks_log_every=often", "agenttasks_log_every = often: expected seconds"),
])  # fmt: skip
def test_wrong_values_are_told(project: Project, setting: str, told: str) -> None:
    result = project.pytest("tasks", "-o", setting)
    assert result.ret == 4
    assert any(told in line for line in result.errlines)
