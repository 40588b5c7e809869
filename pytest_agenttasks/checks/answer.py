"""The check `answer`: the agent's final words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, Work, found, last_lines, missed, one_line
from pytest_agenttasks.checks.expected import data_problems
from pytest_agenttasks.checks.reading import Unreadable, read_json
from pytest_agenttasks.checks.said import text_problems
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import AnswerOptions

_FENCED = re.compile(r"^```[^\n`]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)

NAME = "the answer"


def answer(options: AnswerOptions, place: Place) -> Finding:
    """The final answer is as expected."""
    work = work_of(place)
    text = work.result.answer
    if not text.strip():
        return missed(f"the agent {work.agent} gave no answer{_because(work)}")
    problems = [*text_problems(options, text, NAME, place), *_json_problems(options, text, place)]
    if problems:
        return missed("; ".join(problems), [f"the answer: {one_line(text)}", *last_lines(text)[1:]])
    return found(f"the answer is as expected: {one_line(text)}")


def work_of(place: Place) -> Work:
    """What the agent did.

    Raises:
        CheckError: only the workspace is there.
    """
    if place.work is None:
        raise CheckError("what the agent did is not known here, only the workspace that it left")
    return place.work


def _because(work: Work) -> str:
    stopped = work.result.stopped
    return f": it was ended by {stopped}" if stopped not in ("", "finished") else ""


def _json_problems(options: AnswerOptions, text: str, place: Place) -> Iterator[str]:
    if options.json_ is None:
        return
    try:
        data = read_json(_json_in(text))
    except Unreadable as error:
        yield f"{NAME} is {error}"
        return
    yield from data_problems(options.json_, {NAME: data}, place)


def _json_in(text: str) -> str:
    """The only fenced block, where there is one; else all of it."""
    fenced = _FENCED.findall(text)
    return fenced[0] if len(fenced) == 1 else text
