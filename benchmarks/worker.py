"""A worker process: `python -m benchmarks.worker`. Takes jobs as lines of JSON, tells each result as one.

A setup has a `kind` (see `benchmarks.contenders`) and what that needs, and holds until the next one; the answer to it
is `{"ready": true}`. A job is `{"task": number, "calls": how many}`; the result
`{"task", "outcome": done | quota | lost, "why", "seconds": of each call, "cpu": seconds of processor time}`.
"""

from __future__ import annotations

import json
import os
import sys
import time

from benchmarks.contenders import Ask, contender
from benchmarks.table import Json

PROMPT = "You are a careful engineer. Work on the repository in /workspace with the tools you have. " * 12
TASK = "Write the function that the test in tests/test_money.py asks for, then run it. " * 4
PARAMETERS = {"type": "object", "properties": {"path": {"type": "string"}, "content": {"type": "string"}}}
TOOLS: list[Json] = [
    {"type": "function", "function": {"name": name, "description": f"{name} in /workspace", "parameters": PARAMETERS}}
    for name in ("read_file", "write_file", "list_files", "run", "finish")
]
"""As many as an agent of this project sends."""


def main() -> None:
    """Serve until stdin ends."""
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries that print must not come between the lines
    for line in sys.stdin:
        given = json.loads(line)
        if "kind" in given:
            ask = contender(given)
            answer: Json = {"ready": True}
        else:
            cpu = time.process_time()
            answer = {**work(ask, given), "cpu": time.process_time() - cpu}
        print(json.dumps(answer), file=told, flush=True)


def work(ask: Ask, job: Json) -> Json:
    """One task: a conversation of so many calls, each after the one before."""
    messages = conversation(job["task"])
    result: Json = {"task": job["task"], "outcome": "done", "why": "", "seconds": []}
    last = None
    for _ in range(job["calls"]):
        started = time.perf_counter()
        said = ask(job["task"], {"messages": messages, "tools": TOOLS}, last)
        result["seconds"].append(time.perf_counter() - started)
        if said.outcome != "done":
            return result | {"outcome": said.outcome, "why": said.text}
        last = said.served
        messages += [{"role": "assistant", "content": said.text}, {"role": "user", "content": "Go on."}]
    return result


def conversation(task: int) -> list[Json]:
    """How a task begins."""
    return [{"role": "system", "content": PROMPT}, {"role": "user", "content": f"{task}: {TASK}"}]


if __name__ == "__main__":
    main()
