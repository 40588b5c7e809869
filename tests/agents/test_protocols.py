"""Tools written as tags in plain text: contents are taken as they are."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_agenttasks.agents.protocols import TextTools


def read(content: Any) -> list[tuple[str, Any]]:
    return [(call.name, call.arguments) for call in TextTools().calls({"role": "assistant", "content": content})]


CODE = "if a < b and c > d: x = \"<arg>\" + '</b>' # <tool> &lt;\n"

TEXTS = {
    "": [],
    "no tool": [],
    '<tool name="bash"></tool>': [("bash", {})],
    '<tool name="bash">ls < x</tool>': [("bash", {})],
    '<tool name="bash"><arg name="command">ls</arg></tool>': [("bash", {"command": "ls"})],
    '<tool name="bash">\n <arg name="command">\nls\n</arg>\n</tool>': [("bash", {"command": "\nls\n"})],
    f'<tool name="write_file"><arg name="path">p</arg><arg name="content">{CODE}</arg></tool>': [
        ("write_file", {"path": "p", "content": CODE})
    ],
    '<tool name="a"><arg name="x">1</arg></tool> then <tool name="b"><arg name="y">2</arg></tool>': [
        ("a", {"x": "1"}),
        ("b", {"y": "2"}),
    ],
    '<tool name="w"><arg name="c">see </arg> and </tool> in it</arg>\n<arg name="p">2</arg></tool>': [
        ("w", {"c": "see </arg> and </tool> in it", "p": "2"})
    ],
    '<tool name="a"><arg name="x">never closed</tool> <tool name="b"><arg name="y">2</arg></tool>': [
        ("a", {}),
        ("b", {"y": "2"}),
    ],
    '<tool name="bash"><arg name="command">ls</arg>': [],
    "<tool name='bash'><arg name='command'>ls</arg></tool>": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_reading(text: str) -> None:
    assert read(text) == TEXTS[text]


def test_content_that_is_no_text() -> None:
    assert read(None) == []
    assert read([{"type": "text", "text": "x"}]) == []


def test_garbage_takes_no_time_out_of_proportion() -> None:
    assert read('<tool name="a"><arg name="x">' * 300 + "</arg>" * 300) == []


def test_the_explanation_is_an_example_of_itself() -> None:
    (example,) = read(TextTools.explanation)
    assert example == ("write_file", {"path": "notes.txt", "content": "first line\nsecond line\n"})
