"""A scripted provider: plays a model on the shipped tasks, over real HTTP, in OpenRouter's form.

No model stands behind it. What it answers is written down in `tests/scripts/<task file>/<task>.yaml`:

- `task`: the item's name, `turns`: for each variant the list of answers, `faults`: what goes wrong, and when.
- A turn has `content` (what the model says) and `calls`, each `tool: arguments`. Arguments given as a text are sent as
  they are, which is how a model sends broken JSON. A list of texts stands for the texts joined.
- `{solution: FILE, but: {right: wrong}}` stands for a file of the task's solution, in which the model got some places
  wrong.
- `shared` holds what several turns use, by YAML anchors.

`python -m tests.scripted` prints the base URL and serves until it is interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pytest_agenttasks.spec import Task, load_tasks
from tests.provider import Answer, Asked, Json, Provider

HERE = Path(__file__).parent
TASKS = HERE.parent / "tasks"
SCRIPTS = HERE / "scripts"
FAULTS = HERE / "data" / "gateway"

VARIANTS = {
    "google/gemini-2.0-flash-exp:free": "gemini-flash",
    "meta-llama/llama-3.3-8b-instruct:free": "llama-3.3-8b",
}
"""Which variant a model plays, by its id at OpenRouter."""

OTHERS_PLAY = "llama-3.3-8b"
CREATED = 1_760_000_000
"""Seconds since the epoch in every answer, so that a recording does not change with the day."""


@dataclass(frozen=True)
class Fault:
    """What a model answers instead of a turn, `once` or `always`: the first sample in `data/gateway/<answer>.json`."""

    turn: int
    model: str
    answer: str
    times: str

    def __post_init__(self) -> None:
        if self.times not in ("once", "always"):
            raise ValueError(f"times: expected once or always, found {self.times!r}")

    def deliver(self) -> Answer:
        sample = json.loads((FAULTS / f"{self.answer}.json").read_text("utf-8"))[0]
        return Answer(sample["status"], sample["body"], sample["headers"])


@dataclass(frozen=True)
class Script:
    """What the model does on one task; it is known by the first line of the task's prompt."""

    task: str
    first_line: str
    turns: dict[str, list[Json]]
    faults: tuple[Fault, ...] = ()


class ScriptedModel:
    """Answers requests by scripts. Knows nothing of who asks but what the request says.

    The first answer of a conversation is the asked model's variant. After that the conversation goes on as it
    began, whichever model is asked: one that takes over reads what was done and carries on.
    """

    def __init__(self, scripts: list[Script]) -> None:
        self._scripts = scripts
        self._delivered: set[tuple[str, Fault]] = set()
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        model, messages = asked.body.get("model", ""), asked.body.get("messages", [])
        script = self._script(messages)
        if script is None:
            return refusal(404, "no script for this prompt: its first line is in no task under tasks/")
        turn = sum(message["role"] == "assistant" for message in messages)
        fault = self._fault(script, turn, model)
        if fault is not None:
            return fault.deliver()
        variant = begun_by(messages) or VARIANTS.get(model, OTHERS_PLAY)
        turns = script.turns[variant]
        if turn >= len(turns):
            return refusal(400, f"the script of {script.task} for {variant} ends after {len(turns)} turns")
        return Answer(200, completion_body(script, variant, turn, asked.body))

    def _script(self, messages: list[Json]) -> Script | None:
        said = [line.strip() for message in messages if message["role"] == "user" for line in lines_of(message)]
        return next((script for script in self._scripts if script.first_line in said), None)

    def _fault(self, script: Script, turn: int, model: str) -> Fault | None:
        for fault in script.faults:
            with self._lock:
                spent = fault.times == "once" and (script.task, fault) in self._delivered
                if (fault.turn, fault.model) == (turn, model) and not spent:
                    self._delivered.add((script.task, fault))
                    return fault
        return None


def lines_of(message: Json) -> list[str]:
    """The lines of a message's text, whether it is a text or a list of parts."""
    content = message.get("content") or ""
    parts = content if isinstance(content, list) else [{"text": content}]
    return [line for part in parts for line in part.get("text", "").splitlines()]


def begun_by(messages: list[Json]) -> str | None:
    """The variant that a conversation began with: the ids of its tool calls say so."""
    ids = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
    return next((one for one in VARIANTS.values() for given in ids if given.startswith(call_id(one))), None)


def call_id(variant: str, *numbers: int) -> str:
    return "_".join(["call", variant.replace(".", "-"), *map(str, numbers)])


def refusal(status: int, message: str) -> Answer:
    """An error in OpenRouter's form."""
    return Answer(status, {"error": {"code": status, "message": message}, "user_id": "user_scripted"})


def completion_body(script: Script, variant: str, turn: int, request: Json) -> Json:
    """A completion as OpenRouter gives it; the numbers of tokens are a guess of four characters each."""
    planned = script.turns[variant][turn]
    calls = [
        {"index": i, "id": call_id(variant, turn, i), "type": "function", "function": function(call)}
        for i, call in enumerate(planned.get("calls", ()))
    ]
    message = {"role": "assistant", "content": planned.get("content"), "refusal": None, "reasoning": None}
    if calls:
        message["tool_calls"] = calls
    reason = "tool_calls" if calls else "stop"
    prompt, answer = len(json.dumps(request["messages"])) // 4, len(json.dumps(message)) // 4
    digest = hashlib.sha256(f"{script.task} {variant} {turn}".encode()).hexdigest()
    return {
        "id": f"gen-{CREATED}-{digest[:20]}",
        "object": "chat.completion",
        "created": CREATED,
        "model": request["model"],
        "provider": "Scripted",
        "system_fingerprint": None,
        "choices": [
            {"index": 0, "message": message, "finish_reason": reason, "native_finish_reason": reason, "logprobs": None}
        ],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer, "cost": 0,
            "is_byok": False, "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip


def function(call: dict[str, Any]) -> Json:
    """The `function` of a tool call, from `{tool: arguments}`."""
    [(name, arguments)] = call.items()
    if isinstance(arguments, str):
        return {"name": name, "arguments": arguments}
    texts = {key: "".join(value) if isinstance(value, list) else value for key, value in arguments.items()}
    return {"name": name, "arguments": json.dumps(texts)}


def load_scripts(tasks: Path = TASKS, scripts: Path = SCRIPTS) -> list[Script]:
    """The scripts of all tasks.

    Raises:
        ValueError: a script is for no task of the file its folder is named after, or gets wrong what is not there.
    """
    files = {path.stem: {task.name: task for task in load_tasks(path)} for path in sorted(tasks.glob("*.yaml"))}
    found = []
    for path in sorted(scripts.rglob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        known = files.get(path.parent.name, {})
        if data["task"] not in known:
            raise ValueError(f"{path.relative_to(scripts)}: there is no task {data['task']!r}")
        task = known[data["task"]]
        first_line = task.spec.prompt.strip().splitlines()[0]
        faults = tuple(Fault(**fault) for fault in data.get("faults", ()))
        found.append(Script(data["task"], first_line, with_solution(data["turns"], task), faults))
    return found


def with_solution(turns: Any, task: Task) -> Any:
    """The turns, with the files of the task's solution in the places that stand for them."""
    if isinstance(turns, list):
        return [with_solution(one, task) for one in turns]
    if not isinstance(turns, dict):
        return turns
    if "solution" not in turns:
        return {key: with_solution(value, task) for key, value in turns.items()}
    solution = task.spec.solution
    assert solution is not None
    assert solution.from_ is not None
    text = (task.path.parent / solution.from_ / turns["solution"]).read_text("utf-8")
    for right, wrong in turns.get("but", {}).items():
        if text.count(right) != 1:
            raise ValueError(f"{task.name}: {right!r} is not once in {turns['solution']}")
        text = text.replace(right, wrong)
    return text


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.scripted", description="Serve the scripted provider.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; default: a free one")
    with Provider(ScriptedModel(load_scripts()), port=parser.parse_args(arguments).port) as provider:
        sys.stdout.write(f"{provider.base}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
