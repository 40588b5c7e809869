"""Files of a worker elsewhere come home whole, without secrets, and nowhere but where they may lie."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pytest_agenttasks.hosts import Courier, Mailbox
from pytest_agenttasks.hosts.mail import PIECE


class Post:
    """A courier whose messages a mailbox gets at once.

    Attributes:
        sent: all messages.
    """

    def __init__(self, folder: Path) -> None:
        self.there, self.here = folder / "there/run", folder / "here/run"
        self.there.mkdir(parents=True)
        self.box = Mailbox({"run": self.here}, lambda text: text.replace("secret", "[scrubbed]"), "gw7")
        self.sent: list[tuple[str, str, bytes, bytes]] = []
        self.courier = Courier(self._send, {"run": self.there})

    def _send(self, message: tuple[str, str, bytes, bytes]) -> None:
        self.sent.append(message)
        self.box.receive(message)

    def write(self, name: str, data: bytes) -> Path:
        """Write a file there."""
        file = self.there / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """Nothing sent yet."""
    return Post(tmp_path)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_a_file_comes_in_pieces_and_whole(post: Post, size: int) -> None:
    data = random.Random(size).randbytes(size)
    post.courier.bring(post.write("task/big.bin", data))
    assert (post.here / "task/big.bin").read_bytes() == data
    assert max(len(message[3]) for message in post.sent) <= PIECE
    assert [one.name for one in (post.here / "task").iterdir()] == ["big.bin"]


def test_a_folder_comes_in_place_of_what_was_there_its_result_last(post: Post) -> None:
    names = ["task/a/ü b.txt", "task/result.json", "task/z.txt", os.fsdecode(b"task/\xff")]
    for name in names:
        post.write(name, b"x")
    (post.there / "task/link").symlink_to("/etc/passwd")
    (post.here / "task").mkdir(parents=True)
    (post.here / "task/of an attempt before").touch()
    post.courier.bring(post.there / "task")
    found = {str(one.relative_to(post.here)) for one in post.here.rglob("*") if one.is_file()}
    assert found == set(names)
    assert post.sent[-1][2] == b"task/result.json"


def test_what_grows_is_sent_once(post: Post) -> None:
    file = post.write("events/gw7.jsonl", b"one\n")
    post.courier.grown(file)
    with file.open("ab") as opened:
        opened.write(b"two\n")
    post.courier.grown(file)
    assert (post.here / "events/gw7.jsonl").read_bytes() == b"one\ntwo\n"
    assert [message[3] for message in post.sent] == [b"one\n", b"two\n"]


def test_a_file_that_was_brought_grows_from_its_beginning(post: Post) -> None:
    file = post.write("task/transcript.jsonl", b"first attempt\n")
    post.courier.grown(file)
    post.courier.bring(post.there / "task")
    file.write_bytes(b"2\n")
    (post.here / "task/transcript.jsonl").unlink()
    post.courier.grown(file)
    assert (post.here / "task/transcript.jsonl").read_bytes() == b"2\n"


def test_secrets_of_this_machine_are_taken_out(post: Post) -> None:
    post.courier.bring(post.write("a.txt", b"a secret\xff"))
    post.courier.grown(post.write("b.txt", b"a secret\n"))
    assert (post.here / "a.txt").read_bytes() == b"a [scrubbed]\xff"
    assert (post.here / "b.txt").read_bytes() == b"a [scrubbed]\n"


def test_a_secret_that_lies_across_two_pieces_is_taken_out(post: Post) -> None:
    line = b"x" * (PIECE - 3) + b" secret\n"
    post.courier.grown(post.write("c.jsonl", b"first\n" + line))
    assert len(post.sent) == 2
    assert (post.here / "c.jsonl").read_bytes() == b"first\n" + line.replace(b"secret", b"[scrubbed]")


@pytest.mark.parametrize("name", [b"../out", b"/tmp/out", b"a/../../out", b"", b"a\0b"])
@pytest.mark.parametrize("kind", ["more", "whole", "part", "anew", "ask"])
def test_nothing_is_written_elsewhere(post: Post, kind: str, name: bytes) -> None:
    (post.here.parent / "out").mkdir(parents=True)
    post.box.receive((kind, "run", name, b"x"))
    assert [one.name for one in post.here.parent.iterdir()] == ["out"]
    (line,) = post.box.trouble
    assert line.startswith("a file of worker gw7 could not be written: ValueError")


@pytest.mark.parametrize("message", [None, 1, ("whole",), ("whole", "elsewhere", b"a", b""), ("told", "", b"", b"{")])
def test_what_is_no_message_is_told(post: Post, message: object) -> None:
    post.box.receive(message)
    assert len(post.box.trouble) == 1


def test_what_cannot_be_written_is_told_once(post: Post) -> None:
    post.here.parent.mkdir(parents=True)
    post.here.write_text("a file where the run folder should be")
    post.courier.bring(post.write("a/b.txt", b"x"))
    post.courier.bring(post.write("a/c.txt", b"x"))
    assert post.box.trouble == ["a file of worker gw7 could not be written: Not a directory"]


def test_half_a_file_of_a_worker_that_died_is_dropped(post: Post) -> None:
    post.box.receive(("part", "run", b"task/big.bin", b"x"))
    assert len(list(post.here.rglob("*.part"))) == 1
    post.box.close()
    assert list((post.here / "task").iterdir()) == []


def test_a_question_is_answered_also_where_there_is_nothing(post: Post) -> None:
    answers: list[bytes] = []
    post.box.reply = answers.append
    post.box.answer = lambda run, slug: f"{run} {slug}".encode()
    post.courier.ask("2026-a", "tasks/x--m")
    post.courier.ask("..", "tasks/x--m")
    assert answers == [b"2026-a tasks/x--m", b""]
