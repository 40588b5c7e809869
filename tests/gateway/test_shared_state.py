"""Two gateways on one account, at the same time and one after the other: what one knows the other knows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.world import Group, Reply, gateway, wait_ready, write_models
from tests.provider import Answer, Asked, Provider, completion

GROUPS = 8
LIMITED = Answer(429, {"error": {"message": "slow down", "code": 429}}, {"retry-after": "60"})


class Pair:
    """Two gateways, a provider, and the groups of tests on both."""

    def __init__(self, ports: list[int], provider: Provider) -> None:
        self.ports = ports
        self.provider = provider
        self.scripts: dict[int, Group] = {}

    def answer(self, asked: Asked) -> Answer:
        number = int(asked.path.split("/g")[1].split("/")[0])
        return self.scripts[number].answer(asked)

    def groups(self) -> list[Group]:
        number = len(self.scripts)
        assert number < GROUPS
        both = [Group(number, port, self.provider) for port in self.ports]
        self.scripts[number] = both[0]
        return both


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    keys = {"KEY_ONE": "secret-key-one", "KEY_TWO": "secret-key-two"}
    made = Pair([], None)  # type: ignore[arg-type]
    state = ("--state", str(folder / "accounts.sqlite"), "--max-wait", "20")
    with Provider(made.answer) as provider:
        made.provider = provider
        write_models(folder / "models.yaml", provider.base, 1, 1, GROUPS)
        with (
            gateway(folder / "models.yaml", keys, *state) as (_, first),
            gateway(folder / "models.yaml", keys, *state) as (_, second),
        ):
            assert all(wait_ready(port)["ready"] for port in (first, second))
            made.ports = [first, second]
            yield made


def test_a_cooldown_of_one_holds_for_the_other(pair: Pair) -> None:
    one, other = pair.groups()
    one.on("a", LIMITED)
    assert one.chat("ab").story[0] == ("a", 429, "rotate", "rate_limited")
    assert other.chat("ab").story == [("b", 200, "answered", "")]
    assert len(one.asked("a")) == 1


def test_both_draw_on_one_day(pair: Pair) -> None:
    one, other = pair.groups()
    assert [one.chat("r").status, other.chat("s").status] == [200, 200]
    assert [group.chat("rs").body["error"]["code"] for group in (one, other)] == ["quota"] * 2
    assert len(one.asked()) == 2
    assert other.standing("r")["pools"][0]["left"] == 0


def test_both_keep_one_pace(pair: Pair) -> None:
    one, other = pair.groups()
    arrived: list[float] = []

    def answer(_: Asked) -> Answer:
        arrived.append(time.monotonic())
        return completion("done")

    one.scripts["q"] = answer
    threads = [threading.Thread(target=group.chat, args=("q",)) for group in (one, other) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    arrived.sort()
    assert len(arrived) == 6
    # Two a second: the sixth may go two seconds after the first. A busy machine delivers the first one late.
    assert arrived[-1] - arrived[0] > 1.4


def test_after_a_cooldown_one_request_of_both_goes_first(pair: Pair) -> None:
    one, other = pair.groups()
    held, asked = threading.Event(), threading.Semaphore(0)

    def probe(_: Asked) -> Answer:
        asked.release()
        held.wait(1.0)
        return completion("done")

    one.on("b", Answer(429, {"error": {"message": "slow"}}, {"retry-after": "0.3"}))
    one.chat("bx")
    one.scripts["b"] = probe
    threads = [threading.Thread(target=group.chat, args=("b",)) for group in (one, other) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert asked.acquire(timeout=10)
    assert len(one.asked("b")) == 2, "the refused one, and one that goes first"
    held.set()
    for thread in threads:
        thread.join(30)
    assert len(one.asked("b")) == 7


def test_a_budget_outlives_its_gateway(pair: Pair) -> None:
    """The second gateway stands for one that was started again after the first was killed."""
    one, other = pair.groups()

    def charged(group: Group, call: str) -> Reply:
        budget = "300"
        return group.chat("b", x_agenttasks_run="night", x_agenttasks_call=call, x_agenttasks_budget_tokens=budget)

    assert [charged(one, "1").status, charged(one, "2").status] == [200, 200]
    # The answer to the second call was lost on its way: its caller sends it again. It is charged once.
    assert [charged(other, "2").status, charged(other, "3").status] == [200, 200]
    assert charged(other, "4").body["error"]["code"] == "budget"
