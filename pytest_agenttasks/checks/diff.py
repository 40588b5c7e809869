"""The check `diff`: what was changed since the agent began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed, plural, some
from pytest_agenttasks.workspace import matches_any

if TYPE_CHECKING:
    from pytest_agenttasks.spec import DiffOptions
    from pytest_agenttasks.workspace import Change

SHOWN = 10
"""Files that are named."""


def diff(options: DiffOptions, place: Place) -> Finding:
    """What was changed is what may be and what must be. `tests/` stands for `tests/**`."""
    changed = place.workspace.changed()
    wrong = [*_by_name(options, changed), *_by_size(options, place)]
    if wrong:
        return missed(wrong[0], [f"also: {one}" for one in wrong[1:]])
    within = f", all within {', '.join(options.only)}" if options.only else ""
    return found(f"{plural(len(changed), 'file')} changed{within}")


def _by_name(options: DiffOptions, changed: Sequence[str]) -> Iterator[str]:
    outside = [name for name in changed if options.only and not matches_any(options.only, name)]
    if outside:
        yield f"changed outside {', '.join(options.only)}: {some(outside, SHOWN)}"
    forbidden = [name for name in changed if matches_any(options.never, name)]
    if forbidden:
        yield f"changed what must stay as it was ({', '.join(options.never)}): {some(forbidden, SHOWN)}"
    lacking = [glob for glob in options.must if not any(matches_any([glob], name) for name in changed)]
    if lacking:
        yield f"nothing was changed in {', '.join(lacking)}; changed: {some(changed, SHOWN) or 'nothing'}"


def _by_size(options: DiffOptions, place: Place) -> Iterator[str]:
    if options.max_files is None and options.min_lines is None and options.max_lines is None:
        return
    changes = place.workspace.changes()
    count = sum(not change.moved_to for change in changes)
    if options.max_files is not None and count > options.max_files:
        names = [change.name for change in changes if not change.moved_to]
        yield f"{plural(count, 'file')} changed, expected at most {options.max_files}: {some(names, SHOWN)}"
    lines = sum(change.lines or 0 for change in changes)
    if options.min_lines is not None and lines < options.min_lines:
        yield f"{plural(lines, 'line')} changed, expected at least {options.min_lines}{_uncounted(changes)}"
    if options.max_lines is not None and lines > options.max_lines:
        yield f"{plural(lines, 'line')} changed, expected at most {options.max_lines}: {_largest(changes)}"


def _uncounted(changes: Sequence[Change]) -> str:
    binary = [change.name for change in changes if change.lines is None]
    return f"; binary or too big to count: {some(binary, SHOWN)}" if binary else ""


def _largest(changes: Sequence[Change]) -> str:
    sizes = sorted(((change.lines or 0, change.name) for change in changes), reverse=True)
    return some([f"{name} ({lines})" for lines, name in sizes if lines], SHOWN)
