"""litellm without a gateway: `python -m benchmarks.alone`, so many calls at once in one process and event loop.

Speaks the workers' protocol; a job is `{"task", "calls", "at_once"}`: each of `at_once` conversations has `calls`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from benchmarks.contenders import SECONDS
from benchmarks.table import Json
from benchmarks.worker import TOOLS, conversation
from benchmarks.world import KEY
from pytest_agenttasks.gateway.upstream import Litellm


async def main() -> None:
    """Serve until stdin ends."""
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    setup = json.loads(await _line())
    loading = Litellm()
    loading.start()
    await loading.loaded()
    print(json.dumps({"ready": True}), file=told, flush=True)
    while line := await _line():
        job = json.loads(line)
        cpu = time.process_time()
        talks = await asyncio.gather(*(_talk(setup, n, job["calls"]) for n in range(job["at_once"])))
        seconds = [one for talk in talks for one in talk]
        result = {"task": job["task"], "outcome": "done", "why": "", "seconds": seconds,
                  "cpu": time.process_time() - cpu}  # fmt: skip
        print(json.dumps(result), file=told, flush=True)


async def _talk(setup: Json, task: int, calls: int) -> list[float]:
    import litellm

    # As `gateway.upstream` asks: one attempt, no retries, whole answers.
    fixed = {
        "model": setup["model"], "api_base": setup["api_base"], "api_key": KEY, "timeout": SECONDS, "max_retries": 0,
        "num_retries": 0, "drop_params": True, "stream": False, "tools": TOOLS,
    }  # fmt: skip
    messages, seconds = conversation(task), []
    for _ in range(calls):
        started = time.perf_counter()
        answer = await litellm.acompletion(**fixed, messages=messages)
        text = answer.choices[0].message.content
        seconds.append(time.perf_counter() - started)
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    return seconds


async def _line() -> str:
    return await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main())
