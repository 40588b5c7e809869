from __future__ import annotations

import pytest

from pytest_agenttasks.workspace.output import BoundedOutput

NAMES = {"/tmp/agenttasks-x/workspace": "/workspace", "/tmp/agenttasks-x/tmp": "/tmp"}
TEXT = "a /tmp/agenttasks-x/workspace/b /tmp/agenttasks-x/tmp/c /tmp/agenttasks-x/workspac /tmp"


@pytest.mark.parametrize("size", range(1, 40))
def test_names_across_chunks_are_replaced(size: int) -> None:
    output = BoundedOutput(1000, NAMES)
    data = TEXT.encode()
    for start in range(0, len(data), size):
        output.feed(data[start : start + size])
    assert output.end() == ("a /workspace/b /tmp/c /tmp/agenttasks-x/workspac /tmp", 0)


@pytest.mark.parametrize("limit", range(60))
def test_the_cut_does_not_split_characters(limit: int) -> None:
    output = BoundedOutput(limit, {})
    text = "aé漢😀" * 40
    output.feed(text.encode())
    told, dropped = output.end()
    head, tail = told.split(f"\n[… {dropped} bytes left out …]\n")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len((head + tail).encode()) + dropped == len(text.encode())
    assert limit - 6 <= len((head + tail).encode()) <= limit


def test_what_fits_is_whole() -> None:
    output = BoundedOutput(11, {})
    output.feed(b"hello ")
    output.feed(b"world")
    assert output.end() == ("hello world", 0)


def test_bytes_that_are_no_text_are_marked() -> None:
    output = BoundedOutput(100, {})
    output.feed(b"a\xffb")
    assert output.end() == ("a\N{REPLACEMENT CHARACTER}b", 0)
