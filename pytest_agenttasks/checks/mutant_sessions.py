"""Sessions of pytest for `mutant_runs.py`: whole ones, and one that is forked where it first opens the file."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import pytest

from pytest_agenttasks.checks import launcher, measured
from pytest_agenttasks.checks.mutant_forks import (
    BROKEN,
    DONE,
    Ended,
    copy,
    ended_with,
    is_path,
    limit,
    only_thread,
    remove,
    settle,
    silence,
    wait,
)
from pytest_agenttasks.workspace import supervisor

if TYPE_CHECKING:
    from coverage import Coverage

HERE = Path(__file__).absolute().parent

QUICK = ("--maxfail=1", "--tb=no", "--no-summary")
QUICK_OPTIONS = {"maxfail": 1, "tbstyle": "no", "no_summary": True}
"""The same for mutants in two forms: what they print is seen by nobody, and a third of a short run's time."""

END_SECONDS = 5.0
"""For a process that has been told, or knows, that its time is over."""

FOREVER = float("inf")

EMPTY = HERE / "empty"
"""Where nothing is collected."""

START = HERE / "start.record"
"""What was noted up to where the first session was forked. Where it is not there, none was."""


class Forked(BaseException):
    """Raised in a fork that is to go on with the tests."""


class Run(Protocol):
    """A way to run the tests on a content of the file."""

    def __call__(self, name: str, content: bytes, *, cpu: int = 0, wall: float = FOREVER) -> Ended:
        """Run them under a name, within limits in seconds; one of processor time is for mutants only."""


class Sessions:
    """Sessions with the same arguments in copies of the same workspace.

    Args:
        of: the file, relative to the workspace.
        arguments: for pytest.
        deadline: of all, by the monotonic clock.
    """

    def __init__(self, of: str, arguments: list[str], deadline: float) -> None:
        self._arguments, self._deadline = arguments, deadline
        self._workspace, self._place = Path.cwd(), HERE / "place"
        # Without links: one with an absolute path leads from a copy back to the workspace, which must not be changed.
        self._of = Path(of).resolve().relative_to(self._workspace.resolve())
        self._target = os.path.realpath(self._place / "workspace" / self._of)
        self._coverage = _coverage(self._target)
        self._recorder: launcher.Recorder | None = None
        self._unchanged = True
        if sys.platform == "linux":
            supervisor.become_subreaper()

    def original(self) -> bytes:
        """The content of the file."""
        return (self._workspace / self._of).read_bytes()

    def clean(self) -> Ended:
        """Run the unchanged code, and leave the lines of statements that did not run in `missing`."""
        return self._whole("clean", None, self._arguments, measure=True)

    def changed(self, name: str, content: bytes, *, cpu: int = 0, wall: float = FOREVER) -> Ended:
        """See `Run`: a session from its start."""
        return self._whole(name, content, [*self._arguments, *(QUICK if cpu else ())], cpu=cpu, wall=wall)

    def first(self, serve: Callable[[Ended, Run], bool]) -> Ended:
        """Run a session to where it first opens the file, and fork it there: for the unchanged code, then by `serve`.

        It ends as DONE then, or as BROKEN where tests would not pass this way, or `serve` gives False. Where it cannot
        be forked, since a conftest.py has started a server or a thread, or never opens the file, it is as `clean`.
        """
        self._prepare(None)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            self._session("clean", self._arguments, partial(self._up_to_opening, serve))
        ended = wait(child, begun, self._deadline + END_SECONDS)  # once it is forked, it keeps to the limit by itself
        supervisor.kill_all(child)
        remove(self._place)
        return ended if ended.exit_code == DONE or not START.exists() else replace(ended, exit_code=BROKEN)

    def _whole(
        self,
        name: str,
        content: bytes | None,
        arguments: list[str],
        *,
        cpu: int = 0,
        wall: float = FOREVER,
        measure: bool = False,
    ) -> Ended:
        if not EMPTY.exists():
            _warm_up()
        self._prepare(content)
        for kind in ("record", "out"):
            (HERE / f"{name}.{kind}").unlink(missing_ok=True)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            self._session(name, arguments, self._measured if measure else launcher.main, cpu)
        ended = wait(child, begun, min(begun + wall, self._deadline))
        supervisor.kill_all(child)
        remove(self._place)
        return ended

    def _session(self, name: str, arguments: list[str], main: Callable[[], None], cpu: int = 0) -> NoReturn:
        """A session of pytest from its start, in a fork, which ends with it."""
        ending = BROKEN
        try:
            settle(self._place, HERE / f"{name}.out", cpu)
            sys.argv = ["pytest", str(HERE / f"{name}.record"), *arguments]
            ending = ended_with(main)
        finally:
            os._exit(ending)

    def _measured(self) -> None:
        try:
            measured.run(self._coverage)
        finally:
            self._note_missing()

    def _note_missing(self) -> None:
        self._coverage.stop()
        with suppress(Exception):  # a file that does not compile: told elsewhere
            (HERE / "missing").write_text(json.dumps(self._coverage.analysis2(self._target)[3]))

    def _prepare(self, content: bytes | None) -> None:
        copy(self._workspace, self._place / "workspace")
        for name in ("tmp", "home"):
            (self._place / name).mkdir()
        if content is not None:
            (self._place / "workspace" / self._of).write_bytes(content)

    def _up_to_opening(self, serve: Callable[[Ended, Run], bool]) -> None:
        waiting, process = [True], os.getpid()

        def opened(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and waiting and is_path(arguments[0], self._target):
                waiting.clear()
                if os.getpid() == process:
                    self._opened(serve)

        sys.addaudithook(opened)
        try:
            launcher.main(self._began)
        finally:
            if self._unchanged:
                self._note_missing()

    def _began(self, recorder: launcher.Recorder) -> None:
        self._recorder = recorder

    def _opened(self, serve: Callable[[Ended, Run], bool]) -> None:
        """Fork here, or go on as the run of the unchanged code."""
        if self._recorder is None or sys.platform != "linux" or not self._alone(self._recorder):
            self._coverage.start()
            return
        with suppress(Forked):
            self._serve(self._recorder, serve)

    def _alone(self, recorder: launcher.Recorder) -> bool:
        """Whether all that the tests need is in a fork."""
        return only_thread(recorder.plugins()) and not supervisor.descendants()

    def _serve(self, recorder: launcher.Recorder, serve: Callable[[Ended, Run], bool]) -> NoReturn:
        """Try all from here; only a fork leaves this."""
        ending: int | None = BROKEN
        try:
            gc.freeze()
            supervisor.become_subreaper()
            shutil.copy(HERE / "clean.record", START)
            clean = self._continued(recorder)
            if clean.exit_code in (0, None) and serve(clean, partial(self._on, recorder)):
                ending = DONE
        except Forked:
            ending = None
            raise
        finally:
            if ending is not None:
                os._exit(ending)
        raise AssertionError

    def _continued(self, recorder: launcher.Recorder) -> Ended:
        """Run the unchanged code from here."""
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            os.setsid()
            recorder.note_in(HERE / "clean.record")
            self._coverage.start()
            raise Forked
        ended = wait(child, begun, self._deadline)
        supervisor.kill_all(child)
        return ended

    def _on(
        self, recorder: launcher.Recorder, name: str, content: bytes, *, cpu: int = 0, wall: float = FOREVER
    ) -> Ended:
        """Run a changed file from here."""
        remove(self._place)
        self._prepare(content)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            self._unchanged = False
            os.setsid()
            os.chdir(self._place / "workspace")
            silence(HERE / "clean.out")
            limit(cpu)
            shutil.copy(START, HERE / f"{name}.record")
            recorder.note_in(HERE / f"{name}.record")
            vars(recorder.config.option).update(QUICK_OPTIONS)
            raise Forked
        ended = wait(child, begun, min(begun + wall, self._deadline))
        supervisor.kill_all(child)
        return ended


def _coverage(target: str) -> Coverage:
    from coverage import Coverage

    measured = Coverage(data_file=None, config_file=False, include=[target])
    measured.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured"])
    return measured


def _warm_up() -> None:
    """Import pytest's plugins, by a session in an empty folder, so that no run from its start has to."""
    EMPTY.mkdir()
    settings = ["-c", os.devnull, f"--rootdir={EMPTY}", "-p", "no:agenttasks", "-p", "no:cacheprovider"]
    with redirect_stdout(StringIO()):
        pytest.main([*settings, str(EMPTY)])
    gc.freeze()  # pytest collects garbage ten times at its end: in a fork all of this would be looked through
