"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pytest_agenttasks.files import write_whole


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "f"
    texts = [bytes([65 + n]) * 300_000 for n in range(3)]
    write_whole(file, texts[0])

    def write(text: bytes) -> None:
        for _ in range(20):
            write_whole(file, text)

    writers = [threading.Thread(target=write, args=(text,)) for text in texts]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert file.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("old")
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        write_whole(file, b"new")
    tmp_path.chmod(0o700)
    assert file.read_text() == "old"


def test_a_name_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "f", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


def test_of_several_that_may_not_replace_one_writes(tmp_path: Path) -> None:
    texts, won = [bytes([65 + n]) for n in range(8)], []

    def write(text: bytes) -> None:
        try:
            write_whole(tmp_path / "f", text, replace=False)
            won.append(text)
        except FileExistsError:
            pass

    writers = [threading.Thread(target=write, args=(text,)) for text in texts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [(tmp_path / "f").read_bytes()] == won
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]
