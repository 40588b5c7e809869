"""Events reach a reader beside the run, whole and once."""

from __future__ import annotations

import threading
from pathlib import Path

from pytest_agenttasks.runs import EventReader, Events


def test_a_reader_gets_each_event_once_and_in_the_order_of_time(tmp_path: Path) -> None:
    reader, one, two = EventReader(tmp_path), Events(tmp_path, "gw0"), Events(tmp_path, "gw1")
    assert reader.new() == []
    one.tell("began", "a", process="1")
    two.tell("began", "b", process="2")
    one.tell("ended", "a", outcome="passed")
    told = reader.new()
    assert [(worker, event["event"], event["task"]) for worker, event in told] == [
        ("gw0", "began", "a"), ("gw1", "began", "b"), ("gw0", "ended", "a"),
    ]  # fmt: skip
    assert told[0][1]["process"] == "1"
    assert reader.new() == []
    two.tell("ended", "b")
    assert [event["task"] for _, event in reader.new()] == ["b"]


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    reader, events = EventReader(tmp_path), Events(tmp_path, "main")
    events.tell("began", "a")
    whole = events.path.read_bytes()
    events.path.write_bytes(whole + whole[:20])
    assert len(reader.new()) == 1
    events.path.write_bytes(whole + whole)
    assert len(reader.new()) == 1


def test_lines_that_are_no_events_are_passed_over(tmp_path: Path) -> None:
    events = Events(tmp_path, "main")
    events.tell("began", "a")
    with events.path.open("ab") as file:
        file.write(b'\0\0\0\n[]\n{"event": "x", "task": "y"}\n{"at": "now", "event": "x", "task": "y"}\n\xff\n')
    events.tell("began", "b")
    assert [event["task"] for _, event in EventReader(tmp_path).new()] == ["a", "b"]


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    events = Events(tmp_path, "main")

    def tell(task: str) -> None:
        for _ in range(50):
            events.tell("call", task, text="x" * 5000)

    threads = [threading.Thread(target=tell, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(EventReader(tmp_path).new()) == 200


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "events").touch()
    Events(tmp_path, "main").tell("began", "a")
    assert EventReader(tmp_path).new() == []
