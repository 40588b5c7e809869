"""The command `agenttasks`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pytest_agenttasks import __version__
from pytest_agenttasks.cli import apply, cassettes, commands, importing, monitor
from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.cli.doctor import DOCTOR
from pytest_agenttasks.cli.durations import DURATIONS
from pytest_agenttasks.cli.report import REPORT
from pytest_agenttasks.cli.validating import VALIDATE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; gives the exit code: 0 done, 1 refused or not all is well, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    split = given.index("--") if "--" in given else len(given)
    parser = _parser()
    options = parser.parse_args(given[:split])
    options.passed_on = given[split + 1 :]
    if options.passed_on and not options.passes_on:
        parser.error("this command starts no pytest, so there is nothing to pass on behind --")
    try:
        result: int = options.run(options)
    except Refused as error:
        print(f"agenttasks: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # a pager that was left
        sys.stderr.close()
        return 0
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("agenttasks", description="Work items for agents, run by pytest.")
    parser.add_argument("--version", action="version", version=f"pytest-agenttasks {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    known = (
        commands.INIT,
        commands.SCHEMA,
        commands.GATEWAY,
        cassettes.CASSETTES,
        importing.IMPORT,
        apply.APPLY,
        monitor.MONITOR,
        DOCTOR,
        VALIDATE,
        REPORT,
        DURATIONS,
    )
    for command in known:
        command.add_to(subparsers)
    return parser
