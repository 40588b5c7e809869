from __future__ import annotations

import os

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

    def test_a_size_and_a_number_of_files(self, box: Box) -> None:
        box.write({"out/a.txt": "12345", "out/b.txt": "12345", "out/c.txt": "1"})
        box.passes("files", {"exist": "out/*.txt", "min_bytes": 5, "count": 2})
        message = box.fails("files", {"exist": "out/*.txt", "min_bytes": 5, "min": 3})
        assert message == "2 files match out/*.txt, expected at least 3: out/a.txt, out/b.txt"
        assert box.fails("files", {"exist": "out/*.txt", "min_bytes": 6}) == (
            "out/a.txt, out/b.txt, out/c.txt are smaller than 6 bytes"
        )


class TestAbsent:
    def test_passes_where_nothing_is(self, box: Box) -> None:
        box.write({"src/a.py": "x"})
        assert box.passes("absent", ["legacy/**", "*.orig"]) == "nothing matches legacy/**, *.orig"

    def test_names_what_is_there(self, box: Box) -> None:
        box.write({"src/a.py.orig": "", "b.orig": "x"})
        assert box.fails("absent", "**/*.orig") == "there should not be b.orig, src/a.py.orig"

    def test_a_folder_counts(self, box: Box) -> None:
        (box.path / "legacy").mkdir()
        assert box.fails("absent", "legacy") == "there should not be legacy"
        assert box.fails("absent", "legacy/") == "there should not be legacy"

    def test_a_link_counts_wherever_it_leads(self, box: Box) -> None:
        (box.path / "nowhere").symlink_to("gone")
        (box.path / "out").symlink_to("/etc")
        assert box.fails("absent", ["nowhere", "out"]) == "there should not be nowhere, out"
        box.passes("absent", "out/hosts")

    def test_a_pipe_counts(self, box: Box) -> None:
        os.mkfifo(box.path / "pipe")
        box.fails("absent", "pi*")

    def test_nothing_hides_in_a_folder_without_permission(self, box: Box) -> None:
        box.write({"closed/secret.txt": "x"})
        (box.path / "closed").chmod(0)
        try:
            assert box.fails("absent", "closed/secret.txt") == "there should not be closed/secret.txt"
        finally:
            (box.path / "closed").chmod(0o700)

    def test_brackets_in_a_name(self, box: Box) -> None:
        box.write({"a[1].txt": "x"})
        box.fails("absent", "a[1].txt")
