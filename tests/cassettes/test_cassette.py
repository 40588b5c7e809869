"""Record, replay, live: what an agent gets for what it asks."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import CassetteDriftError, CassetteError, CassetteMissingError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import BASH, HEADER, Gateway, answer, body, converse, never, opened, record

OUTPUTS = ["a.py\n", "3 passed\n", "bye\n"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "tests-for--flash.yaml"


def test_a_replay_gives_what_was_recorded_and_asks_nobody(path: Path) -> None:
    recorded = record(path, OUTPUTS)
    with opened(path, "replay") as cassette:
        replayed = converse(cassette, never, OUTPUTS)
        assert cassette.unplayed() == 0
    assert [json.dumps(r.body) for r in replayed] == [json.dumps(r.body) for r in recorded]
    assert replayed[0].body["agenttasks"]["served"] == "gemini/flash"
    assert (cassette.miss, cassette.environment_drift, cassette.header) == (None, [], HEADER)


def test_an_answer_may_be_changed_by_the_agent(path: Path) -> None:
    record(path, OUTPUTS[:1])
    for _ in range(2):
        with opened(path, "replay") as cassette:
            reply = converse(cassette, never, OUTPUTS[:1])[0]
            assert reply.body["id"] == "gen-1"
            reply.body.clear()


def test_a_request_may_be_changed_after_it_was_asked(path: Path) -> None:
    request = body("system", "user")
    with opened(path, "record") as cassette:
        cassette.ask(request, lambda _: answer("first"))
        asked = copy.deepcopy(request)
        request["messages"][1]["content"] = "changed"
        cassette.save()
    with opened(path, "replay") as cassette:
        assert cassette.ask(asked, never).body["choices"][0]["message"]["content"] == "first"


def test_errors_of_the_gateway_are_recorded_with_their_status(path: Path) -> None:
    refused = Reply(429, {"error": {"message": "slow down"}, "agenttasks": {"requested": "flash"}})
    with opened(path, "record") as cassette:
        assert cassette.ask(body("s", "u"), lambda _: refused) == refused
        cassette.save()
    with opened(path, "replay") as cassette:
        assert cassette.ask(body("s", "u"), never) == refused


def test_live_neither_reads_nor_writes(path: Path) -> None:
    record(path, OUTPUTS)
    before = path.read_bytes()
    with opened(path, "live", environment={"MY_KEY": "abcdefgh1"}) as cassette:
        assert cassette.ask(body("s", "abcdefgh1"), lambda b: Reply(200, b)).body == body("s", "abcdefgh1")
        cassette.save()
        assert cassette.unplayed() == 0
    assert path.read_bytes() == before


def test_what_raises_while_recording_is_not_recorded(path: Path) -> None:
    def broken(_body: Json) -> Reply:
        raise OSError("gone")

    with opened(path, "record") as cassette:
        with pytest.raises(OSError, match="gone"):
            cassette.ask(body("s", "u"), broken)
        cassette.ask(body("s", "u"), lambda _: answer("second try"))
        cassette.save()
    with opened(path, "replay") as cassette:
        assert cassette.ask(body("s", "u"), never).body["choices"][0]["message"]["content"] == "second try"
        assert cassette.unplayed() == 0


def test_a_recording_that_is_not_saved_leaves_the_old_file(path: Path) -> None:
    record(path, OUTPUTS)
    before = path.read_bytes()
    with opened(path, "record") as cassette:
        converse(cassette, Gateway("other"), OUTPUTS)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_task_that_asked_nothing_has_an_empty_cassette(path: Path) -> None:
    with opened(path, "record") as cassette:
        cassette.save()
    with opened(path, "replay") as cassette:
        with pytest.raises(CassetteDriftError, match="it holds no calls"):
            cassette.ask(body("s", "u"), never)
        assert cassette.unplayed() == 0


def test_recording_twice_gives_the_same_file(path: Path) -> None:
    record(path, OUTPUTS)
    before = path.read_bytes()
    record(path, OUTPUTS)
    assert path.read_bytes() == before


def test_a_replay_can_be_recorded_in_place_of_the_old_one(path: Path) -> None:
    record(path, OUTPUTS)
    with opened(path, "record") as cassette:
        new = converse(cassette, Gateway("new"), OUTPUTS[:1])
        cassette.save()
    with opened(path, "replay") as cassette:
        assert converse(cassette, never, OUTPUTS[:1]) == new
        assert cassette.unplayed() == 0


def test_equal_requests_are_answered_in_the_order_of_recording(path: Path) -> None:
    said = iter("abc")
    with opened(path, "record") as cassette:
        for _ in range(3):
            cassette.ask(body("s", "u"), lambda _: answer(next(said)))
        cassette.save()
    with opened(path, "replay") as cassette:
        replies = [cassette.ask(body("s", "u"), never) for _ in range(3)]
        assert [reply.body["choices"][0]["message"]["content"] for reply in replies] == ["a", "b", "c"]
        with pytest.raises(CassetteDriftError, match="it was recorded 3 times and is asked once more"):
            cassette.ask(body("s", "u"), never)


def test_unplayed_counts_what_was_not_asked(path: Path) -> None:
    record(path, OUTPUTS)
    with opened(path, "replay") as cassette:
        assert cassette.unplayed() == 3
        converse(cassette, never, OUTPUTS[:2])
        assert cassette.unplayed() == 1


def test_the_order_of_names_does_not_matter(path: Path) -> None:
    with opened(path, "record") as cassette:
        cassette.ask({"model": "flash", "seed": 1, "messages": [{"role": "user", "content": "u"}]}, lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        cassette.ask({"messages": [{"content": "u", "role": "user"}], "seed": 1, "model": "flash"}, never)


def test_a_miss_is_remembered_though_the_agent_swallows_it(path: Path) -> None:
    record(path, OUTPUTS)
    with opened(path, "replay") as cassette:
        for prompt in ("FIRST", "SECOND"):
            with pytest.raises(CassetteDriftError):
                cassette.ask(body("You work.", prompt), never)
        assert cassette.miss is not None
        assert "«FIRST»" in str(cassette.miss)


@pytest.mark.parametrize("value", [1, 1.0, True, "1", None])
def test_parameters_of_different_types_are_different(path: Path, value: object) -> None:
    with opened(path, "record") as cassette:
        cassette.ask(body("s", "u", seed=value), lambda _: answer())
        cassette.save()
    for other in [1, 1.0, True, "1", None]:
        with opened(path, "replay") as cassette:
            if type(other) is type(value):
                cassette.ask(body("s", "u", seed=other), never)
                continue
            with pytest.raises(CassetteDriftError, match="parameter seed was changed"):
                cassette.ask(body("s", "u", seed=other), never)


def test_twenty_tasks_in_twenty_threads_do_not_mix(tmp_path: Path) -> None:
    barrier = threading.Barrier(20)
    recorded: dict[int, list[Reply]] = {}
    replayed: dict[int, list[Reply]] = {}

    def work(number: int) -> None:
        path, prompt = tmp_path / f"t{number}--flash.yaml", f"task {number}"
        barrier.wait(30)
        with opened(path, "record") as cassette:
            recorded[number] = converse(cassette, Gateway(f"g{number}"), OUTPUTS * 2, prompt=prompt)
            cassette.save()
        with opened(path, "replay") as cassette:
            replayed[number] = converse(cassette, never, OUTPUTS * 2, prompt=prompt)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(replayed) == 20
    assert replayed == recorded
    assert len({str(replies) for replies in replayed.values()}) == 20


def test_one_cassette_can_be_asked_from_many_threads(path: Path) -> None:
    barrier = threading.Barrier(16)

    def ask_all(cassette: object, send: object, got: list[str]) -> None:
        def one(number: int) -> None:
            barrier.wait(30)
            reply = cassette.ask(body("s", f"part {number % 4}"), send)  # type: ignore[attr-defined]
            got.append(reply.body["choices"][0]["message"]["content"])

        threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    counter = iter(range(100))
    lock = threading.Lock()

    def send(asked: Json) -> Reply:
        with lock:
            return answer(f"{asked['messages'][1]['content']}: {next(counter)}")

    recorded: list[str] = []
    replayed: list[str] = []
    with opened(path, "record") as cassette:
        ask_all(cassette, send, recorded)
        cassette.save()
    with opened(path, "replay") as cassette:
        ask_all(cassette, never, replayed)
        assert cassette.unplayed() == 0
    assert len(set(replayed)) == 16
    assert sorted(replayed) == sorted(recorded)


def test_a_missing_cassette_names_the_presets_that_have_one(path: Path) -> None:
    record(path.with_name("tests-for--llama.yaml"), OUTPUTS)
    record(path.with_name("tests-for--qwen.yaml"), OUTPUTS)
    record(path.with_name("tests-for--more--qwen3.yaml"), OUTPUTS)
    record(path.with_name("other--gpt.yaml"), OUTPUTS)
    with pytest.raises(CassetteMissingError) as caught, opened(path, "replay"):
        pass
    assert str(caught.value).splitlines() == [
        f"no cassette for this task on this preset: {path}",
        "recorded on llama, qwen",
        "record it: pytest --agent-cassettes=record",
    ]


def test_a_missing_cassette_in_a_missing_folder(path: Path) -> None:
    with pytest.raises(CassetteMissingError, match="not recorded on any other preset either"), opened(path, "replay"):
        pass


def test_a_cassette_of_another_task_is_refused(path: Path) -> None:
    record(path, OUTPUTS)
    with (
        pytest.raises(CassetteError, match="was recorded for another task: 'tests-for', not 'docs-for'"),
        opened(path, "replay", header={"task": "docs-for"}),
    ):
        pass


def test_a_header_that_names_no_task_accepts_any(path: Path) -> None:
    record(path, OUTPUTS)
    with opened(path, "replay", header={}) as cassette:
        assert cassette.header["task"] == "tests-for"


def test_a_replay_imports_nothing_heavy(path: Path) -> None:
    record(path, OUTPUTS)
    program = f"""
import sys
from pathlib import Path
from tests.cassettes.helpers import converse, never, opened
with opened(Path({str(path)!r}), "replay") as cassette:
    converse(cassette, never, {OUTPUTS!r})
assert cassette.unplayed() == 0
heavy = {{"litellm", "openai", "pydantic", "vcr", "aiohttp", "httpx", "requests", "urllib3", "yaml"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_params_that_change_and_vanish_in_a_conversation(path: Path) -> None:
    requests = [
        body("s", "u", tools=[BASH], seed=1),
        body("s", "u", "a", "u2", tools=[BASH], seed=2),
        body("s", "u", "a", "u2", "a2", "u3"),
        body("s", "summary", tools=[BASH]),
        {"model": "flash", "messages": "not a list"},
        {"model": "flash", "messages": ["not an object"]},
        {"model": "flash", "messages": []},
    ]
    with opened(path, "record") as cassette:
        for number, request in enumerate(requests):
            cassette.ask(request, lambda _, n=number: answer(str(n)))  # type: ignore[misc]
        cassette.save()
    with opened(path, "replay") as cassette:
        for number, request in reversed(list(enumerate(requests))):
            assert cassette.ask(request, never).body["choices"][0]["message"]["content"] == str(number)
