"""Run pytest and note what happens: a program that a check starts in the workspace, never imported.

    python -P start.py launcher RECORD [arguments of pytest]

RECORD gets one JSON object a line as things happen, so that a run that is killed, or ended from inside,
leaves what was known until then. `session.py` reads it, and not the output: tests can print anything.
With `-P`, and `sys.path` changed late, a file `pytest.py` or `xdist.pyc` does not stand in for the real one.

Until code of the workspace runs, garbage is not collected, and what is there by then never is: a tenth of a short run.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import find_spec
from json import dumps  # bound now: a test may patch the module
from os import getpid
from pathlib import Path
from types import CodeType
from typing import Any

gc.disable()

import pytest  # noqa: E402 - of what it loads nothing becomes garbage

TEXT = 4_000
"""Characters kept of a failure's traceback, from its end."""

CONFIG = {
    "pytest.toml": "",
    ".pytest.toml": "",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
"""Where pytest looks for its settings, in its order, and what must stand in the file for it to count."""


class Installed(SourceFileLoader):
    """Loads a module that was installed with its byte code, which nobody reads elsewhere."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The module's code."""
        elsewhere, sys.pycache_prefix = sys.pycache_prefix, None
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = elsewhere


class Recorder:
    """A pytest plugin that notes collection, tests and the end.

    Args:
        path: of the record.
        before: called once all plugins are loaded, before code of the workspace runs.

    Attributes:
        config: pytest's, once all plugins are loaded.
    """

    def __init__(self, path: Path, before: Callable[[Recorder], None] | None = None) -> None:
        self._before = before
        self._folder = str(Path.cwd())
        self._machinery: dict[str, object] = {}
        self.config: pytest.Config
        self.note_in(path)

    def note_in(self, path: Path) -> None:
        """Go on in this file, in this process: a fork does."""
        self._file = path.open("a", encoding="ascii")
        self._pid = getpid()
        self._note("began")

    def _note(self, kind: str, **facts: Any) -> None:
        if getpid() == self._pid:  # a forked child that runs on would tell everything twice
            self._file.write(dumps({"kind": kind, **facts}) + "\n")
            self._file.flush()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Any:
        """All plugins are loaded; from here on code of the workspace comes first, but not byte code left there."""
        self.config = early_config
        self._machinery = _machinery(early_config.pluginmanager)
        _without_byte_code(self._folder)
        sys.path.remove(self._folder)
        sys.path.insert(0, self._folder)
        gc.freeze()
        gc.enable()
        if self._before is not None:
            self._before(self)
        return (yield)

    def plugins(self) -> set[str]:
        """The names of the modules that are installed plugins."""
        return {str(getattr(one, "__name__", "")) for one, _ in self.config.pluginmanager.list_plugin_distinfo()}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected, or that skips itself."""
        if not report.passed:
            self._note("collect", id=report.nodeid, outcome=report.outcome, **_text(report))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many tests are going to run."""
        self._note("collected", count=len({item.nodeid for item in session.items}))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note which test runs now."""
        self._note("start", id=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what counts; that a setup or a teardown passed does not."""
        if report.when != "call" and report.passed:
            return
        text = _text(report) if report.failed else {}
        facts = {"id": report.nodeid, "when": report.when, "outcome": report.outcome}
        self._note("test", **facts, xfail=hasattr(report, "wasxfail"), **text)

    def pytest_internalerror(self, excrepr: object, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note whether code of the workspace (a conftest.py) had a part in it."""
        inside = any(str(entry.path).startswith(self._folder + os.sep) for entry in excinfo.traceback)
        self._note("internal", inside=inside, reason=excinfo.exconly(), text=str(excrepr)[-TEXT:])

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Note that the session came to its end, and what is told here of a test that fails."""
        now = _machinery(session.config.pluginmanager)
        replaced = [name for name, one in self._machinery.items() if now[name] != one]
        forged = f"{replaced[0]} was replaced" if replaced else _canary(session)
        self._note("finished", exit=int(exitstatus), forged=forged)


def _without_byte_code(folder: str) -> None:
    """From here on read no byte code but of what lies with the interpreter: in a sandbox none can be left there."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (Installed, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def of_installed(path: str) -> Any:
        where = Path(path)
        if where.is_relative_to(folder) or not any(where.is_relative_to(prefix) for prefix in prefixes):
            raise ImportError(path=path)
        return finder(path)

    sys.pycache_prefix = os.devnull
    sys.path_hooks.insert(0, of_installed)
    sys.path_importer_cache.clear()


def _machinery(manager: pytest.PytestPluginManager) -> dict[str, object]:
    """What runs tests and tells of them, by name. Code of the workspace that replaces any of it could tell anything."""
    runner, python = manager.get_plugin("runner"), manager.get_plugin("python")
    of_runner = ("runtestprotocol", "call_and_report", "pytest_runtest_protocol", "pytest_runtest_call")
    protocols = manager.hook.pytest_runtest_protocol.get_hookimpls()
    return {
        "Function.runtest": pytest.Function.runtest,
        "CallInfo.from_call": pytest.CallInfo.from_call,
        "TestReport.from_item_and_call": pytest.TestReport.from_item_and_call,
        "pytest_pyfunc_call": getattr(python, "pytest_pyfunc_call", None),
        **{name: getattr(runner, name, None) for name in of_runner},
        "pytest_runtest_protocol by a plugin": {
            id(one.plugin) for one in protocols if not (one.wrapper or one.hookwrapper)
        },
    }


def _canary(session: pytest.Session) -> str:
    """What is wrong with how a test beside the collected ones that must fail is run and reported; empty if nothing."""
    beside = next((item for item in session.items if isinstance(item, pytest.Function)), None)
    if beside is None:
        return ""

    def fails() -> None:
        raise AssertionError("a test that must fail")

    manager = session.config.pluginmanager
    others = list(_not_of_the_workspace(manager))
    run = manager.subset_hook_caller("pytest_runtest_call", others)
    report = manager.subset_hook_caller("pytest_runtest_makereport", others)
    try:
        item = pytest.Function.from_parent(beside.parent, name=f"test_{os.urandom(4).hex()}", callobj=fails)
        call = pytest.CallInfo.from_call(lambda: run(item=item), when="call")
        outcome = str(report(item=item, call=call).outcome)
    except BaseException as error:  # a hook of the workspace
        return f"{type(error).__name__} came of one that must fail: {error}"
    return "" if outcome == "failed" else f"one that must fail {outcome}"


def _not_of_the_workspace(manager: pytest.PytestPluginManager) -> Iterator[object]:
    """Plugins of pytest but for the one that runs tests, and installed ones: some need to see how a test begins."""
    yield from (plugin for plugin, _ in manager.list_plugin_distinfo())
    for plugin in manager.get_plugins() - {manager.get_plugin("runner")}:
        home = getattr(plugin, "__name__", None) or type(plugin).__module__
        if home.startswith("_pytest."):
            yield plugin


def _text(report: pytest.CollectReport | pytest.TestReport) -> dict[str, str]:
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    marked = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    reason = crash.message if crash is not None else (marked or text.splitlines() or [""])[-1]
    return {"reason": reason[:TEXT], "text": text[-TEXT:]}


def config() -> str:
    """The settings at the top of the workspace. None is named as such: pytest would look in outer folders."""
    for name, sign in CONFIG.items():
        path = Path(name)
        if path.is_file() and _counts(path.read_text(encoding="utf-8", errors="replace"), sign):
            return name
    return os.devnull


def _counts(text: str, sign: str) -> bool:
    """Whether a line of a settings file begins so, which a comment does not."""
    return not sign or any(line.lstrip().startswith(sign) for line in text.splitlines())


def main(before: Callable[[Recorder], None] | None = None) -> None:
    """Run, with what would make a difference between machines switched off; `before` is for the `Recorder`."""
    record, arguments = Path(sys.argv[1]), sys.argv[2:]
    alone = ["-n0"] if find_spec("xdist") else []  # not `-p no:xdist`: a project's `addopts = -n auto` would break
    without = ["-p", "no:agenttasks", "-p", "no:randomly", "-o", f"cache_dir={record.parent / 'cache'}"]
    own = [*without, "-c", config(), "--rootdir=.", "--confcutdir=.", "--tb=short", "--color=no", "--no-header"]
    sys.path.append(str(Path.cwd()))  # `python -m pytest` has it first; here that is later
    sys.argv = ["pytest", *arguments]
    sys.exit(pytest.main([*own, *arguments, *alone], plugins=[Recorder(record, before)]))
