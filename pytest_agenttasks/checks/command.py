"""The check `command`: a shell command ends with the exit code that is asked for, and prints what it should."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, one_line
from pytest_agenttasks.checks.occurrences import SEARCHED
from pytest_agenttasks.checks.said import text_problems
from pytest_agenttasks.checks.scratch import scratch

if TYPE_CHECKING:
    from pytest_agenttasks.results import CommandResult
    from pytest_agenttasks.spec import CommandOptions

STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended.

    Attributes:
        result: how.
        output: what it printed, both streams.
        streams: each of them by its name, where they were kept apart.
        cut: names of those that are longer than what is read of them.
    """

    result: CommandResult
    output: str
    streams: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)


def command(options: CommandOptions, place: Place) -> Finding:
    """Run the command and compare.

    A command that is not found (127) is a failure too, and says so: it is as a rule a script that the agent
    should have written, and the shell does not tell this from a program that the machine lacks.
    """
    ran, shown = _run(options, place), one_line(options.run)
    tail, code = last_lines(ran.output), ran.result.exit_code
    if ran.result.timed_out:
        return missed(f"`{shown}` did not end within {options.seconds:g} s", tail)
    if code != options.exit_code:
        expected = f" instead of {options.exit_code}" if options.exit_code else ""
        because = f": {tail[-1]}" if tail else ", without output"
        return missed(f"`{shown}` ended with exit code {code}{expected}{because}", tail[:-1])
    problems = [*_problems(options, ran, shown, place)]
    if problems:
        return missed("; ".join(problems), tail)
    return found(f"`{shown}` ended with exit code {code}" + (", and printed what it should" if ran.streams else ""))


def _run(options: CommandOptions, place: Place) -> Ran:
    if options.stdout is None and options.stderr is None:
        result = place.workspace.execute(options.run, seconds=options.seconds)
        return Ran(result, result.output)
    with scratch() as folder:
        into = " ".join(f"{number}>{shlex.quote(str(folder / name))}" for number, name in enumerate(STREAMS, 1))
        # A line of its own: the shell reads the command only when its output goes to the files already.
        given = f"exec {into}\n{options.run}"
        result = place.workspace.execute(given, seconds=options.seconds, writable=[folder])
        streams = {name: place.workspace.display(_content(folder / name)) for name in STREAMS}
        cut = [name for name in STREAMS if (folder / name).is_file() and (folder / name).stat().st_size > SEARCHED]
    output = "\n".join(text.rstrip("\n") for text in (*streams.values(), result.output) if text.strip())
    return Ran(result, output, streams, cut)


def _content(path: Path) -> str:
    """What was printed, as far as it is searched; nothing where the command has put something else there."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(SEARCHED).decode("utf-8", "replace")


def _problems(options: CommandOptions, ran: Ran, shown: str, place: Place) -> Iterator[str]:
    for name in STREAMS if ran.streams else ():
        expected = getattr(options, name)
        if expected is not None and name in ran.cut:
            yield f"{name} of `{shown}` is longer than {SEARCHED // 2**20} MiB"
        elif expected is not None:
            yield from text_problems(expected, ran.streams[name], f"{name} of `{shown}`", place)
