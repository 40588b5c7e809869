"""`agenttasks monitor`: how a run stands, from another terminal."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from pytest_agenttasks.cli.command import Command, Refused
from pytest_agenttasks.cli.monitor.document import document
from pytest_agenttasks.cli.monitor.look import Look
from pytest_agenttasks.exceptions import RunFolderError
from pytest_agenttasks.runs import LATEST, base_of, find_run

LOOKS_EVERY = 0.5
"""Seconds."""


def monitor(options: argparse.Namespace) -> int:
    """Show a run until it is over, or once: one that is over, or where nobody sits at a terminal."""
    try:
        look = Look(find_run(base_of(Path.cwd()), options.run_name))
    except RunFolderError as error:
        raise Refused(str(error)) from None
    if not look.is_one:
        raise Refused(f"{look.path} is no run: there is neither a run.json nor a result in it")
    if options.json:
        print(json.dumps(document(look), indent=1))
        return 0
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    if look.goes_on and not options.once and sys.stdout.isatty():
        _follow(look)
    _print(look)
    return 0


def _follow(look: Look) -> None:
    """Show it on the whole terminal, until it is over or Ctrl-C."""
    from rich.console import Console
    from rich.live import Live

    from pytest_agenttasks.cli.monitor.view import view

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the terminal is left clean
    console = Console(highlight=False)
    with suppress(KeyboardInterrupt), Live(console=console, screen=True, auto_refresh=False) as live:
        while look.goes_on:
            live.update(view(look, console.width, console.height), refresh=True)
            time.sleep(LOOKS_EVERY)
            look.again()


def _print(look: Look) -> None:
    from rich.console import Console

    from pytest_agenttasks.cli.monitor.view import LOG_WIDTH, PRINTED, view

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, LOG_WIDTH)
    console.print(view(look, console.width, PRINTED))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run_name",
        nargs="?",
        default=LATEST,
        metavar="RUN",
        help="id of a run, what it begins with, or its folder (default: the latest one)",
    )
    parser.add_argument("--once", action="store_true", help="print how it stands now, and end")
    parser.add_argument("--json", action="store_true", help="likewise, as a JSON document")


MONITOR = Command(
    "monitor",
    "Watch a run from another terminal: tasks, workers, models, cooldowns, spend. Ctrl-C leaves it; the run goes on.",
    "agenttasks monitor",
    _options,
    monitor,
)
