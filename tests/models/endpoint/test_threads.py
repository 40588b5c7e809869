"""An agent that asks from many threads at once: through the real gateway, recorded, and replayed in another order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_agenttasks.models import Gateway, GatewayClient, GatewayHost, Session
from tests.cassettes.helpers import opened
from tests.models.answers import chain
from tests.models.endpoint.serving import Served
from tests.provider import Answer, Asked, Provider, completion

DIFFERENT, SAME = 5, 3
THREADS = DIFFERENT + SAME
ROUNDS = 3
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"


class Model:
    """Answers once all threads have asked: proof that no call waits for another. Every answer is another one."""

    def __init__(self) -> None:
        self._all_there = threading.Barrier(THREADS, timeout=60)
        self._count = iter(range(1000))

    def __call__(self, asked: Asked) -> Answer:
        self._all_there.wait()
        return completion(f"{asked.body['messages'][0]['content']} is answered, no. {next(self._count)}")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Model()) as provider:
        yield provider


@pytest.fixture
def gateway(tmp_path: Path, provider: Provider) -> Iterator[GatewayClient]:
    models = tmp_path / "models.yaml"
    at = f"api_base: '{provider.base}', api_key_env: KEY_OF_TEST"
    models.write_text(f"presets:\n  m: {{model: openrouter/test/m, {at}}}\nchain: [m]\n")
    log = tmp_path / "gateway.log"
    host = GatewayHost(["--models", str(models), "--log", str(log)], log, {"KEY_OF_TEST": KEY})
    client = GatewayClient(host.url, host.token, str(log))
    yield client
    client.close()
    host.close()


@contextmanager
def served(session: Session) -> Iterator[Served]:
    made = Served()
    made.session, made.endpoint = session, session.serve()
    with made:
        yield made


def work(made: Served, order: Sequence[int]) -> dict[str, list[str]]:
    """Every thread asks in every round, some the same; half in OpenAI's format. Gives the answers by question."""
    together, answers = threading.Barrier(THREADS, timeout=60), []

    def ask(thread: int) -> None:
        for turn in range(ROUNDS):
            content = f"question {thread if thread < DIFFERENT else 'of several'} in round {turn}"
            together.wait()
            if thread % 2 and thread < DIFFERENT:
                answer = made.message({"role": "user", "content": content}, stream=True)
                text = "".join(
                    json.loads(line[6:])["delta"]["text"]
                    for line in answer.data.decode().splitlines()
                    if line.startswith("data: ") and "text_delta" in line
                )
            else:
                text = made.chat({"role": "user", "content": content}).json["choices"][0]["message"]["content"]
            answers.append((content, text))

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(ask, thread) for thread in order]:
            done.result()
    questions = {question for question, _ in answers}
    return {one: sorted(text for question, text in answers if question == one) for one in questions}


def session_of(gateway: Gateway | None) -> Session:
    return Session(chain(), gateway)


def test_they_replay_in_any_order(tmp_path: Path, gateway: GatewayClient, provider: Provider) -> None:
    path = tmp_path / "cassette.yaml"
    with opened(path, "record") as cassette:
        session = session_of(gateway)
        session.use(cassette)
        with served(session) as made:
            recorded = work(made, range(THREADS))
        cassette.save()
    assert len(provider.asked) == len(session.calls) == THREADS * ROUNDS
    assert len(session.exchanges) == THREADS * ROUNDS
    texts = [text for answers in recorded.values() for text in answers]
    assert len(set(texts)) == THREADS * ROUNDS, "every answer was given once"
    assert all(text.startswith(f"{question} is answered") for question in recorded for text in recorded[question])

    with opened(path, "replay") as cassette:
        session = session_of(None)
        session.use(cassette)
        with served(session) as made:
            assert work(made, list(reversed(range(THREADS)))) == recorded
        assert cassette.unplayed() == 0
    assert session.failure is None
    assert len(provider.asked) == THREADS * ROUNDS
