"""What one command gives back, in both isolations."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.workspace import Isolation
from tests.workspace.conftest import Open


def test_output_is_in_order_and_exit_code_is_told(opened: Open, isolation: Isolation) -> None:
    result = opened(isolation).execute("echo one; echo two >&2; echo three; exit 3")
    assert (result.exit_code, result.output, result.truncated) == (3, "one\ntwo\nthree\n", 0)


def test_a_list_is_not_seen_by_a_shell(opened: Open, isolation: Isolation) -> None:
    result = opened(isolation).execute(["printf", "%s|", "$HOME", "a b", "*"])
    assert result.output == "$HOME|a b|*|"


def test_missing_program_is_127_and_the_same_words_in_both(opened: Open, isolation: Isolation) -> None:
    result = opened(isolation).execute(["no-such-program"])
    assert (result.exit_code, result.output) == (127, "sh: 1: exec: no-such-program: not found\n")


def test_a_signal_is_128_plus_its_number(opened: Open, isolation: Isolation) -> None:
    assert opened(isolation).execute("kill -TERM $$").exit_code == 143


def test_stdin_is_empty_and_sigpipe_not_ignored(opened: Open, isolation: Isolation) -> None:
    result = opened(isolation).execute("cat; set -o pipefail; yes | head -n 1; echo $?")
    assert result.output == "y\n141\n"


def test_the_folder_is_shown_as_workspace(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation)
    result = workspace.execute("pwd; mktemp -u; echo ~; python -c 'import os; print(os.getcwd())'")
    first, temporary, home, last = result.output.splitlines()
    assert (first, home, last) == ("/workspace", "/home/agent", "/workspace")
    assert temporary.startswith("/tmp/tmp.")
    assert str(workspace.path) not in result.output


def test_tmp_and_home_stay_between_commands(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation)
    workspace.execute('echo a > "$TMPDIR/kept"; echo b > ~/kept')
    assert workspace.execute('cat "$TMPDIR/kept" ~/kept').output == "a\nb\n"


def test_umask_is_fixed(opened: Open, isolation: Isolation) -> None:
    assert opened(isolation).execute("umask").output == "0022\n"


@pytest.mark.parametrize("command", ["echo a\0b", "x" * 131_072, ["echo", "x" * 131_072]])
def test_what_no_program_can_be_given_is_said(opened: Open, command: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"NUL character|longer than 131071 bytes: write long texts to a file"):
        opened().execute(command)


def test_the_longest_command_runs(opened: Open, isolation: Isolation) -> None:
    assert opened(isolation).execute("echo a #".ljust(131_071, "x")).output == "a\n"


def test_cancelling_ends_the_command(opened: Open, isolation: Isolation) -> None:
    cancel = threading.Event()
    cancel.set()
    assert opened(isolation).execute("sleep 1000", cancel=cancel).exit_code is None


def test_a_gigabyte_is_cut_and_costs_no_memory(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = workspace.execute("echo first; yes | head -c 1000000000; echo last", output_limit=1000)
    assert result.exit_code == 0
    assert result.output.startswith("first\ny\n")
    assert result.output.endswith("y\nlast\n")
    assert f"\n[… {result.truncated} bytes left out …]\n" in result.output
    assert result.truncated == 1_000_000_000 + len("first\nlast\n") - 1000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_gone_workspace_is_said(opened: Open) -> None:
    workspace = opened(files={"a": "1", "b": "2"})
    workspace.execute('rm -rf "$PWD"')
    with pytest.raises(WorkspaceError, match="the workspace folder is gone"):
        workspace.execute("true")
    assert workspace.changed() == ("a", "b")
    assert workspace.patch().count(b"deleted file mode 100644") == 2
    assert workspace.matching("**") == []


def test_a_link_in_place_of_the_workspace_is_not_followed(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret").write_text("x")
    workspace = opened(files={"a": "1"})
    workspace.execute(f'rm -rf "$PWD"; ln -s {tmp_path}/other "$PWD"')
    assert workspace.changed() == ("a",)
    with pytest.raises(WorkspaceError, match="deleted or replaced"):
        workspace.execute("true")


def test_emptied_workspace_goes_on(opened: Open, isolation: Isolation) -> None:
    workspace = opened(isolation, files={"a/b": "1"})
    workspace.execute('rm -rf ./* "$TMPDIR" ~')
    assert workspace.changed() == ("a/b",)
    assert workspace.execute('echo x > new; ls; touch "$TMPDIR/y" ~/z').output == "new\n"


def test_spaces_and_other_alphabets(
    opened: Open, isolation: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "mit Abstand und ümläut 漢"
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    workspace = opened(isolation, files={"é à.txt": "ç\n"})
    assert workspace.path.is_relative_to(odd)
    assert workspace.execute("cat 'é à.txt'; pwd").output == "ç\n/workspace\n"
    assert workspace.execute(["cat", "é à.txt"], writable=[odd]).output == "ç\n"
