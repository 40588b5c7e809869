"""`agenttasks apply`: what agents did reaches the working tree whole, or not at all, and what does not is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.applying import LINES, Applying, git

MERGED = LINES.replace("line 1\n", "first\n").replace("line 20", "last")


def new_file(name: str, line: str, mode: str = "100644") -> bytes:
    """A patch that makes a file; its name as `+++` has it, with `b/`."""
    old = name.replace("b/", "a/", 1)
    head = f"diff --git {old} {name}\nnew file mode {mode}\n--- /dev/null\n+++ {name}\n"
    return f"{head}@@ -0,0 +1 @@\n+{line}\n".encode()


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every file below a folder, but what `git status` itself writes."""
    paths = (one for one in folder.rglob("*") if (one.is_symlink() or one.is_file()) and one.name != "index")
    return {str(path): str(path.readlink()) if path.is_symlink() else path.read_bytes() for path in paths}


def test_what_passed_is_brought_home(applying: Applying) -> None:
    """Two tasks changed one file in different places: both are in it. A third changed what the first one did."""
    told = applying(code=1).splitlines()
    assert applying.read("app/a.py") == MERGED
    assert applying.status() == [
        " M app/a.py",
        " D app/old.txt",
        '?? "app/a b/ü"',
        "?? app/commit.txt",
        "?? app/run.sh",
        "?? app/twice.txt",
    ]
    assert os.access(applying.path / "app/run.sh", os.X_OK)
    assert told[:5] == [
        "applied        tasks/work.yaml::top: 1 file",
        "applied        tasks/work.yaml::bottom: 1 file",
        "left out       tasks/work.yaml::clash: conflict in app/a.py",
        "applied        tasks/work.yaml::files: 3 files",
        "nothing to do  tasks/work.yaml::nothing: it changed no file",
    ]
    assert told[-4].endswith("11 tasks: 5 applied, 4 left out, 1 nothing to do, 1 passed over")
    assert told[-3:] == [
        "not looked at, because they did not pass: 1 failed",
        "6 files changed in the working tree; nothing is staged or committed",
        "next: git status, git diff",
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(applying: Applying) -> None:
    before = snapshot(applying.path)
    dry = applying.tasks("--dry-run", code=1)
    assert snapshot(applying.path) == before
    assert applying("--dry-run", code=1).splitlines()[-2:] == [
        "6 files would change; nothing was changed",
        "next: the same without --dry-run",
    ]
    assert applying.tasks(code=1) == dry
    assert applying.read("app/a.py") == MERGED


def test_the_second_time_it_is_there_already(applying: Applying) -> None:
    names = ("top", "files", "commit")
    assert set(applying.statuses("latest", *names).values()) == {"applied"}
    before = snapshot(applying.path)
    assert applying.statuses("latest", *names) == dict.fromkeys(names, "there")
    assert snapshot(applying.path) == before
    applying.commit()
    assert applying.statuses("latest", *names) == dict.fromkeys(names, "there")
    assert applying("latest", "top").splitlines()[0] == "already there  tasks/work.yaml::top"


def test_what_was_committed_since_is_merged(applying: Applying) -> None:
    """Three-way: line 4 is context of the patch, and is not what the agent began with."""
    (applying.path / "app/a.py").write_text(LINES.replace("line 4\n", "four\n"))
    applying.commit()
    assert applying.statuses("latest", "top", "commit") == {"top": "applied", "commit": "applied"}
    assert applying.read("app/a.py") == LINES.replace("line 1\n", "first\n").replace("line 4\n", "four\n")


def test_what_the_agent_began_with_may_be_in_no_commit(applying: Applying) -> None:
    """Then a patch fits as it is, at another place too, or not at all."""
    objects = applying.path / ".git/objects"
    blob = git(applying.path, "rev-parse", "HEAD:app/a.py")
    (applying.path / "app/a.py").write_text(f"new\n{LINES}")
    git(applying.path, "add", ".")
    git(applying.path, "commit", "-q", "--amend", "-m", "one")
    (objects / blob[:2] / blob[2:]).unlink()
    assert applying.statuses("latest", "bottom") == {"bottom": "applied"}
    assert applying.read("app/a.py") == f"new\n{LINES}".replace("line 20", "last")
    applying.commit()
    assert applying.why("top") == (
        "conflict in app/a.py; what the agent began with is in no commit, so nothing can be merged"
    )


def test_trials_of_a_task_are_applied_once_and_a_person_may_choose(applying: Applying) -> None:
    found = applying.tasks("latest", "twice")
    assert [one["status"] for one in found.values()] == ["applied", "passed over"]
    assert (
        found["twice[trial2]"]["why"] == "tasks/work.yaml::twice[trial1] does the same work; name this one to have it"
    )
    (applying.path / "app/twice.txt").unlink()
    assert applying.statuses("latest", "tasks/work.yaml::twice[trial2]") == {"twice[trial2]": "applied"}


def test_the_second_trial_comes_where_the_first_does_not_fit(applying: Applying) -> None:
    applying.edit_patch("twice[trial1]", b"nonsense\n")
    assert applying.statuses("latest", "twice") == {"twice[trial1]": "left out", "twice[trial2]": "applied"}


def test_items_on_several_presets_are_one_task(applying: Applying) -> None:
    applying.edit_result("twice[trial1]", task="twice[v-trial1-a-b]", unit="twice[v]", requested="a-b")
    applying.edit_result("twice[trial2]", task="twice[v-n]", unit="twice[v]", requested="n")
    assert list(applying.statuses("latest", "twice").values()) == ["applied", "passed over"]
    applying.edit_result("twice[v-n]", task="twice[w-n]", unit="twice[w]")
    assert list(applying.statuses("latest", "twice").values()) == ["there", "there"]


def test_runs_are_named_by_id_beginning_or_folder(applying: Applying, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = (applying.path / ".agenttasks/runs/latest").resolve()
    elsewhere = shutil.copytree(folder, applying.path.parent / "downloaded")
    for named in (folder.name, folder.name[:10], str(folder), ".agenttasks/runs/latest", "../downloaded"):
        assert list(applying.statuses(named, "top", "--dry-run").values()) == ["applied"]
    (applying.path / "app/deep").mkdir()
    monkeypatch.chdir(applying.path / "app/deep")
    assert applying.statuses("latest", "top") == {"top": "applied"}
    assert elsewhere.is_dir()


REFUSED = {
    "tasks/work.yaml::topp": "unknown task 'tasks/work.yaml::topp'; did you mean 'tasks/work.yaml::top'?",
    "fails": "fails: only what passed can be applied\n  tasks/work.yaml::fails: failed: command: ",
}


@pytest.mark.parametrize("task", REFUSED)
def test_what_is_no_task_or_did_not_pass_is_refused(applying: Applying, task: str) -> None:
    assert applying("latest", task, "top", code=2).startswith(f"agenttasks: {REFUSED[task]}")
    assert applying.status() == []


def test_mistakes_are_told_in_words(applying: Applying, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no run 'nope'" in applying("nope", code=2)
    assert "there is no folder no/such" in applying("no/such", code=2)
    told = applying("tasks/work.yaml::top", code=2)
    assert "name the run first: agenttasks apply latest tasks/work.yaml::top" in told
    assert "--into pytest.ini: it is a file" in applying("latest", "--into", "pytest.ini", code=2)
    monkeypatch.chdir(applying.path.parent)
    assert "there are no runs in" in applying(code=2)


def test_without_git_nothing_is_applied(applying: Applying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(applying.path.parent))
    shutil.rmtree(applying.path / ".git")
    before = snapshot(applying.path)
    assert "lies in no git working tree" in applying(code=2)
    monkeypatch.setenv("PATH", str(applying.path))
    assert "git cannot be run" in applying(code=2)
    assert snapshot(applying.path) == before


def test_files_of_no_folder_need_one_to_be_said(applying: Applying) -> None:
    assert "`--into .` puts its files here" in applying.why("bare")
    assert applying.statuses("latest", "bare", "--into", "new/place") == {"bare": "applied"}
    assert applying.read("new/place/made.txt") == "made\n"


def test_a_result_of_an_older_version_needs_a_folder_to_be_said(applying: Applying) -> None:
    applying.edit_result("top", source=None)
    assert "`--into .` puts its files here" in applying.why("top")
    assert applying.statuses("latest", "top", "--into", "app") == {"top": "applied"}
    assert applying.read("app/a.py").startswith("first\n")


@pytest.mark.parametrize("source", ["gone", "../elsewhere", "/etc", "app/a.py", "out"])
def test_a_folder_that_is_not_in_the_project_is_told(applying: Applying, source: str) -> None:
    (applying.path / "out").symlink_to("/etc")
    applying.edit_result("top", source=source)
    assert f"its files came from the folder {source}, which is not in" in applying.why("top")


def test_files_given_in_the_task_file_are_not_in_the_tree(applying: Applying) -> None:
    assert applying.why("overlay") == "not there to be changed: app/NOTES.md"


def test_results_and_patches_that_are_damaged_are_told(applying: Applying) -> None:
    (applying.folder("bottom") / "changes.patch").unlink()
    assert "its patch cannot be read: " in applying.why("bottom")
    applying.edit_result("clash", slug="../../../../elsewhere")
    assert "its result names a folder outside of the run" in applying.why("clash")
    (applying.folder("top") / "result.json").write_text("{")
    told = applying("latest", "commit", code=1)
    assert "damaged: " in told
    assert "applied  tasks/work.yaml::commit: 1 file" in told


def test_a_project_below_the_top_of_its_repository(applying: Applying, monkeypatch: pytest.MonkeyPatch) -> None:
    above = applying.path.parent / "above"
    above.mkdir()
    inner = applying.path.rename(above / "in ner")
    (inner / ".git").rename(above / ".git")
    monkeypatch.chdir(inner)
    applying.path = above
    applying.commit()
    assert applying.statuses("latest", "top", "files") == {"top": "applied", "files": "applied"}
    assert (inner / "app/a.py").read_text().startswith("first\n")
    assert applying.status()[0] == ' M "in ner/app/a.py"'


def test_uncommitted_changes_are_never_written_over(applying: Applying) -> None:
    ours = "ours\n"
    (applying.path / "app/a.py").write_text(ours)
    (applying.path / "app/commit.txt").write_text(ours)
    (applying.path / ".git/info/exclude").write_text("run.sh\n")
    (applying.path / "app/run.sh").mkdir()
    (applying.path / "app/run.sh/kept").write_text(ours)
    git(applying.path, "rm", "-q", "--cached", "pytest.ini")
    assert applying.why("commit") == "conflict in app/commit.txt"
    assert applying.why("files") == "a folder is in its place: app/run.sh"
    assert applying.why("top") == "conflict in app/a.py"
    (applying.path / "app/a.py").write_text(LINES + ours)
    assert applying.why("top") == "uncommitted changes: app/a.py"
    git(applying.path, "add", "app/a.py")
    assert applying.why("top") == "uncommitted changes: app/a.py"
    git(applying.path, "rm", "-q", "--cached", "app/a.py")
    assert applying.why("top").startswith("uncommitted changes")
    assert applying.statuses("latest", "twice[trial1]") == {"twice[trial1]": "applied"}


def test_a_deletion_that_is_not_committed_stays(applying: Applying) -> None:
    (applying.path / "app/commit.txt").write_text("c\n")
    applying.commit()
    (applying.path / "app/commit.txt").unlink()
    assert applying.why("commit") == "uncommitted changes: app/commit.txt"


def test_files_that_git_was_told_not_to_look_at_are_left_alone(applying: Applying) -> None:
    git(applying.path, "update-index", "--assume-unchanged", "app/a.py")
    (applying.path / "app/a.py").write_text(LINES + "ours\n")
    assert applying.why("top") == "git was told not to look at it: app/a.py"


EVIL = {
    "../../x": "invalid path 'app/../../x'",
    "/etc/x": "git apply: bad git-diff - inconsistent new filename on line 2",
    ".git/hooks/pre-commit": "invalid path 'app/.git/hooks/pre-commit'",
    "sub/.GIT/config": "invalid path 'app/sub/.GIT/config'",
    "git~1/config": "invalid path 'app/git~1/config'",
    "link/x": "it lies behind a link, or below a file: app/link/x",
    "a.py/x": "it lies behind a link, or below a file: app/a.py/x",
    "inner/x": "it lies in another repository: app/inner/x",
    ".agenttasks/x": "it belongs to a run: app/.agenttasks/x",
    "[scrubbed:KEY]": "a secret was taken out of the name: app/[scrubbed:KEY]",
}


@pytest.mark.parametrize("name", EVIL)
def test_a_patch_cannot_write_where_it_should_not(applying: Applying, name: str) -> None:
    (applying.path.parent / "elsewhere").mkdir()
    (applying.path / "app/link").symlink_to(applying.path.parent / "elsewhere")
    git(applying.path, "init", "-q", "app/inner")
    before = snapshot(applying.path.parent)
    applying.edit_patch("top", new_file(f"b/{name}", "evil"))
    changed = applying.folder("top") / "changes.patch"
    assert applying.why("top") == EVIL[name]
    assert {k: v for k, v in snapshot(applying.path.parent).items() if v != before.get(k)}.keys() <= {
        str(changed),
        str(applying.path / ".git/agenttasks-apply.lock"),
    }


LINK_OUT = "a link that leads out of the project, or to git's own files: app/x"
KINDS = {
    ("120000", "/etc/passwd"): LINK_OUT,
    ("120000", "../../x"): LINK_OUT,
    ("120000", "../.git/hooks"): LINK_OUT,
    ("120000", "other/.."): LINK_OUT,
    ("120000", "out/passwd"): LINK_OUT,
    ("160000", "Subproject commit 1111111111111111111111111111111111111111"): "it is neither a file nor a link: app/x",
    ("100644", "token = [scrubbed:KEY]"): "a secret was taken out of the patch, so that it is not what the agent "
    "wrote: app/x",
    ("100644", "agenttasks-cassette: 1"): "cassettes are no agent's to change: app/x.yaml",
}


@pytest.mark.parametrize(("mode", "line"), KINDS)
def test_what_a_patch_makes_is_looked_at(applying: Applying, mode: str, line: str) -> None:
    (applying.path / "app/out").symlink_to("/etc")
    name = "b/x.yaml" if "cassette" in line else "b/x"
    patch = new_file(name, line, mode)
    patch += b"\\ No newline at end of file\n" if mode == "120000" else b""
    applying.edit_patch("top", patch)
    assert applying.why("top") == KINDS[mode, line]


def test_task_files_are_no_agents_to_change(applying: Applying) -> None:
    for name in ("work.yaml", "new.yml"):
        applying.edit_result("top", source=".")
        applying.edit_patch("top", new_file(f"b/tasks/{name}", "id: x"))
        assert name in applying.why("top")
    assert "task files are no agent's to change: tasks/new.yml" in applying.why("top")


def test_a_secret_that_was_taken_out_leaves_no_placeholder_behind(applying: Applying) -> None:
    assert b"+key = [scrubbed:key]\n" in (applying.folder("secret") / "changes.patch").read_bytes()
    told = "a secret was taken out of the patch, so that it is not what the agent wrote: app/key.txt"
    assert applying.why("secret") == told


def test_a_placeholder_that_the_agent_really_wrote_is_no_secret(applying: Applying) -> None:
    """The patch's own name of the content says that it is what the agent left."""
    blob = subprocess.run(
        ["git", "hash-object", "--stdin"], input=b"a [scrubbed:KEY]\n", capture_output=True, check=True
    ).stdout.decode()
    index = f"index {'0' * 40}..{blob}--- /dev/null".encode()
    patch = new_file("b/x", "a [scrubbed:KEY]").replace(b"--- /dev/null", index)
    applying.edit_patch("top", patch)
    assert applying.statuses("latest", "top") == {"top": "applied"}


def test_a_file_that_was_too_big_for_the_patch_is_told(applying: Applying) -> None:
    applying.edit_patch("top", new_file("b/x", "x") + b"# left out, too big for a patch: big (1 bytes)\n")
    assert "a file was too big for the patch" in applying.why("top")


KILLED = """
import os, signal, sys
from pytest_agenttasks.cli import main
def renames(event, arguments):
    if event == "os.rename" and "/app/" in str(arguments[1]):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(renames)
main(["apply"])
"""


def test_what_a_killed_one_wrote_is_undone_first(applying: Applying) -> None:
    """It was killed when it had deleted a file, before it wrote the first one."""
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=applying.path, capture_output=True, check=False)
    assert (done.returncode, applying.status()) == (-signal.SIGKILL, [" D app/old.txt"])
    assert "an earlier apply was killed while it wrote" in applying("--dry-run", code=2)
    told = applying("latest", "top", "commit")
    assert told.startswith("applied  tasks/work.yaml::top: 1 file")
    assert "what it had written is undone" in told
    assert applying.status() == [" M app/a.py", "?? app/commit.txt"]


def test_a_linked_worktree(applying: Applying, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has git's files elsewhere, and the runs of the project that it came from."""
    other = applying.path.parent / "other"
    git(applying.path, "worktree", "add", "-q", str(other))
    monkeypatch.chdir(other)
    run = str(applying.path / ".agenttasks/runs/latest")
    assert applying.statuses(run, "top", "bottom") == {"top": "applied", "bottom": "applied"}
    assert (other / "app/a.py").read_text() == MERGED
    assert applying.status() == []


def test_a_result_that_no_run_has_written_is_told(applying: Applying) -> None:
    applying.edit_result("top", task=["top"])
    told = applying(code=1)
    assert "/top--none/result.json: it is no result of a task\n" in told
    assert "::top" not in told


def test_the_command_itself_prints_names_that_no_terminal_obeys(applying: Applying) -> None:
    (applying.path / "app/x\x1b[2J\nleft out  y").write_text("mine")
    applying.edit_patch("top", new_file(r'"b/x\033[2J\nleft out  y"', "a"))
    command = [str(Path(sys.executable).with_name("agenttasks")), "apply", "latest", "top"]
    done = subprocess.run(command, cwd=applying.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (r"left out  tasks/work.yaml::top: conflict in app/x\x1b[2J\nleft out  y")
