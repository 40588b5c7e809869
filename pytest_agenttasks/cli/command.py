"""What a subcommand is."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: `options` adds its arguments to a parser, `run` gives its exit code.

    Attributes:
        passes_on: whether what follows a `--` is given to the pytest that it starts.
    """

    name: str
    help: str
    example: str
    options: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int]
    passes_on: bool = False

    def add_to(self, subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Add its parser."""
        parser = subparsers.add_parser(
            self.name,
            help=self.help,
            description=self.help,
            epilog=f"example: {self.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.options(parser)
        parser.set_defaults(run=self.run, passes_on=self.passes_on)


class Refused(Exception):  # noqa: N818 - the command ends with exit code 2
    """A command that cannot do what was asked; the message is for the person who asked."""


def tell(text: str) -> None:
    """Print a line that every terminal can take, on the way to a pager or a file too."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode("utf-8", "backslashreplace").decode().encode(encoding, "replace").decode(encoding))


def visible(text: str) -> str:
    """A text without what would command a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
