"""The subcommands of `agenttasks cassettes`: what there is, what is in it, what is wrong with it, and mending that."""

from __future__ import annotations

import argparse

from pytest_agenttasks.cli.cassettes.diff import DIFF
from pytest_agenttasks.cli.cassettes.ls import LS
from pytest_agenttasks.cli.cassettes.prune import PRUNE
from pytest_agenttasks.cli.cassettes.refresh import REFRESH
from pytest_agenttasks.cli.cassettes.show import SHOW
from pytest_agenttasks.cli.cassettes.verify import VERIFY
from pytest_agenttasks.cli.command import Command


def _options(parser: argparse.ArgumentParser) -> None:
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (LS, SHOW, DIFF, VERIFY, PRUNE, REFRESH):
        command.add_to(subparsers)


CASSETTES = Command(
    "cassettes",
    "Look after recordings: list, read, compare, verify, delete, record again.",
    "agenttasks cassettes ls",
    _options,
    lambda _: 2,
)
