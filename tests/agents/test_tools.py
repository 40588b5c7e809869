"""What tools do, and what a model is told when it uses them wrongly: never an exception."""

from __future__ import annotations

import os

import pytest

from pytest_agenttasks.agents.tools import SHOWN, parse_arguments
from pytest_agenttasks.results import Json
from pytest_agenttasks.workspace import Workspace
from tests.agents.conftest import DONE, Told, Work, tool, turn

RAW_ARGUMENTS = {
    "{": "error: the arguments of bash cannot be read: not JSON (Expecting property name enclosed in double quotes",
    "ls -la": "error: the arguments of bash cannot be read: not JSON (Expecting value",
    '["ls"]': "error: the arguments of bash cannot be read: expected a JSON object, found list",
    '"ls"': "error: the arguments of bash cannot be read: expected a JSON object, found str",
    "null": "error: the arguments of bash cannot be read: expected a JSON object, found NoneType",
    "[" * 100_000: "error: the arguments of bash cannot be read: not JSON (maximum recursion depth",
    "": "error: bash needs command as text; missing or not text: command",
    "{}": "error: bash needs command as text; missing or not text: command",
    '{"command": 1}': "error: bash needs command as text; missing or not text: command",
    '{"command": ["ls"]}': "error: bash needs command as text; missing or not text: command",
    '{"cmd": "ls"}': "error: bash needs command as text; missing or not text: command",
}


@pytest.mark.parametrize("raw", RAW_ARGUMENTS, ids=lambda raw: raw[:20] or "nothing")
def test_arguments_that_cannot_be_used_are_told(raw: str, told: Told) -> None:
    call = {"id": "c", "function": {"name": "bash", "arguments": raw}}
    assert told(call).startswith(RAW_ARGUMENTS[raw])


def test_arguments_that_are_an_object_already(told: Told) -> None:
    assert told({"id": "c", "function": {"name": "bash", "arguments": {"command": "echo hi"}}}) == "hi"


def test_more_arguments_than_needed_are_left_out(told: Told) -> None:
    assert told(tool("bash", command="echo hi", timeout=5, cwd="/")) == "hi"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (tool("python", code="1"), "python"),
        (tool(""), ""),
        ({"id": "c"}, "None"),
        ({"id": "c", "function": {"arguments": "{}"}}, "None"),
    ],
)
def test_unknown_tools_are_told_the_known_ones(call: Json, name: str, told: Told) -> None:
    assert (
        told(call) == f"error: there is no tool {name!r}; the tools are bash, read_file, write_file, edit_file, finish"
    )


def test_a_call_without_an_id_is_answered_all_the_same(told: Told) -> None:
    assert told({"function": {"name": "bash", "arguments": '{"command": "echo hi"}'}}) == "hi"


def test_parsing_of_nothing() -> None:
    assert parse_arguments(None) == {}


BASH = {
    "echo hi": "hi",
    "true": "[no output]",
    "echo hi; exit 3": "hi\n[exit code 3]",
    "exit 3": "[exit code 3]",
    "echo out; echo err >&2": "out\nerr",
    "kill -9 $$": "[exit code 137]",
    "printf '\\377\\n'": "\ufffd",
    "pwd": "/workspace",
}


@pytest.mark.parametrize("command", BASH)
def test_bash(command: str, told: Told) -> None:
    assert told(tool("bash", command=command)) == BASH[command]


def test_a_big_output_is_cut_in_the_middle(told: Told) -> None:
    text = told(tool("bash", command="echo first; yes | head -c 200000; echo last"))
    assert len(text) < SHOWN + 200
    assert text.startswith("first\ny\n")
    assert text.endswith("last")


@pytest.mark.parametrize("command", ["a\0b", "x" * 3_000_000, "echo \ud800"], ids=["nul", "long", "surrogate"])
def test_a_command_that_cannot_be_run_is_told(command: str, told: Told) -> None:
    assert told(tool("bash", command=command)).startswith("error: ")


def test_read_file(told: Told, workspace: Workspace) -> None:
    assert told(tool("read_file", path="a.txt")) == "one\ntwo\none\n"
    assert told(tool("read_file", path="/workspace/a.txt")) == "one\ntwo\none\n"
    assert told(tool("read_file", path=str(workspace.path / "a.txt"))) == "one\ntwo\none\n"


def test_read_file_of_odd_files(told: Told, workspace: Workspace) -> None:
    (workspace.path / "empty").touch()
    (workspace.path / "latin").write_bytes(b"gr\xfc\xdfe\r\n")
    (workspace.path / "big").write_text("é" * (SHOWN + 7))
    assert told(tool("read_file", path="empty")) == "[the file is empty]"
    assert told(tool("read_file", path="latin")) == "gr\ufffd\ufffde\r\n"
    text = told(tool("read_file", path="big"))
    assert text == "é" * SHOWN + "\n[… about 14 bytes more; use bash with sed -n to read on …]"


@pytest.mark.parametrize("name", ["read_file", "write_file", "edit_file"])
def test_a_pipe_is_refused_and_does_not_hang(name: str, told: Told, workspace: Workspace) -> None:
    os.mkfifo(workspace.path / "pipe")
    call = tool(name, path="pipe", content="x", old="a", new="b")
    assert told(call) == "error: neither a file nor a folder: pipe"


OUTSIDE = ["/etc/passwd", "../../etc/passwd", "link/passwd", "a\0b"]


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("name", ["read_file", "write_file", "edit_file"])
def test_paths_outside_are_told_not_raised(name: str, path: str, told: Told, workspace: Workspace) -> None:
    (workspace.path / "link").symlink_to("/etc")
    text = told(tool(name, path=path, content="x", old="root", new="y"))
    assert text.startswith("error: ")
    assert str(workspace.path) not in text


MISSING = {
    "read_file": "error: No such file or directory: none.txt",
    "edit_file": "error: No such file or directory: none.txt",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_file_that_is_not_there(name: str, told: Told) -> None:
    assert told(tool(name, path="none.txt", old="a", new="b")) == MISSING[name]


@pytest.mark.parametrize("name", ["read_file", "write_file", "edit_file"])
def test_a_folder_is_no_file(name: str, told: Told, workspace: Workspace) -> None:
    (workspace.path / "sub").mkdir()
    assert told(tool(name, path="sub", content="", old="a", new="b")) == "error: Is a directory: sub"


def test_write_file(told: Told, workspace: Workspace) -> None:
    assert told(tool("write_file", path="sub/é.txt", content="gr\u00fc\r\n\0")) == "wrote 6 characters to sub/é.txt"
    assert (workspace.path / "sub/é.txt").read_bytes() == b"gr\xc3\xbc\r\n\0"
    assert told(tool("write_file", path="a.txt/b", content="")).startswith("error: ")


EDITS = {
    "two": "edited a.txt",
    "one": "error: `old` stands 2 times in a.txt; it must stand there exactly once",
    "three": "error: `old` stands 0 times in a.txt; it must stand there exactly once",
    "": "error: `old` stands 0 times in a.txt; it must stand there exactly once",
}


@pytest.mark.parametrize("old", EDITS)
def test_edit_file_replaces_what_stands_there_exactly_once(old: str, told: Told, workspace: Workspace) -> None:
    assert told(tool("edit_file", path="a.txt", old=old, new="2")) == EDITS[old]
    assert (workspace.path / "a.txt").read_text() == ("one\n2\none\n" if old == "two" else "one\ntwo\none\n")


def test_edit_file_leaves_all_other_bytes(told: Told, workspace: Workspace) -> None:
    file = workspace.path / "latin"
    file.write_bytes(b"\xff\xfe x\r\ny\r\n\xe9")
    assert told(tool("edit_file", path="latin", old="x\r\ny", new="ü")) == "edited latin"
    assert file.read_bytes() == b"\xff\xfe \xc3\xbc\r\n\xe9"


def test_a_mistake_does_not_keep_the_other_calls_of_a_turn_from_being_done(work: Work, workspace: Workspace) -> None:
    work(turn(tool("nope"), tool("write_file", path="b", content="x")), DONE)
    assert (workspace.path / "b").read_text() == "x"
