"""The file: readable, small, and never half good."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.file_format import FormatError, from_text
from pytest_agenttasks.exceptions import CassetteError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import Gateway, answer, body, converse, never, opened, record

OUTPUTS = ["a.py\n", "3 passed in 0.03s\n", "trailing \n\ttab\n"]

GOLDEN = """\
# Recorded by pytest-agenttasks. The checksum covers every line: record again rather than edit.
agenttasks-cassette: 1
header:
  task: tests-for
  agent: loop
  preset: flash
  plugin: '1.0'
entries: 2
calls:
- params:
    model: flash
    tools:
    - type: function
      function:
        name: bash
        parameters:
          type: object
          properties: {}
  messages:
  - role: system
    content: You work.
  - role: user
    content: do it
  reply:
    status: 200
    body:
      id: gen-1
      choices:
      - index: 0
        message:
          role: assistant
          content: step 1
          refusal: null
          tool_calls:
          - id: call_1
            type: function
            function:
              name: bash
              arguments: a1w0 a1w1 a1w2 a1w3 a1w4
        finish_reason: stop
      agenttasks:
        requested: flash
        served: gemini/flash
        attempts: []
        cost_usd: null
- after: 0
  messages:
  - !answer {of: 0, only: [role, content, tool_calls]}
  - role: tool
    tool_call_id: call_1
    content: |
      a.py
      b.py
  reply:
    status: 200
    body:
      id: gen-1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tests-for--flash.yaml"


def stamped(text: str) -> str:
    """The text with a checksum that fits it, as a writer with another idea of the format would give it."""
    text = text[: text.rindex("checksum: ")]
    return f"{text}checksum: sha256:{hashlib.sha256(text.encode()).hexdigest()}\n"


def refused(path: Path) -> str:
    with pytest.raises(CassetteError) as caught, opened(path, "replay"):
        pass
    return str(caught.value)


def test_how_it_looks(path: Path) -> None:
    record(path, ["a.py\nb.py\n", "bye"])
    text = path.read_text()
    assert text.startswith(GOLDEN)
    assert text.splitlines()[-1].startswith("checksum: sha256:")


def test_a_cut_off_file_never_loads(path: Path) -> None:
    record(path, OUTPUTS)
    data = path.read_bytes()
    assert len(data) > 37 * 50
    for length in [*range(0, len(data), 37), len(data) - 1]:
        path.write_bytes(data[:length])
        message = refused(path)
        assert message.startswith(f"cassette {path} is ")
        assert "restore the file from version control, or record it again" in message
        assert message.endswith("record it: pytest --agent-cassettes=record")


def test_a_changed_letter_never_loads(path: Path) -> None:
    record(path, OUTPUTS)
    data = path.read_bytes()
    for place in range(0, len(data), 37):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert f"cassette {path} is " in refused(path)


def test_a_count_that_is_wrong(path: Path) -> None:
    record(path, OUTPUTS)
    path.write_text(stamped(path.read_text().replace("entries: 3", "entries: 4")))
    assert "it should hold 4 calls and holds 3" in refused(path)


def test_a_newer_format(path: Path) -> None:
    record(path, OUTPUTS)
    path.write_text(path.read_text().replace("agenttasks-cassette: 1", "agenttasks-cassette: 2"))
    assert refused(path).splitlines()[:2] == [
        f"cassette {path} was written by a newer pytest-agenttasks (format 2, this one reads 1)",
        "upgrade pytest-agenttasks",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("after: 0", "after: 9"),
        ("after: 0", "after: x"),
        ("{of: 0,", "{of: 7,"),
        ("{of: 0,", "{"),
        ("only: [role, content, tool_calls]", "only: [gone]"),
        ("    status: 200", "    status: none"),
        ("header:", "headers:"),
        ("calls:\n", "calls: 1\nother:\n"),
        ("header:\n", "header:\n  - ]\n"),
        ("content: do it", "content: !other do it"),
    ],
)
def test_a_wrong_file_with_a_right_checksum(path: Path, old: str, new: str) -> None:
    record(path, OUTPUTS)
    text = path.read_text()
    assert old in text
    path.write_text(stamped(text.replace(old, new, 1)))
    assert f"cassette {path} is damaged" in refused(path)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"interactions: []\nversion: 1\n", b"- a\n"])
def test_what_is_no_cassette(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert f"cassette {path} is damaged" in refused(path)


def test_a_folder_in_its_place(path: Path) -> None:
    path.mkdir()
    assert refused(path).startswith(f"cassette {path} cannot be read: Is a directory")
    with opened(path, "record") as cassette:
        cassette.ask(body("s", "u"), lambda _: answer())
        with pytest.raises(CassetteError, match="cannot be written: Is a directory"):
            cassette.save()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "crlf", ["a\r\nb\r\n", "\ud800 lone", "nul \x00 nul", "tab\t\n trailing \n", "é😀\n\n", "\u2028"]
)
def test_every_string_comes_back(path: Path, crlf: str) -> None:
    said = Reply(200, {"choices": [{"message": {"role": "assistant", "content": crlf, crlf: [crlf]}}]})
    asked = body(crlf, crlf, model=crlf)
    with opened(path, "record") as cassette:
        cassette.ask(asked, lambda _: said)
        cassette.save()
    with opened(path, "replay") as cassette:
        assert cassette.ask(asked, never) == said
        assert cassette.environment_drift == []


def test_a_kill_before_the_replacement_leaves_the_old_file(path: Path) -> None:
    record(path, OUTPUTS)
    before = path.read_bytes()
    program = f"""
import os, signal, sys
from pathlib import Path
from tests.cassettes.helpers import record
def kill(event, args):
    if event == "os.rename":
        print(Path(args[0]).stat().st_size, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
record(Path({str(path)!r}), ["other"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert int(done.stdout) > 500
    assert path.read_bytes() == before


def test_the_file_has_the_mode_of_any_other(path: Path) -> None:
    record(path, OUTPUTS)
    other = path.with_name("other")
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def test_a_folder_that_cannot_be_made(path: Path) -> None:
    path.touch()
    with opened(path / "a--b.yaml", "record") as cassette, pytest.raises(CassetteError, match="cannot be written: "):
        cassette.save()


def test_a_conversation_is_stored_once(path: Path) -> None:
    outputs = [f"line {n} of output, some words\n" * 40 for n in range(30)]
    gateway = Gateway(words=150)
    unique: dict[str, None] = {}

    def send(asked: Json) -> Reply:
        reply = gateway(asked)
        said = [message for message in asked["messages"] if message["role"] != "assistant"]
        unique.update(dict.fromkeys(map(json.dumps, [asked["tools"], *said, reply.body])))
        return reply

    with opened(path, "record") as cassette:
        converse(cassette, send, outputs)
        cassette.save()
    size = sum(len(text.encode()) for text in unique)
    assert len(unique) == 1 + 2 + 29 + 30
    assert path.stat().st_size <= 1.3 * size


def test_a_conversation_that_forgets_its_middle_shares_its_beginning(path: Path) -> None:
    long = "much to say " * 500
    with opened(path, "record") as cassette:
        for request in (body(long, "u"), body(long, "u", "a", long + "2"), body(long, "summary"), body(long, "u")):
            cassette.ask(request, lambda _: answer())
        cassette.save()
    text = path.read_text()
    assert text.count(long[:-1]) == 2
    assert "- after: 0\n  keep: 1\n  messages:\n  - role: user\n    content: summary\n" in text
    assert "- after: 0\n  messages: []\n" in text


def test_an_answer_that_the_agent_retells_differently(path: Path) -> None:
    with opened(path, "record") as cassette:
        cassette.ask(body("s", "u"), lambda _: answer(None, command="ls " * 100))
        calls = answer(command="ls " * 100).body["choices"][0]["message"]["tool_calls"]
        retold = {"role": "assistant", "content": "", "tool_calls": calls}
        asked = body("s", "u")
        asked["messages"].append(retold)
        cassette.ask(asked, lambda _: answer("done"))
        cassette.save()
    assert path.read_text().count("ls " * 99) == 1
    with opened(path, "replay") as cassette:
        assert cassette.ask(asked, never).body["choices"][0]["message"]["content"] == "done"


def test_format_errors_say_what_is_wrong() -> None:
    with pytest.raises(FormatError, match="there is no line `agenttasks-cassette: 1`"):
        from_text("")
