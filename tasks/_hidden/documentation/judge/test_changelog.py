import re
from pathlib import Path

import pytest

from judge.pages import sections

CHANGES = {
    "Unreleased": {"Added": [131], "Fixed": [129]},
    "1.3.0 - 2026-11-02": {"Added": [118, 121], "Changed": [117, 120], "Fixed": [122]},
    "1.2.1 - 2026-09-14": {"Fixed": [110, 112]},
    "1.2.0 - 2026-08-30": {"Added": [101, 104], "Removed": [102]},
}
PAGE = Path("CHANGELOG.md").read_text("utf-8")
COMMITS = Path("changes.txt").read_text("utf-8")


def entries(version, group):
    body = sections(sections(PAGE)[version], 3)[group]
    return re.findall(r"^- .*(?:\n  .*)*", body, re.MULTILINE)


def test_versions():
    assert list(sections(PAGE)) == list(CHANGES)


@pytest.mark.parametrize("version", CHANGES)
def test_changes(version):
    assert list(sections(sections(PAGE)[version], 3)) == list(CHANGES[version])
    for group, numbers in CHANGES[version].items():
        found = [re.search(r"\(#(\d+)\)\.$", entry) for entry in entries(version, group)]
        assert all(found), f"an entry does not end with its number: {entries(version, group)}"
        assert sorted(int(end[1]) for end in found) == numbers, group


def test_what_breaks_stands_first():
    assert entries("1.3.0 - 2026-11-02", "Changed")[0].startswith("- **Breaking:** ")
    assert PAGE.count("**Breaking:**") == 1


def test_it_is_written_for_users():
    assert [subject for subject in re.findall(r": (.*) \(#", COMMITS) if subject in PAGE] == []
    assert [line.split()[0] for line in COMMITS.splitlines() if line.split()[0] in PAGE] == []
