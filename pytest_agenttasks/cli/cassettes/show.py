"""`agenttasks cassettes show`: a recording as a conversation."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_agenttasks.calls import Attempt
from pytest_agenttasks.cassettes import Recording, Step, is_cassette, tokens_of
from pytest_agenttasks.cli.cassettes.entries import chosen, entries_of
from pytest_agenttasks.cli.cassettes.ls import shown_size
from pytest_agenttasks.cli.cassettes.project import project_here
from pytest_agenttasks.cli.command import Command, Refused, tell, visible
from pytest_agenttasks.exceptions import CassetteError
from pytest_agenttasks.reports.properties import cost
from pytest_agenttasks.reports.rows import duration, number
from pytest_agenttasks.results import Json

MOST_LINES = 12
"""Lines of a text that are shown."""

MOST_LETTERS = 1000
"""Characters of a text that are shown."""


def show(options: argparse.Namespace) -> int:
    """Print it."""
    path = _file(options)
    try:
        recording = Recording.read(path)
    except CassetteError as error:
        raise Refused(f"{path}: {error}") from None
    tell(str(path))
    for line in told(recording, full=options.full):
        tell(line)
    return 0


def told(recording: Recording, *, full: bool = False) -> Iterator[str]:
    """Lines that tell a recording: its header, then each call with what it adds.

    Args:
        recording: what is in the file.
        full: whether long texts are told in full.
    """
    for name, value in recording.header.items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        yield f"  {name + ':':10} {visible(text)}"
    used = f"{recording.tokens:,} tokens, ${cost(recording.cost_usd)}".replace("$unknown", "unknown cost")
    yield f"  {'holds:':10} {number(len(recording.calls), 'call')}, {used}, {shown_size(recording.size)}"
    texts = _Texts(full)
    params: Json = {}
    for step in recording.steps:
        yield ""
        whose = ", of a judge" if step.by_judge else ""
        yield f"call {step.number} of {len(recording.calls)}{whose}: {_outcome(step)}"
        yield from _attempts(step)
        if step.params != params:
            yield f"  asks with {visible(_params(step.params))}"
            params = step.params
        if step.begins_anew is not None:
            yield f"  begins anew after {number(step.begins_anew, 'message')}"
        for message in step.added:
            yield from texts.message(message)
        yield from texts.message({"role": "answer", **{k: v for k, v in step.answer.items() if k != "role"}})
        if not step.answer:
            yield from texts.text(json.dumps(step.body.get("error", step.body), ensure_ascii=False), "    ")


def _outcome(step: Step) -> str:
    prompt, completion = tokens_of(step.body)
    by = f"answered by {step.facts.answered_by}" if step.facts.answered_by else f"no answer, status {step.status}"
    spent = "cost unknown" if step.facts.cost_usd is None else f"${cost(step.facts.cost_usd)}"
    waited = f" · waited {duration(step.facts.waited_s)}" if step.facts.waited_s else ""
    return f"{by} · {prompt:,} + {completion:,} tokens · {spent}{waited}"


def _attempts(step: Step) -> Iterator[str]:
    """How it came about, where it took more than one attempt."""
    if len(step.facts.attempts) > 1 or any(attempt.reason for attempt in step.facts.attempts):
        for attempt in step.facts.attempts:
            yield f"  asked {attempt.model}: {_attempt(attempt)}"


def _attempt(attempt: Attempt) -> str:
    said = f"{attempt.reason} ({attempt.status or 'no answer'})" if attempt.reason else attempt.verdict
    account = f", account {attempt.account}" if attempt.account else ""
    waited = f", after {duration(attempt.waited_s)}" if attempt.waited_s else ""
    return f"{said}{account}{waited}"


def _params(params: Json) -> str:
    """Parameters in a line, tools by their names."""
    shown = {name: value for name, value in params.items() if name != "tools"}
    tools = params.get("tools")
    if isinstance(tools, list):
        shown["tools"] = [_name(tool) for tool in tools]
    return ", ".join(f"{k} {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for k, v in shown.items())


def _name(tool: Any) -> str:
    function = tool.get("function") if isinstance(tool, dict) else None
    return str(function.get("name")) if isinstance(function, dict) else "?"


@dataclass(frozen=True)
class _Texts:
    """Messages as lines; long texts are cut unless all is wanted."""

    full: bool

    def message(self, message: Any) -> Iterator[str]:
        if not isinstance(message, dict):
            yield from self.text(json.dumps(message, ensure_ascii=False), "    ")
            return
        role = str(message.get("role"))
        hidden = {"role", "content", "tool_calls", "tool_call_id"}
        if role != "answer" or len(message) > 1:
            yield f"  {role}:"
        yield from self.content(message.get("content"))
        for call in message.get("tool_calls") or ():
            yield from self.call(call)
        for name, value in message.items():
            if name not in hidden and value not in (None, "", [], {}):
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                yield from self.text(f"({name}) {text}", "    ")

    def content(self, content: Any) -> Iterator[str]:
        if isinstance(content, str):
            yield from self.text(content, "    ")
        for part in content if isinstance(content, list) else ():
            is_text = isinstance(part, dict) and isinstance(part.get("text"), str)
            yield from self.text(part["text"] if is_text else json.dumps(part, ensure_ascii=False), "    ")

    def call(self, call: Any) -> Iterator[str]:
        """A tool call: its arguments one below the other, so that a program in one of them can be read."""
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            yield from self.text(json.dumps(call, ensure_ascii=False), "    ")
            return
        yield f"    → {visible(str(function.get('name')))}"
        raw = function.get("arguments")
        try:
            arguments = json.loads(raw or "{}")
        except (TypeError, ValueError):
            arguments = None
        if not isinstance(arguments, dict):
            yield from self.text(str(raw), "      ")
            return
        for name, value in arguments.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield from self.text(f"{name}:{chr(10) if chr(10) in text else ' '}{text}", "      ")

    def text(self, text: str, indent: str) -> Iterator[str]:
        if not text:
            return
        shown = text if self.full else "\n".join(text[:MOST_LETTERS].split("\n")[:MOST_LINES])
        for line in shown.rstrip("\n").split("\n"):
            yield f"{indent}{visible(line)}".rstrip()
        left = len(text[len(shown) :].rstrip())
        if left:
            lines = text[len(shown) :].strip("\n").count("\n") + 1
            yield f"{indent}[… {number(lines, 'line')}, {left:,} characters left out; --full shows them]"


def _file(options: argparse.Namespace) -> Path:
    """The file that is meant: itself, or the cassette of a task on the preset that it would ask, or on the only one."""
    path = Path(options.cassette)
    if path.is_file() and (is_cassette(path) or "--" in path.stem):
        return path
    project = project_here(options.passed_on)
    entries = chosen(entries_of(project), [options.cassette], project)
    named = [entry for entry in entries if options.preset in (None, entry.preset)]
    fits = [entry for entry in named if entry.current] if len(named) > 1 else named
    if len(fits) == 1:
        return Path(project.shown(fits[0].path))
    lines = [f"  {project.shown(entry.path)}" for entry in named or entries]
    what = "several cassettes belong to it; name one" if named else f"none of them is on {options.preset}"
    raise Refused("\n".join([f"{options.cassette}: {what}:", *lines]))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cassette", metavar="FILE|TASK", help="a cassette, or a task: its node id or its name")
    parser.add_argument("--preset", metavar="NAME", help="of a task's cassettes the one on this preset")
    parser.add_argument("--full", action="store_true", help="long texts in full")


SHOW = Command(
    "show",
    "Print a recording as a conversation: what was added, answered, by whom, for how much.",
    "agenttasks cassettes show tasks/hello.yaml::hello",
    _options,
    show,
    passes_on=True,
)
