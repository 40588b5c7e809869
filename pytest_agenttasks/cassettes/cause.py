"""What brought a drift about, in words, where it can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pytest_agenttasks.cassettes.asked import Asked, Message, canonical
from pytest_agenttasks.cassettes.normalise import first_text, is_tool_output
from pytest_agenttasks.cassettes.uses import member, use_of, uses_before
from pytest_agenttasks.results import Json

ONLY_READ = frozenset({"read_file"})
"""Tools that change nothing: what they say first is what the workspace began with."""


Content = Callable[[], Mapping[str, str]]
"""Gives hashes of the task's `prompt`, its `agent` and its `workspace`: what a header has under `content`."""


@dataclass(frozen=True)
class Circumstances:
    """What is known of a recording and of its replay, beside the requests.

    Attributes:
        recorded: header of the cassette.
        now: the header that a recording of today would get.
        prompt: the task's prompt of today, as it would stand in a request; empty where nobody knows.
        content: hashes of today, asked for only where there is something to explain.
    """

    recorded: Json = field(default_factory=dict)
    now: Json = field(default_factory=dict)
    prompt: str = ""
    content: Content = dict

    @cached_property
    def changed(self) -> Mapping[str, bool]:
        """What the hashes know of → whether it changed since the recording."""
        recorded, today = self.recorded.get("content"), self.content()
        if not isinstance(recorded, Mapping):
            return {}
        return {name: recorded[name] != digest for name, digest in today.items() if name in recorded}

    def differ_in(self, name: str) -> bool:
        """Whether both headers have this, and it is not the same."""
        return name in self.recorded and name in self.now and self.recorded[name] != self.now[name]


def causes(old: Asked, new: Asked, about: Circumstances) -> list[str]:
    """What made a request differ from a recorded one, the surest first; empty where it cannot be told."""
    found = list(_of_headers(about))
    index = _first_changed(old.messages, new.messages)
    if index is not None:
        found += _of_message(old.messages, new.messages, index, about)
    found += _of_params(old.params, new.params, about)
    return list(dict.fromkeys(found))


def causes_for_judge(old: Asked, new: Asked, about: Circumstances) -> list[str]:
    """The same of what a judge asks: first its rubric, then what it is shown."""
    found = []
    if _differ(old.params, new.params, "model"):
        found.append(f"the judge: {old.params.get('model')} was asked, and this asks {new.params.get('model')}")
    index = _first_changed(old.messages, new.messages)
    if about.changed.get("prompt"):
        found.append("the task file: the prompt, which the judge is told, is another one")
    elif index == 0:
        found.append("the task file: the rubric is another one" + _version(about))
    elif index == 1:
        found.append("what the judge is shown is not what was judged")
    return found


def _first_changed(old: Sequence[Message], new: Sequence[Message]) -> int | None:
    """Index of the first message that differs; None if only their number does."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (was, now) in pairs if was.exact != now.exact), None)


def why_output_differs(messages: Sequence[Message], index: int, about: Circumstances) -> str:
    """Why the tool output at `index` is another one; empty where it cannot be told."""
    if path := _read_at_first(messages, index):
        return f"the workspace begins with another {path}"
    return "the workspace begins with other files" if about.changed.get("workspace") else ""


def _read_at_first(messages: Sequence[Message], index: int) -> str:
    """The file of the workspace that the tool output at `index` shows as it was at the beginning; empty if none.

    Told only where no tool that may have changed it was used before.
    """
    use = use_of(messages, index)
    before = {one.name for one in uses_before(messages, index)}
    path = use.arguments.get("path")
    return path if use.name in ONLY_READ and before <= ONLY_READ and isinstance(path, str) else ""


def _of_headers(about: Circumstances) -> Iterator[str]:
    if about.differ_in("agent"):
        yield f"it was recorded with the agent {about.recorded['agent']}, and this is {about.now['agent']}"
    elif about.changed.get("agent"):
        yield f"the agent {about.recorded.get('agent', 'of the task')} is not what it was" + _version(about)
    if about.changed.get("prompt"):
        yield "the task file: the prompt is another one"


def _of_message(old: Sequence[Message], new: Sequence[Message], index: int, about: Circumstances) -> Iterator[str]:
    was, now = old[index].value, new[index].value
    role = member(now, "role")
    begins = not any(member(message.value, "role") == "assistant" for message in new[:index])
    if is_tool_output(was) and is_tool_output(now):
        yield why_output_differs(new, index, about) or _of_output(new, index, about)
    elif begins and role == "user":
        if not about.changed.get("prompt"):
            yield _of_prompt(first_text(was) if isinstance(was, dict) else "", first_text(now), about.prompt)
    elif begins and role in ("system", "developer"):
        yield "the agent's instructions" + _version(about)
    elif role == "assistant":
        yield "the agent tells its model another answer than it got" + _version(about)


def _of_output(messages: Sequence[Message], index: int, about: Circumstances) -> str:
    says = f"{use_of(messages, index)} says something else"
    if about.changed.get("workspace") is False:
        return f"the environment: {says}, though the workspace begins with the same files"
    return f"the environment, or what the workspace begins with: {says}"


def _of_prompt(was: str, now: str, prompt: str) -> str:
    if prompt and prompt in now:
        if prompt not in was:
            return "the task file: the prompt is another one"
        return "the agent: the task's prompt is the same, and what it adds is not"
    return "the task's prompt, or what the agent makes of it"


def _of_params(old: Json, new: Json, about: Circumstances) -> Iterator[str]:
    if _differ(old, new, "model"):
        yield f"the preset: it was recorded on {old.get('model')}, and this asks {new.get('model')}"
    if _differ(old, new, "tools"):
        yield "the agent's tools" + _version(about)
    others = {*old, *new} - {"model", "tools"}
    if any(_differ(old, new, name) for name in others):
        yield "the agent's parameters" + _version(about)


def _differ(old: Json, new: Json, name: str) -> bool:
    return canonical([name in old, old.get(name)]) != canonical([name in new, new.get(name)])


def _version(about: Circumstances) -> str:
    if not about.differ_in("plugin"):
        return ""
    return f": recorded with pytest-agenttasks {about.recorded['plugin']}, and this is {about.now['plugin']}"
