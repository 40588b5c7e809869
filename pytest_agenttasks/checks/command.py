"""The check `command`: a shell command ends with the exit code that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, last_lines, missed, one_line

if TYPE_CHECKING:
    from pytest_agenttasks.spec import CommandOptions


def command(options: CommandOptions, place: Place) -> Finding:
    """Run the command and compare.

    A command that is not found (127) is a failure too, and says so: it is as a rule a script that the agent
    should have written, and the shell does not tell this from a program that the machine lacks.
    """
    result = place.workspace.execute(options.run, seconds=options.seconds)
    shown = one_line(options.run)
    if result.timed_out:
        return missed(f"`{shown}` did not end within {options.seconds:g} s", last_lines(result.output))
    if result.exit_code == options.exit_code:
        return found(f"`{shown}` ended with exit code {result.exit_code}")
    tail = last_lines(result.output)
    expected = f" instead of {options.exit_code}" if options.exit_code else ""
    because = f": {tail[-1]}" if tail else ", without output"
    return missed(f"`{shown}` ended with exit code {result.exit_code}{expected}{because}", tail[:-1])
