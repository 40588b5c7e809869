"""What the controller shows while tasks run: a live line on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.config import settings_of
from pytest_agenttasks.ini import seconds_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_agenttasks.controller import Controller
    from pytest_agenttasks.runs import Watch
    from pytest_agenttasks.watching import Every, GatewayWatch, Row

REPAINTED = 0.25
"""Seconds between two looks of the live line at the run."""

ASKED = 2.0
"""Seconds between two looks at the gateway."""


class Live:
    """Registered in the controller only. Nothing happens before tasks are known."""

    def __init__(self, config: pytest.Config, controller: Controller) -> None:
        self._config, self._controller = config, controller
        self._showing: Every | None = None
        self._asking: Every | None = None
        self._watch: Watch | None = None
        self._gateway: GatewayWatch | None = None
        self._row: Row | None = None
        self._output: int | None = None
        self._lock = threading.Lock()
        self._paused = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """Begin where the tasks are known already, and end before anything is said of the run as a whole."""
        self._begin()
        try:
            return (yield)
        finally:
            self._end()

    @pytest.hookimpl(optionalhook=True, trylast=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Under xdist they are known when the first worker has collected them."""
        self._begin()

    def pytest_enter_pdb(self) -> None:
        """The terminal is the debugger's."""
        with self._lock:
            self._paused = True
            if self._row is not None:
                self._row.leave()

    def pytest_leave_pdb(self) -> None:
        """And ours again."""
        self._paused = False

    def _begin(self) -> None:
        if self._watch is not None or not self._controller.plans:
            return
        from pytest_agenttasks.runs import Watch

        run = settings_of(self._config).run.path
        watch = Watch(run)
        if not watch.facts or not watch.facts.tasks:
            return  # they are only looked at
        self._watch = watch
        self._ask_gateway(run)
        if self._config.getini("agenttasks_live") != "off":
            self._show()

    def _ask_gateway(self, run: Path) -> None:
        from pytest_agenttasks.watching import Every, GatewayWatch

        client = settings_of(self._config).client()
        plans = self._controller.plans.values()
        chains = [plan.chain for plan in plans if plan.live and plan.chain]
        chains += [judge.chain for plan in plans if plan.asks_judges for judge in plan.judges]
        if client is not None and chains:
            presets = list(dict.fromkeys(preset.name for chain in chains for preset in chain.live))
            self._gateway = GatewayWatch(client, presets, run)
            self._asking = Every(ASKED, self._gateway.look)

    def _show(self) -> None:
        from pytest_agenttasks.watching import Every, Row, can_have_row

        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        output = None if reporter is None or self._config.option.verbose < -1 else _output()
        if output is None:
            return
        self._output = output
        if os.isatty(output) and can_have_row(os.environ):
            colour = self._config.get_terminal_writer().hasmarkup
            self._row = Row(output, colour=colour, encoding=sys.stdout.encoding or "utf-8")
            self._showing = Every(REPAINTED, self._repaint)
        elif every := seconds_of(self._config, "agenttasks_log_every"):
            self._showing = Every(every, self._log)

    def _repaint(self) -> None:
        from pytest_agenttasks.watching import fitted

        with self._lock:
            width = self._row.width if self._row is not None and not self._paused else None
            if self._row is not None and width is not None:
                self._row.show(fitted(self._line(), width))
            elif self._row is not None:
                self._row.leave()  # the terminal has become too small

    def _log(self) -> None:
        from pytest_agenttasks.watching import encoded, fitted

        if self._output is None or self._paused:
            return
        begun = self._config.get_terminal_writer().width_of_current_line
        text = f"[{time.strftime('%H:%M')}] {fitted(self._line())}\n"
        with suppress(OSError):
            os.write(self._output, encoded(f"\n{text}" if begun else text, sys.stdout.encoding or "utf-8"))

    def _line(self) -> Any:
        from pytest_agenttasks.watching import line

        assert self._watch is not None
        self._watch.look()
        return line(self._watch.status, time.time(), self._gateway.facts if self._gateway else None)

    def _end(self) -> None:
        if self._asking is not None:
            self._asking.end(patience=0)
        over = self._showing is None or self._showing.end()
        if self._row is not None:
            self._row.leave()
        if self._output is not None and over:
            os.close(self._output)
        self._asking = self._showing = self._row = self._output = None


def _output() -> int | None:
    """The terminal or log that pytest writes to, out of reach of its capturing; None if it writes into a buffer."""
    try:
        return os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return None
