"""Tasks that are begun in a thread and go on in their turn, without pytest."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_agenttasks.ahead import Flight, RunAhead
from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.models import Models, Preset, Wishes
from pytest_agenttasks.results import Outcome
from pytest_agenttasks.runs import RunFolder
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.settings import Settings
from tests.one_task import load_one

HELLO = """
id: hello
prompt: Write hello.txt.
agent: oracle
checks: [{files: hello.txt}]
solution: echo hello > hello.txt
"""
BROKEN = "workspace: {setup: [touch begun && false]}\n"
LASTS = "workspace: {setup: [sleep 1000]}\n"

Make = Callable[[str], RunAhead]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Make:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("temporary")))
    settings = Settings(
        root=tmp_path,
        models=Models({"m": Preset("m", "openrouter/t/m")}, {}, ["m"], {}),
        wishes=Wishes(None, None, True, {}),
        mode="replay",
        drift="report",
        isolation="none",
        cassettes=tmp_path / "cassettes",
        run=RunFolder(tmp_path / ".agenttasks", "a-run"),
        secrets=Secrets({}),
        ci=False,
    )
    return lambda text: RunAhead(load_one(tmp_path, text), settings)


def in_turn(run: RunAhead) -> None:
    """What fixtures and the call phase of an item do."""
    with (
        run.open_models() as session,
        run.open_workspace() as workspace,
        run.open_cassette(session, workspace),
    ):
        run.work(session, workspace)
        assert (workspace.path / "hello.txt").exists()
        run.judge()


def test_a_task_does_not_get_older_while_it_waits_for_its_turn(make: Make) -> None:
    run, began = make(HELLO), time.monotonic()
    run.go()
    worked = time.monotonic()
    while time.monotonic() < worked + 0.1:
        pass
    in_turn(run)
    result = run.finish(Outcome.PASSED, "")
    assert result.seconds <= time.monotonic() - began - 0.1 + 0.001  # it is rounded
    assert 0 < run.seconds_ahead <= worked - began
    assert run.taken
    assert run.workspace is not None
    assert not run.workspace.path.exists()


def test_what_went_wrong_in_the_thread_is_raised_in_the_turn(make: Make) -> None:
    run = make(HELLO + BROKEN)
    run.go()
    assert run.workspace is None
    with pytest.raises(WorkspaceError, match="touch begun"):
        in_turn(run)


def test_only_so_many_are_open_and_one_that_is_given_up_ends(make: Make) -> None:
    """One thread, two tasks: the second one waits for the thread, and never begins."""
    flight = Flight(1, most_open=2)
    lasting, waiting = make(HELLO + LASTS), make(HELLO)
    flight.begin(lasting)
    assert not flight.full
    flight.begin(waiting)
    assert flight.full
    flight.end()
    assert not flight.full
    assert (lasting.taken, waiting.session, flight.in_vain) == (False, None, [])
