"""The check `trajectory`: what the agent did on its way, by what its models asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.answer import work_of
from pytest_agenttasks.checks.base import Finding, Place, Work, found, missed, one_line, plural, some
from pytest_agenttasks.checks.searching import Endless, Search, search
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.trajectory import ToolUse, tool_uses

if TYPE_CHECKING:
    from pytest_agenttasks.spec import Bounds, TrajectoryOptions

SHOWN = 10
"""Tools, or commands, that are named."""


def trajectory(options: TrajectoryOptions, place: Place) -> Finding:
    """Tools, commands and amounts are as expected."""
    work = work_of(place)
    if not work.exchanges:
        return missed(f"the agent {work.agent} asked no model: there is no trajectory to look at")
    uses = list(tool_uses(work.exchanges))
    problems = [*_tools(options, uses), *_commands(options, uses, place), *_amounts(options, work)]
    if problems:
        return missed("; ".join(problems), (f"ran: {one_line(use.command)}" for use in uses if use.command))
    return found(f"as expected in {plural(work.result.steps, 'step')}; {_used(uses)}")


def _tools(options: TrajectoryOptions, uses: Sequence[ToolUse]) -> Iterator[str]:
    for tool, times in options.used.items():
        count = sum(_is(use, tool) for use in uses)
        if not times.allows(count):
            yield f"{tool} was used {plural(count, 'time')}, expected {times.told()}; {_used(uses)}"
    there = dict.fromkeys(use.name for use in uses if any(_is(use, tool) for tool in options.unused))
    if there:
        yield f"{some([*there], SHOWN)} was used, expected not; {_used(uses)}"


def _is(use: ToolUse, tool: str) -> bool:
    return fnmatchcase(use.name.casefold(), tool.casefold())


def _used(uses: Sequence[ToolUse]) -> str:
    counted = Counter(use.name for use in uses).most_common()
    return f"used: {some([f'{name} ({count})' for name, count in counted], SHOWN) or 'no tool'}"


def _commands(options: TrajectoryOptions, uses: Sequence[ToolUse], place: Place) -> Iterator[str]:
    commands = [use.command for use in uses if use.command]
    if not options.ran:
        return
    searches = [Search(regex) for regex in options.ran]
    rows = search(place, searches, commands) if commands else []
    if isinstance(rows, Endless):
        yield f"in the command `{one_line(commands[rows.text])}`: {rows}"
        return
    for number, (regex, times) in enumerate(options.ran.items()):
        count = sum(row[number].count > 0 for row in rows)
        if not times.allows(count):
            told = f"{plural(count, 'command')} of {len(commands)} {'matches' if count == 1 else 'match'} {regex!r}"
            yield f"{told}, expected {times.told()}"


def _amounts(options: TrajectoryOptions, work: Work) -> Iterator[str]:
    answered = [one for one in work.exchanges if one.answer]
    if options.steps is not None:
        yield from _amount("step", work.result.steps, options.steps)
    if options.calls is not None:
        yield from _amount("call", len(answered), options.calls)
    if options.tokens is not None:
        tokens = sum(sum(one.tokens) for one in answered)
        too_many = options.tokens.high is not None and tokens > options.tokens.high
        if not too_many and any(not sum(one.tokens) for one in answered):
            raise CheckError("a provider did not tell how many tokens a call took: use `calls` or `steps`")
        yield from _amount("token", tokens, options.tokens)


def _amount(what: str, number: int, bounds: Bounds) -> Iterator[str]:
    if not bounds.allows(number):
        yield f"{plural(number, what)}, expected {bounds.told()}"
