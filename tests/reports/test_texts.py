"""Texts of agents: not too long, nothing hidden."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.texts import first_line, shortened, size, visible


def test_nothing_is_hidden() -> None:
    told = visible("a\tb\r\nc\x1b[31m\u202egpj\u2066\udcff\x00é🙂")
    assert told == "a\tb\nc\\x1b[31m\\u202egpj\\u2066\\udcff\\x00é🙂"


def test_the_middle_of_a_long_text_is_left_out_and_told() -> None:
    text = "\n".join(f"line {n}" for n in range(1000))
    cut = shortened(text, 300)
    assert cut.startswith("line 0\nline 1\n")
    assert cut.endswith("\nline 998\nline 999")
    head, _, tail = cut.partition("\n\n[… ")
    left, _, tail = tail.partition(" characters left out …]\n\n")
    assert len(head) + 1 + int(left.replace(",", "")) + len(tail) == len(text)
    assert all(line.startswith("line ") for line in (*head.splitlines(), *tail.splitlines())), "whole lines"


@pytest.mark.parametrize("length", [300, 301, 5000])
def test_one_long_line_is_cut_too(length: int) -> None:
    assert len(shortened("x" * length, 300)) <= 350


def test_short_things_are_said_shortly() -> None:
    assert first_line("\n  \n two words \nthree") == "two words"
    assert first_line("x" * 200, 10) == "xxxxxxxxx…"
    assert [size(one) for one in (1, 999, 1234, 99_999, 3_400_000)] == [
        "1 byte", "999 bytes", "1 KB", "100 KB", "3.4 MB",
    ]  # fmt: skip
