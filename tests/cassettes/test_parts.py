"""What judges ask is in the cassette of the task, apart from what its agent asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import Recording, calls_recorded
from pytest_agenttasks.exceptions import CassetteDriftError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import answer, body, never, opened


def record(path: Path, *, ended_by: str = "") -> list[Json]:
    """One call of the agent, and two equal ones of a judge; gives what was sent."""
    sent: list[Json] = []

    def send(one: Json) -> Reply:
        sent.append(one)
        return answer(f"answer {len(sent)}")

    with opened(path, "record") as cassette:
        cassette.ask(body("s", "work"), send)
        judges = cassette.for_judges()
        judges.ask(body("s", "judge", model="j"), send)
        judges.ask(body("s", "judge", model="j"), send)
        if ended_by:
            cassette.header["ended_by"] = ended_by
        cassette.save()
    return sent


def text(reply: Reply) -> str:
    return str(reply.body["choices"][0]["message"]["content"])


def test_the_mark_is_in_the_file_and_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    assert record(file) == [body("s", "work"), *[body("s", "judge", model="j")] * 2]
    assert [step.params.get("agenttasks") for step in Recording.read(file).steps] == [None, *[{"for": "judge"}] * 2]


def test_each_is_answered_with_its_own(tmp_path: Path) -> None:
    record(tmp_path / "a.yaml")
    with opened(tmp_path / "a.yaml", "replay") as cassette:
        judges = cassette.for_judges()
        assert text(judges.ask(body("s", "judge", model="j"), never)) == "answer 2"
        assert text(cassette.ask(body("s", "work"), never)) == "answer 1"
        assert cassette.unplayed() == 1
        assert text(judges.ask(body("s", "judge", model="j"), never)) == "answer 3"
        with pytest.raises(CassetteDriftError, match=r"a judge's call 3 is not in .*: it was recorded 2 times"):
            judges.ask(body("s", "judge", model="j"), never)
        with pytest.raises(CassetteDriftError, match="a judge's call 4 is not in the cassette: message 2"):
            judges.ask(body("s", "work", model="j"), never)


def test_an_agent_gets_no_verdict(tmp_path: Path) -> None:
    """Not by asking the same, nor with the mark; recorded, what it asks with the mark is no judge's."""
    file = tmp_path / "a.yaml"
    record(file)
    with opened(file, "replay") as cassette, pytest.raises(CassetteDriftError):
        cassette.ask(body("s", "judge", model="j"), never)
    with opened(file, "replay") as cassette, pytest.raises(CassetteDriftError):
        cassette.ask(body("s", "judge", model="j", agenttasks={"for": "judge"}), never)
    with opened(file, "record") as cassette:
        cassette.ask(body("s", "judge", model="j", agenttasks={"for": "judge"}), lambda _: answer("it holds"))
        cassette.save()
    with opened(file, "replay") as cassette, pytest.raises(CassetteDriftError, match="it holds no verdict"):
        cassette.for_judges().ask(body("s", "judge", model="j"), never)


def test_the_end_by_time_is_known_when_the_agent_has_asked_all_of_its_own(tmp_path: Path) -> None:
    record(tmp_path / "a.yaml", ended_by="seconds")
    with opened(tmp_path / "a.yaml", "replay") as cassette:
        assert cassette.ended_by() is None
        cassette.ask(body("s", "work"), never)
        assert (cassette.ended_by(), cassette.for_judges().ended_by()) == ("seconds", None)


def test_of_a_judge_no_output_may_differ(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    with opened(file, "record") as cassette:
        cassette.for_judges().ask(body("s", "[output of bash]\n1"), lambda _: answer())
        cassette.save()
    with opened(file, "replay") as cassette, pytest.raises(CassetteDriftError, match="what the judge is shown is not"):
        cassette.for_judges().ask(body("s", "[output of bash]\n2"), never)


def test_who_did_the_work_is_told_without_judges(tmp_path: Path) -> None:
    record(tmp_path / "a.yaml")
    recording = Recording.read(tmp_path / "a.yaml")
    assert (recording.served, len(recording.calls), recording.header["verdicts"]) == (["gemini/flash"], 3, 2)
    assert [step.by_judge for step in recording.steps] == [False, True, True]
    assert calls_recorded(tmp_path / "a.yaml") == 1
