"""The command `agenttasks`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pytest_agenttasks import __version__
from pytest_agenttasks.cli import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; gives the exit code: 0 done, 1 refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    result: int = options.run(options)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("agenttasks", description="Work items for agents, run by pytest.")
    parser.add_argument("--version", action="version", version=f"pytest-agenttasks {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (commands.INIT, commands.SCHEMA, commands.GATEWAY):
        sub = subparsers.add_parser(
            command.name,
            help=command.help,
            description=command.help,
            epilog=f"example: {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.options(sub)
        sub.set_defaults(run=command.run)
    return parser
