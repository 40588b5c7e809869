"""Every recorded call of the shipped cassettes, changed in one place: each is told as drift, and told rightly."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.cassettes import Normaliser, open_cassette
from pytest_agenttasks.cassettes.file_format import from_text
from pytest_agenttasks.exceptions import CassetteDriftError
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets
from tests.cassettes.helpers import never

FOLDER = Path(__file__).parents[2] / "cassettes"
FILES = sorted(FOLDER.rglob("*.yaml"))
MOST_SWAPS = 3
"""Pairs of messages that are swapped in a call, chosen with a fixed seed."""


def mutants(body: Json, chance: random.Random) -> Iterator[tuple[str, Json]]:
    """Changed requests, each with a pattern of how its message must begin after "not in the cassette: "."""
    yield from changed_words(body, chance)
    yield from swapped(body, chance)
    yield from changed_tools(body, chance)
    other = copy.deepcopy(body)
    other["model"] = "another-preset"
    yield "parameter model was changed", other


def changed_words(body: Json, chance: random.Random) -> Iterator[tuple[str, Json]]:
    """One word, somewhere in the system prompt and in the prompt."""
    for index, message in enumerate(body["messages"]):
        if message["role"] in ("system", "user"):
            word = chance.choice(list(re.finditer(r"\w+", message["content"])))
            other = copy.deepcopy(body)
            text = message["content"]
            other["messages"][index]["content"] = f"{text[: word.start()]}Zwölf{text[word.end() :]}"
            yield rf"message {index + 1} \({message['role']}\) differs", other


def swapped(body: Json, chance: random.Random) -> Iterator[tuple[str, Json]]:
    messages = body["messages"]
    pairs = [(i, j) for j in range(len(messages)) for i in range(j) if messages[i] != messages[j]]
    for i, j in chance.sample(pairs, min(MOST_SWAPS, len(pairs))):
        other = copy.deepcopy(body)
        other["messages"][i], other["messages"][j] = other["messages"][j], other["messages"][i]
        yield rf"message {i + 1} \({messages[j]['role']}\) differs", other


def changed_tools(body: Json, chance: random.Random) -> Iterator[tuple[str, Json]]:
    index = chance.randrange(len(body["tools"]))
    name = body["tools"][index]["function"]["name"]
    fewer, described = copy.deepcopy(body), copy.deepcopy(body)
    del fewer["tools"][index]
    yield f"tool {name} was removed", fewer
    described["tools"][index]["function"]["description"] += " Be quick."
    yield f"tool {name} was changed", described


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_change_is_drift(path: Path) -> None:
    chance = random.Random(path.stem)
    header, calls = from_text(path.read_text("utf-8"))
    with open_cassette(path, "replay", header=header, normalise=Normaliser(), secrets=Secrets({})) as cassette:
        for number, call in enumerate(calls, 1):
            body = copy.deepcopy(call.asked.body)
            for expected, changed in mutants(body, chance):
                with pytest.raises(CassetteDriftError) as caught:
                    cassette.ask(changed, never)
                told = str(caught.value)
                assert re.search(rf"not in the cassette: {expected}", told), told
                assert f"\n  compared with recorded call {number} of {len(calls)}\n" in told
                assert len(told.splitlines()) < 24
            assert cassette.ask(body, never) == call.reply
        assert cassette.unplayed() == 0
    assert cassette.environment_drift == []


def test_there_is_enough_to_change() -> None:
    """Five kinds of changes, for every call of every shipped cassette."""
    calls = [call for path in FILES for call in from_text(path.read_text("utf-8"))[1]]
    made = sum(len(list(mutants(call.asked.body, random.Random(0)))) for call in calls)
    assert made > 6 * len(calls) > 800
