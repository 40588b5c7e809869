from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_agenttasks.workspace import Isolation, open_workspace
from tests.workspace.conftest import Open, spec


def test_the_folder_is_private_and_in_no_project(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = opened().path
    assert not path.is_relative_to(tmp_path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path == path.resolve()


def test_nothing_is_left_of_read_only_folders(isolation: Isolation, tmp_path: Path) -> None:
    with open_workspace(spec(), base=tmp_path, isolation=isolation) as workspace:
        workspace.execute("mkdir -p a/b/c; touch a/b/c/d; chmod 0 a/b/c a/b a .")
    assert not workspace.path.parent.exists()


def test_nothing_is_left_of_a_failed_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with (
        pytest.raises(Exception, match="ended with 1"),
        open_workspace(spec(setup=["false"]), base=tmp_path, isolation="none"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs an interpreter that everybody may run")
def test_an_ordinary_user_can_do_the_same(isolation: Isolation, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    code = (
        "import sys; sys.version_info >= (3, 11) or sys.exit(77)\n"
        "from pathlib import Path; from types import SimpleNamespace; from pytest_agenttasks.workspace import *\n"
        "spec = SimpleNamespace(from_=None, git=None, files={'a': '1'}, setup=[], network=False)\n"
        "with open_workspace(spec, base=Path(), isolation=sys.argv[1]) as workspace:\n"
        "    result = workspace.execute('mkdir d; touch d/x; cat a; chmod 0 d')\n"
        "    print(result.exit_code, result.output, workspace.changed(), *choose_isolation('auto', live=False)[:1])\n"
        "print(workspace.path.parent.exists())\n"
    )
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code, isolation],
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode == 77 or "No module named 'pytest_agenttasks'" in done.stderr:
        pytest.skip("that interpreter is too old, or the checkout cannot be read by everybody")
    assert (done.stdout, done.stderr) == ("0 1 ('d/x',) b\nFalse\n", "")


def test_what_only_commands_need_is_made_for_the_first_of_them(isolation: Isolation, tmp_path: Path) -> None:
    with open_workspace(spec(), base=tmp_path, isolation=isolation) as workspace:
        assert [path.name for path in workspace.path.parent.iterdir()] == ["workspace"]
        assert workspace.execute('test -w /tmp && test -w "$HOME" && echo fine').output == "fine\n"
