from __future__ import annotations

import os

import pytest

from tests.checks.conftest import Box


class TestFiles:
    def test_passes_when_each_pattern_matches(self, box: Box) -> None:
        box.write({"tests/test_a.py": "x", "README.md": "y"})
        box.passes("files", ["tests/test_*.py", "README.md"])

    def test_names_the_pattern_and_what_is_near(self, box: Box) -> None:
        box.write({"tests/helper.py": "x", "src/a.py": "x"})
        assert box.fails("files", "tests/test_*.py") == ("no file matches tests/test_*.py; there are: tests/helper.py")

    def test_the_most_similar_name_comes_first(self, box: Box) -> None:
        box.write({f"{letter * 8}.txt": "x" for letter in "abcdef"} | {"summary.md": "x"})
        message = box.fails("files", "sumary.md")
        assert message.startswith("no file matches sumary.md; there are: summary.md, aaaaaaaa.txt")
        assert message.endswith("and 2 more")

    def test_names_what_the_next_folder_above_holds(self, box: Box) -> None:
        box.write({"README.md": "x"})
        assert box.fails("files", "docs/a/*.md").endswith("there are: README.md")

    def test_nothing_at_all(self, box: Box) -> None:
        assert box.fails("files", "docs/*.md") == "no file matches docs/*.md; there are: no files"

    def test_an_empty_file_is_no_file(self, box: Box) -> None:
        box.write({"out/a.txt": ""})
        assert box.fails("files", "out/*.txt") == "out/a.txt is empty"

    def test_one_full_file_among_empty_ones_is_enough(self, box: Box) -> None:
        box.write({"out/a.txt": "", "out/b.txt": "x"})
        box.passes("files", "out/*.txt")

    def test_a_folder_is_no_file(self, box: Box) -> None:
        box.write({"README.md/inner.txt": "x"})
        assert box.fails("files", "README.md") == ("README.md is a folder, not a file; there are: README.md/inner.txt")

    def test_a_pipe_is_no_file(self, box: Box) -> None:
        os.mkfifo(box.path / "pipe")
        assert box.fails("files", "pipe").startswith("no file matches pipe")

    def test_all_that_is_wanting_is_said(self, box: Box) -> None:
        message = box.fails("files", ["a.txt", "b.txt"])
        assert "a.txt" in message
        assert "b.txt" in message

    def test_a_link_out_does_not_count(self, box: Box) -> None:
        (box.path / "hosts.txt").symlink_to("/etc/hosts")
        assert "no file matches hosts.txt" in box.fails("files", "hosts.txt")

    def test_a_link_to_nothing_does_not_count(self, box: Box) -> None:
        (box.path / "a.txt").symlink_to("b.txt")
        assert "no file matches a.txt" in box.fails("files", "a.txt")


class TestContains:
    def test_passes(self, box: Box) -> None:
        box.write({"README.md": "## Usage\nrun it"})
        assert box.passes("contains", {"file": "README.md", "text": "Usage\nrun"})

    def test_names_the_file_and_the_text(self, box: Box) -> None:
        box.write({"README.md": "nothing"})
        message = box.fails("contains", {"file": "README.md", "text": "usage"})
        assert message == "README.md does not contain 'usage'"

    def test_case_matters_unless_told(self, box: Box) -> None:
        box.write({"README.md": "Usage"})
        message = box.fails("contains", {"file": "README.md", "text": "usage"})
        assert message == "README.md does not contain 'usage': upper and lower case differ"
        box.passes("contains", {"file": "README.md", "text": "uSAGE", "ignore_case": True})

    def test_text_is_taken_as_it_is(self, box: Box) -> None:
        box.write({"a.txt": "abc"})
        box.fails("contains", {"file": "a.txt", "text": "a.c"})

    def test_one_matching_file_suffices(self, box: Box) -> None:
        box.write({"docs/a.md": "no", "docs/b.md": "usage"})
        assert "docs/b.md" in box.passes("contains", {"file": "docs/*.md", "text": "usage"})
        message = box.fails("contains", {"file": "docs/*.md", "text": "licence"})
        assert message == "docs/a.md, docs/b.md do not contain 'licence'"

    def test_a_missing_file_is_said_to_be_missing(self, box: Box) -> None:
        box.write({"READ.md": "x"})
        message = box.fails("contains", {"file": "README.md", "text": "x"})
        assert message == "no file matches README.md; there are: READ.md"

    def test_a_folder_is_said_to_be_one(self, box: Box) -> None:
        (box.path / "README.md").mkdir()
        assert "README.md is a folder" in box.fails("contains", {"file": "README.md", "text": "x"})

    def test_bytes_that_are_no_text(self, box: Box) -> None:
        box.write({"a.bin": b"\xff\xfe\x00usage\xff"})
        box.passes("contains", {"file": "a.bin", "text": "usage"})
        message = box.fails("contains", {"file": "a.bin", "text": "licence"})
        assert message == "a.bin does not contain 'licence': binary, not UTF-8 text"

    def test_broken_bytes_are_no_replacement_character(self, box: Box) -> None:
        box.write({"a.txt": b"x\xffy"})
        box.fails("contains", {"file": "a.txt", "text": "\ufffd"})

    def test_a_huge_file_is_read_to_a_bound(self, box: Box) -> None:
        with (box.path / "a.txt").open("wb") as file:
            file.truncate(2**40)
        assert "binary" in box.fails("contains", {"file": "a.txt", "text": "usage"})

    def test_a_huge_text_is_read_to_a_bound(self, box: Box) -> None:
        box.write({"a.txt": b" " * (16 * 2**20) + b"usage"})
        message = box.fails("contains", {"file": "a.txt", "text": "usage"})
        assert message == "a.txt does not contain 'usage' in the first 16 MiB"

    def test_a_file_without_permission(self, box: Box) -> None:
        box.write({"a.txt": "usage"})
        (box.path / "a.txt").chmod(0)
        if os.access(box.path / "a.txt", os.R_OK):
            pytest.skip("this user (root) reads every file")
        assert "a.txt cannot be read" in box.fails("contains", {"file": "a.txt", "text": "usage"})

    def test_a_link_out_is_not_read(self, box: Box) -> None:
        (box.path / "a.txt").symlink_to("/etc/passwd")
        assert "no file matches a.txt" in box.fails("contains", {"file": "a.txt", "text": "root"})
