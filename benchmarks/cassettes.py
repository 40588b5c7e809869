"""Cassettes beside vcrpy as it comes: size, time to open, time to find a call.

Times are of the processor: all work is done by one thread, and so what else the machine does matters little.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.plan import Plan
from benchmarks.table import Json, Row
from benchmarks.worker import TOOLS
from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import Normaliser, open_cassette
from pytest_agenttasks.scrub import Secrets

STEPS = 10
"""Calls of a conversation where their number varies."""

CALLS = (10, 100, 1000)
LONG = 30
"""Calls of the conversation whose size is compared with what is said in it."""

MEGABYTES = 5
LINE = "    {a}, {b} = {a}.{c}({b!r})  # {d}\n"


@dataclass(frozen=True)
class Asked:
    """A call: the body of the request, and the answer."""

    body: Json
    reply: Reply


def rows(plan: Plan) -> Iterator[Row]:
    """Everything; vcrpy beside it unless peers are left out."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cassette.yaml")
        yield _size(file, plan)
        first = 0.0
        for number in CALLS[:2] if plan.quick else CALLS:
            calls = [call for n in range(number // STEPS) for call in conversation(n, STEPS, 1000)]
            for row in _compared(file, plan, calls):
                yield row
            first = first or row.value
        yield Row("cassettes.find.growth", f"last of {number} calls: time to answer over the last of {CALLS[0]}",
                  row.value / first, "×", 1.5)  # fmt: skip
        yield _opened(file, "open", 8000, 0.15)
        if not plan.quick:
            yield _opened(file, "open-small", 600)


def conversation(number: int, steps: int, size: int) -> list[Asked]:
    """A task as an agent does it: each request repeats all before it; outputs of so many letters."""
    source = random.Random(f"{number} {steps} {size}")
    messages: list[Json] = [{"role": "system", "content": "You work in a folder.\nBe careful.\n"},
                            {"role": "user", "content": f"Do task {number}.\n"}]  # fmt: skip
    calls = []
    for step in range(steps):
        reply = _reply(f"{number}_{step}", source)
        calls.append(Asked({"model": "model", "messages": list(messages), "tools": TOOLS}, reply))
        said = reply.body["choices"][0]["message"]
        tool = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": _output(source, size)}
        messages += [said, tool]
    return calls


def _reply(name: str, source: random.Random) -> Reply:
    arguments = json.dumps({"command": f"sed -n {source.randrange(10**6)}p file.py | head -{source.randrange(99)}"})
    call = {"id": f"call_{name}", "type": "function", "function": {"name": "bash", "arguments": arguments}}
    message = {"role": "assistant", "content": f"I look at place {name}.", "tool_calls": [call]}
    attempt = {"model": "openrouter/some/model", "status": 200, "verdict": "answered", "scope": None, "reason": "",
               "waited_s": 0.0}  # fmt: skip
    facts = {"requested": "model", "served": "openrouter/some/model", "attempts": [attempt], "cost_usd": 0.0}
    return Reply(200, {
        "id": f"gen-{name}", "object": "chat.completion", "created": 1760000000, "model": "some/model",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"completion_tokens": 104, "prompt_tokens": 1062, "total_tokens": 1166}, "agenttasks": facts,
    })  # fmt: skip


def _output(source: random.Random, size: int) -> str:
    names = [f"name_{source.randrange(10**4)}" for _ in range(40)]
    lines = (LINE.format(**{letter: source.choice(names) for letter in "abcd"}) for _ in range(size // 60))
    return "".join(lines)


def _size(file: Path, plan: Plan) -> Row:
    calls = conversation(0, LONG, 2000)
    said = {json.dumps(one, ensure_ascii=False) for call in calls for one in (call.reply.body, TOOLS)}
    said |= {json.dumps(m, ensure_ascii=False) for m in calls[-1].body["messages"] if m["role"] != "assistant"}
    unique = sum(len(one.encode()) for one in said)
    _record(file, calls)
    ours = file.stat().st_size
    beside = {"vcrpy": _vcrpy_record(file, calls) / unique} if plan.peers else {}
    return Row("cassettes.size", f"conversation of {LONG} calls: file over what is said in it, each thing once",
               ours / unique, "×", 1.3, beside=beside, detail={"bytes": ours, "unique": unique})  # fmt: skip


def _compared(file: Path, plan: Plan, calls: Sequence[Asked]) -> Iterator[Row]:
    """Size, time to open, time to answer the last call."""
    _record(file, calls)
    size, opening, last = file.stat().st_size, _timed(lambda: _opens(file)), _timed_last(file, calls)
    beside: list[dict[str, float]] = [{}, {}, {}]
    if plan.peers:
        vcrpy = _vcrpy_record(file, calls), _timed(lambda: _vcrpy_opens(file)), _vcrpy_timed_last(file, calls)
        beside = [{"vcrpy": vcrpy[0] / 1000}, {"vcrpy": vcrpy[1] * 1000}, {"vcrpy": vcrpy[2] * 1000}]
    name, what = f"cassettes.{len(calls)}", f"{len(calls)} calls in conversations of {STEPS}"
    yield Row(f"{name}.size", f"{what}: size of the file", size / 1000, "kB", beside=beside[0])
    yield Row(f"{name}.open", f"{what}: time to open it", opening * 1000, "ms", beside=beside[1])
    yield Row(f"{name}.find", f"{what}: time to answer the last", last * 1000, "ms", beside=beside[2])


def _opened(file: Path, name: str, size: int, target: float | None = None) -> Row:
    talks = round(MEGABYTES * 10**6 / (1500 + 1.25 * size) / LONG)
    calls = [call for n in range(talks) for call in conversation(n, LONG, size)]
    _record(file, calls)
    what = f"{file.stat().st_size / 10**6:.1f} MB, {len(calls)} calls, outputs of {size} letters: time to open it"
    return Row(f"cassettes.{name}", what, _timed(lambda: _opens(file)), "s", target)


def _open(file: Path, action: Any) -> Any:
    return open_cassette(file, action, header={}, normalise=Normaliser([("/home/me/work", "/workspace")]),
                         secrets=Secrets({"SOME_KEY": "not-a-secret-at-all"}))  # fmt: skip


def _record(file: Path, calls: Sequence[Asked]) -> None:
    with _open(file, "record") as cassette:
        for call in calls:
            cassette.ask(call.body, lambda _, call=call: call.reply)
        cassette.save()


def _opens(file: Path) -> None:
    with _open(file, "replay") as cassette:
        assert cassette.unplayed()


def _timed_last(file: Path, calls: Sequence[Asked]) -> float:
    """Seconds until the last call of a conversation is answered, all before it played: median of the last ones."""
    seconds = []
    for _ in range(3 * max(1, 100 // len(calls))):
        with _open(file, "replay") as cassette:
            for number, call in enumerate(calls, 1):
                started = time.process_time()
                reply = cassette.ask(call.body, _never)
                if number % STEPS == 0 and number > len(calls) - 100:
                    seconds.append(time.process_time() - started)
                assert reply == call.reply
    return statistics.median(seconds)


def _never(body: Json) -> Reply:
    raise AssertionError(body)


def _timed(work: Callable[[], object], times: int = 3) -> float:
    """Median of some times, in seconds of the processor."""
    seconds = []
    for _ in range(times):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def _vcrpy(file: Path) -> dict[str, Any]:
    """How vcrpy comes, but for matching on the body: without it any request is answered."""
    import vcr  # type: ignore[import-untyped]

    return dict(vcr.VCR(match_on=["method", "uri", "body"]).get_merged_config(), path=str(file))


def _vcrpy_record(file: Path, calls: Sequence[Asked]) -> int:
    """The size of the file, in bytes."""
    from vcr.cassette import Cassette  # type: ignore[import-untyped]

    file.unlink()
    options = _vcrpy(file)
    cassette = Cassette(**{name: options[name] for name in options if name not in _NOT_OF_A_CASSETTE})
    for call in calls:
        body = {"string": json.dumps(call.reply.body).encode()}
        response = {"status": {"code": 200, "message": "OK"}, "headers": _HEADERS, "body": body}
        cassette.append(_vcrpy_request(call), response)
    cassette._save(force=True)
    return file.stat().st_size


def _vcrpy_opens(file: Path) -> Any:
    from vcr.cassette import Cassette

    options = _vcrpy(file)
    return Cassette.load(**{name: options[name] for name in options if name not in _NOT_OF_A_CASSETTE})


def _vcrpy_timed_last(file: Path, calls: Sequence[Asked]) -> float:
    def last() -> float:
        cassette, request = _vcrpy_opens(file), _vcrpy_request(calls[-1])
        started = time.process_time()
        response = cassette.play_response(request)
        seconds = time.process_time() - started
        assert json.loads(response["body"]["string"]) == calls[-1].reply.body
        return seconds

    return statistics.median(last() for _ in range(3))


def _vcrpy_request(call: Asked) -> Any:
    from vcr.request import Request  # type: ignore[import-untyped]

    return Request("POST", "http://127.0.0.1/v1/chat/completions", json.dumps(call.body), _HEADERS)


_HEADERS = {"content-type": ["application/json"]}
_NOT_OF_A_CASSETTE = ("record_on_exception", "path_transformer", "func_path_generator")
