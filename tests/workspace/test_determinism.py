"""What commands see is the same whatever the caller's surroundings are, in both isolations."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_agenttasks.agents.tools import ToolCall, use
from pytest_agenttasks.workspace import Isolation, Workspace
from tests.workspace.conftest import Open

SURROUNDINGS = (
    {"TZ": "UTC", "LANG": "C", "COLUMNS": "80", "PYTHONHASHSEED": "0", "HOME": "/root"},
    {"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR.UTF-8", "COLUMNS": "44", "LINES": "5",
     "PYTHONHASHSEED": "7", "HOME": "/nonexistent", "PATH_EXTRA": "/x", "PYTHONPATH": "/y", "TERM": "xterm-256color",
     "LS_COLORS": "di=1", "GREP_OPTIONS": "-n", "PYTHONWARNINGS": "error", "POSIXLY_CORRECT": "1", "TMPDIR": "/var/tmp",
     "BASH_ENV": "/y", "ENV": "/y", "CDPATH": "/usr", "LESS": "-N", "GIT_PAGER": "no", "XDG_CONFIG_HOME": "/y"},
)  # fmt: skip
UMASKS = (0o022, 0o077)

LOOKS = {
    "zone": "date +%Z%z; python -c 'import time; print(time.tzname, time.localtime(0).tm_hour)'",
    "locale": "printf '%s\\n' b A a B ö | sort; python -c 'import sys, locale;"
    " print(locale.getlocale(), sys.getfilesystemencoding(), sys.stdout.encoding)'",
    "hash seed": 'python -c \'print(hash("a"), list({"x", "y", "z", "w"}))\'',
    "home": "echo $HOME; cd; pwd",
    "path": "echo $PATH",
    "umask": "umask; touch made; mkdir folder; stat -c '%a %n' made folder",
    "width": "python -c 'import shutil; print(shutil.get_terminal_size())'; ls --color=auto",
    "file order": "ls -U; python -c 'import os; print(os.listdir(\"src\"))'",
    "modes and times": "stat -c '%a %Y %n' . src src/* run.sh",
    "variables": "env | grep -v -e ^_= -e ^SHLVL= | sort",
    "temporary folder": "python -c 'import tempfile; print(tempfile.gettempdir())'",
    "commit": "git init -q -b main && git add . && git commit -qm x && git log",
}


@contextmanager
def surrounded(environment: dict[str, str], umask: int) -> Iterator[None]:
    """This process as somebody else's would be."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        time.tzset()
        before = os.umask(umask)
        try:
            yield
        finally:
            os.umask(before)
    time.tzset()


FILES = {"src/b.py": "b", "src/a.py": "a", "src/z.py": "z", "src/ö.py": "o", "run.sh": "#!/bin/sh\n", "A": "", "b": ""}


@pytest.mark.parametrize("what", LOOKS)
def test_the_same_in_other_surroundings(opened: Open, isolation: Isolation, what: str) -> None:
    seen = []
    for environment, umask in zip(SURROUNDINGS, UMASKS, strict=True):
        with surrounded(environment, umask):
            result = opened(isolation, files=FILES).execute(LOOKS[what])
        assert result.exit_code == 0, result.output
        seen.append(result.output)
    assert seen[0] == seen[1]
    assert seen[0].strip()


def test_what_is_seen_is_what_is_documented(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, files=FILES)
    with surrounded(SURROUNDINGS[1], UMASKS[1]):
        seen = {what: workspace.execute(LOOKS[what]).output.splitlines() for what in LOOKS}
    assert seen["zone"] == ["UTC+0000", "('UTC', 'UTC') 0"]
    assert seen["locale"][:5] == ["A", "B", "a", "b", "ö"]
    assert seen["home"] == ["/home/agent", "/home/agent"]
    assert seen["umask"] == ["0022", "644 made", "755 folder"]
    assert seen["width"][0] == "os.terminal_size(columns=80, lines=24)"
    assert seen["temporary folder"] == ["/tmp"]


def write(workspace: Workspace, path: str) -> None:
    use(ToolCall("", "write_file", {"path": path, "content": "x"}), workspace, 10)


def test_files_of_the_agents_tools_have_the_modes_of_files_of_commands(opened: Open, isolation: Isolation) -> None:
    """They are written by this process, whose umask is the caller's."""
    workspace = opened(isolation, files={"run.sh": "#!/bin/sh\n"})
    (workspace.path / "run.sh").chmod(0o755)
    with surrounded({}, 0o077):
        for path in ("new.txt", "deep/er/new.txt", "run.sh"):
            write(workspace, path)
    listed = workspace.execute("stat -c '%a %n' new.txt deep deep/er deep/er/new.txt run.sh").output
    assert listed.splitlines() == ["644 new.txt", "755 deep", "755 deep/er", "644 deep/er/new.txt", "755 run.sh"]
