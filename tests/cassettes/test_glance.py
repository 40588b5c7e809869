"""How many calls a cassette holds, without loading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import Normaliser, calls_recorded, open_cassette
from pytest_agenttasks.scrub import Secrets

SHIPPED = sorted((Path(__file__).parents[2] / "cassettes").rglob("*.yaml"))


def test_it_counts_what_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    header = {"task": "t", "note": "a long note\nentries: 77\n" * 20}
    with open_cassette(path, "record", header=header, normalise=Normaliser([]), secrets=Secrets({})) as cassette:
        for number in range(3):
            body = {"messages": [{"role": "user", "content": f"entries: 9{number}"}]}
            cassette.ask(body, lambda _: Reply(200, {"choices": []}))
        cassette.save()
    assert calls_recorded(path) == 3


@pytest.mark.parametrize("text", ["", "entries: many\n", "header: {entries: 5}\n", "\xff\x00", " entries: 4\n"])
def test_what_does_not_say(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    path.write_text(text, "latin-1")
    assert calls_recorded(path) is None


def test_what_is_not_there(tmp_path: Path) -> None:
    assert calls_recorded(tmp_path / "t--m.yaml") is None
    assert calls_recorded(tmp_path) is None


def test_all_shipped_cassettes_say() -> None:
    assert SHIPPED
    assert all(calls_recorded(path) for path in SHIPPED)
