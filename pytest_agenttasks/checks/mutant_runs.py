"""Run tests on mutants of a file: a program that a check starts in the workspace, never imported.

    python -P mutant_runs.py ORDER      (a JSON file: `of`, `arguments`, `mutants`, `seconds`)

pytest and its plugins are imported once, and each run is a fork of this process, in a copy of the workspace of its own,
with a time limit that comes from a run of the unchanged code. This process never runs code of the workspace. Beside
ORDER there will be `mutants`, one JSON object a line as things happen, and for each run the record of `launcher.py`.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

HERE = Path(__file__).absolute().parent
MEMORY = 2 << 30
"""Bytes of memory that one process of a mutant may reserve: half of what ends the whole command."""

TIMES, PLUS_CPU, TIMES_WALL, PLUS_WALL = 5, 0.5, 10, 5.0
"""Limits of a mutant: so many times what the unchanged code took, and so many seconds more. What runs in circles uses
up its processor time, which does not depend on how busy the machine is; the wall clock is for what waits."""

QUICK = ("--maxfail=1", "--tb=no", "--no-header", "--no-summary")
"""Arguments for mutants: what they print is seen by nobody, and a third of a short run's time."""

END_SECONDS = 5.0
"""For a process that has been told, or knows, that its time is over."""

BROKEN, DONE = 70, 77
"""Exit codes of forks that did not come to the end of a session, and of one that tried all mutants."""

PAUSE = 0.002
"""Seconds between two looks at whether a run has ended."""


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        exit_code: None if its time ran out, of whichever clock.
        seconds: wall time.
        cpu: seconds of processor time.
    """

    exit_code: int | None
    seconds: float
    cpu: float


def load(name: str) -> ModuleType:
    """A module that lies beside this one, under a name that no module of the workspace has."""
    spec = spec_from_file_location(f"_agenttasks_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Forked(BaseException):
    """Raised in a fork that is to go on with the tests."""


class Runs:
    """Everything that is done for one order."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._arguments, self._count = order["arguments"], order["mutants"]
        self._deadline: float = time.monotonic() + order["seconds"]
        self._workspace, self._place = Path.cwd(), HERE / "place"
        # Without links: one with an absolute path leads from a copy back to the workspace, which must not be changed.
        self._of = Path(order["of"]).resolve().relative_to(self._workspace.resolve())
        self._supervisor, self._mutants = load("supervisor"), load("mutants")
        self._launcher: Any = load("launcher")
        self._plugins: Counter[str] = Counter()
        self._source: Any = None
        self._chosen: list[Any] = []

    def all(self) -> None:
        """The unchanged code; the same with a comment more; the mutants."""
        self._reap()
        warm_up()
        self._plugins = threads()  # pytest-rerunfailures has one, which no fork needs
        ended = self._whole("clean", None, self._arguments, under=self._coverage)
        note("clean", **vars(ended))
        try:
            self._source = self._mutants.Source((self._workspace / self._of).read_bytes())
            self._chosen = self._mutants.sample(self._source, self._count)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
            note("unreadable", reason=f"{type(error).__name__}: {error}")
            return
        note("chosen", count=len(self._chosen), possible=len(self._source.mutants()))
        if ended.exit_code == 0 and self._chosen and not self._from_import() and not self._over():
            self._try(self._from_start)

    def _over(self) -> bool:
        return time.monotonic() >= self._deadline

    def _reap(self) -> None:
        if sys.platform == "linux":
            self._supervisor.become_subreaper()

    def _try(self, run: Callable[..., Ended], last: bool = True) -> bool:
        """Try all; False if the tests fail on a source that means the same, which is noted only on the `last` try."""
        same = run("same", self._source.same())
        if self._over():
            return True
        if last or same.exit_code == 0:
            note("same", **vars(same))
        if same.exit_code != 0:
            return False
        cpu = max(1, round(TIMES * same.cpu + PLUS_CPU))
        wall = TIMES_WALL * same.seconds + PLUS_WALL
        missing = set(json.loads((HERE / "missing").read_bytes()))
        for number, mutant in enumerate(self._chosen):
            before, after = self._source.change(mutant)
            told = {"line": mutant.line, "shown": mutant.shown, "before": before, "after": after}
            if mutant.statement in missing:
                note("mutant", covered=False, exit_code=0, **told)
                continue
            ended = run(f"mutant{number}", self._source.mutated(mutant), cpu=cpu, wall=wall)
            if self._over():
                break  # it may have been ended by the limit for all, and not by its own
            note("mutant", covered=True, exit_code=ended.exit_code, **told)
        return True

    def _from_start(self, name: str, content: bytes, cpu: int = 0, wall: float = float("inf")) -> Ended:
        return self._whole(name, content, [*self._arguments, *(QUICK if cpu else ())], cpu=cpu, wall=wall)

    def _whole(
        self,
        name: str,
        content: bytes | None,
        arguments: list[str],
        *,
        cpu: int = 0,
        wall: float = float("inf"),
        under: Callable[[Callable[[], None]], None] | None = None,
    ) -> Ended:
        """Run the tests in a fork, in a copy with this content of the file."""
        self._prepare(content)
        (HERE / f"{name}.record").unlink(missing_ok=True)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            self._session(HERE / f"{name}.record", arguments, HERE / f"{name}.out", cpu, under)
        return self._end(child, begun, wall)

    def _session(
        self,
        record: Path,
        arguments: list[str],
        output: Path,
        cpu: int = 0,
        under: Callable[[Callable[[], None]], None] | None = None,
    ) -> NoReturn:
        """A session of pytest from its start, in a fork, which ends with it."""
        ending = BROKEN
        try:
            settle(self._place, output, cpu)
            sys.argv = ["launcher.py", str(record), *arguments]
            ending = ended_with(self._launcher.main, under)
        finally:
            os._exit(ending)

    def _prepare(self, content: bytes | None) -> None:
        copy(self._workspace, self._place / "workspace")
        for name in ("tmp", "home"):
            (self._place / name).mkdir()
        if content is not None:
            (self._place / "workspace" / self._of).write_bytes(content)

    def _end(self, child: int, begun: float, wall: float) -> Ended:
        ended = wait(child, begun, min(begun + wall, self._deadline))
        self._supervisor.kill_all(child)
        remove(self._place)
        return ended

    def _from_import(self) -> bool:
        """Run a session up to where it first opens the file, and fork it there for each mutant.

        All before that is done once: a run then takes a third of the time. False, and nothing noted, if that does not
        happen, or tests would not pass this way: a server or a thread that a conftest.py started is not in a fork.
        """
        self._prepare(None)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            self._watch_for_opening()
            self._session(HERE / "import.record", [*self._arguments, *QUICK], Path(os.devnull))
        ended = wait(child, begun, self._deadline + END_SECONDS)  # it keeps to the limit by itself
        self._supervisor.kill_all(child)
        remove(self._place)
        return ended.exit_code == DONE

    def _watch_for_opening(self) -> None:
        target, recorders, waiting = os.path.realpath(self._place / "workspace" / self._of), [], [True]
        base = self._launcher.Recorder

        def remembered(path: Path) -> Any:
            recorders.append(base(path))
            return recorders[0]

        def opened(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and waiting and is_path(arguments[0], target):
                waiting.clear()
                try:
                    self._serve(recorders[0])
                except Forked:
                    return

        self._launcher.Recorder = remembered
        sys.addaudithook(opened)

    def _serve(self, recorder: Any) -> NoReturn:
        """Try all mutants from here; only a fork leaves this."""

        def run(name: str, content: bytes, cpu: int = 0, wall: float = float("inf")) -> Ended:
            remove(self._place)
            self._prepare(content)
            begun = time.monotonic()
            child = os.fork()
            if child == 0:
                os.setsid()
                os.chdir(self._place / "workspace")
                limit(cpu)
                shutil.copy(HERE / "import.record", HERE / f"{name}.record")
                recorder.__init__(HERE / f"{name}.record")
                raise Forked
            ended = wait(child, begun, min(begun + wall, self._deadline))
            self._supervisor.kill_all(child)
            return ended

        ending: int | None = BROKEN
        try:
            self._reap()
            alone = not (threads() - self._plugins) and not self._supervisor.descendants()
            if alone and self._try(run, last=False):
                ending = DONE
        except Forked:
            ending = None
            raise
        finally:
            if ending is not None:
                os._exit(ending)
        raise AssertionError

    def _coverage(self, main: Callable[[], None]) -> None:
        """Run and note the lines of statements that did not run."""
        from coverage import Coverage

        target = str(Path(self._of).resolve())
        measured = Coverage(data_file=None, config_file=False, include=[target])
        measured.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured"])
        measured.start()
        try:
            main()
        finally:
            measured.stop()
            with suppress(Exception):  # a file that does not compile: told elsewhere
                (HERE / "missing").write_text(json.dumps(measured.analysis2(target)[3]))


def note(kind: str, **facts: Any) -> None:
    """Note what happened."""
    with (HERE / "mutants").open("a", encoding="ascii") as file:
        file.write(json.dumps({"kind": kind, **facts}) + "\n")


def warm_up() -> None:
    """Import pytest and all its plugins, by a session in an empty folder, so that no run has to."""
    import coverage  # noqa: F401
    import pytest

    empty = HERE / "empty"
    empty.mkdir()
    settings = ["-c", os.devnull, f"--rootdir={empty}", "-p", "no:agenttasks", "-p", "no:cacheprovider"]
    with redirect_stdout(StringIO()):
        pytest.main([*settings, str(empty)])
    gc.freeze()  # pytest collects garbage ten times at its end: in a fork all of this would be looked through


def copy(workspace: Path, place: Path) -> None:
    """Copy a workspace without byte code. What cannot be read or is no file is not there."""
    with suppress(shutil.Error):
        shutil.copytree(workspace, place, symlinks=True, ignore=left_out)


def left_out(folder: str, names: list[str]) -> Iterator[str]:
    """Byte code of other sources, and what is neither a file nor a folder: reading a pipe would wait for ever."""
    for name in names:
        path = Path(folder, name)
        if name == "__pycache__" or not (path.is_symlink() or path.is_file() or path.is_dir()):
            yield name


def remove(place: Path) -> None:
    """Take a copy away, even one that cannot be removed."""
    trash = Path(tempfile.mkdtemp(dir=HERE))
    place.rename(trash / "place")
    shutil.rmtree(trash, ignore_errors=True)


def threads() -> Counter[str]:
    """The threads beside the main one, by name without its number."""
    return Counter(re.sub(r"\d+", "", one.name) for one in threading.enumerate() if one is not threading.main_thread())


def is_path(opened: object, target: str) -> bool:
    """Whether what is opened is this file."""
    named = os.fsdecode(opened) if isinstance(opened, str | bytes) else ""
    return Path(named).name == Path(target).name and os.path.realpath(named) == target


def settle(place: Path, output: Path, cpu: int) -> None:
    """Make this process, a fork, one for a single session: its group, folders, output and limits."""
    os.setsid()
    for name, variable in (("tmp", "TMPDIR"), ("home", "HOME")):
        os.environ[variable] = str(place / name)
    tempfile.tempdir = None
    os.chdir(place / "workspace")
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    limit(cpu)


def limit(cpu: int) -> None:
    """Limit this process; not if `cpu` is 0."""
    if cpu:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def ended_with(main: Callable[[], None], under: Callable[[Callable[[], None]], None] | None) -> int:
    """Run to the end of the process as it would be without a fork, and return the exit code."""
    try:
        under(main) if under else main()
    except SystemExit as error:
        sys.stdout.flush()
        return error.code if isinstance(error.code, int) else 1
    return BROKEN


def wait(child: int, begun: float, until: float) -> Ended:
    """Wait for a run until a time of the monotonic clock."""
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        seconds = time.monotonic() - begun
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return Ended(code if code >= 0 else 128 - code, seconds, used.ru_utime + used.ru_stime)
        if time.monotonic() >= until:
            return Ended(None, seconds, 0.0)
        time.sleep(PAUSE)


def main() -> None:
    """Do what is asked, and note that it was done."""
    order = json.loads(Path(sys.argv[1]).read_bytes())
    Runs(order).all()
    note("finished")


if __name__ == "__main__":
    main()
