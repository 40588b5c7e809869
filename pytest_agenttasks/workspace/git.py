"""A commit as a workspace. The repository is only read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from pytest_agenttasks.exceptions import WorkspaceError


def missing_git() -> str | None:
    """That git is not here, and what to do about it."""
    return None if shutil.which("git") else "workspace.git needs the program git: install it, or use `from`"


def check_out(base: Path, ref: str, folder: str, destination: Path) -> None:
    """Write a folder of a commit to `destination`, which must not exist.

    Through an index of its own, not `git archive`: that leaves out what `export-ignore` says, tests often.

    Args:
        base: any folder of the repository.
        ref: branch, tag or commit.
        folder: relative to the top of the repository; `.` is all of it.
        destination: is made.

    Raises:
        WorkspaceError: git is missing, `base` lies in no repository, or it has no such commit or folder.
    """
    repository = _git(base, "rev-parse", "--absolute-git-dir", problem=f"{base} lies in no git repository")
    tree = _tree(base, ref, folder)
    kind = _git(base, "cat-file", "-t", tree, problem=f"the commit {ref!r} has no folder {folder!r}")
    if kind != "tree":
        raise WorkspaceError(f"workspace.git: {folder!r} is a file in {ref!r}, not a folder")
    destination.mkdir()
    index = destination.with_name("index")
    into = ("--git-dir", repository, "--work-tree", str(destination), "-c", "core.autocrlf=false")
    _git(destination, *into, "read-tree", tree, index=index)
    _git(destination, *into, "checkout-index", "--all", index=index)
    index.unlink()


def listed(base: Path, ref: str, folder: str) -> list[tuple[str, str]]:
    """All files in a folder of a commit: (mode, type and hash of the content; path below the folder).

    Raises:
        WorkspaceError: as for `check_out`.
    """
    listing = _git(
        base,
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        _tree(base, ref, folder),
        problem=f"{ref!r} has no folder {folder!r}",
    )
    pairs = (line.partition("\t") for line in listing.split("\0") if line)
    return [(kind, name) for kind, _, name in pairs]


def top_of(base: Path) -> Path:
    """The top folder of the repository that `base` lies in.

    Raises:
        WorkspaceError: it lies in none.
    """
    return Path(_git(base, "rev-parse", "--show-toplevel", problem=f"{base} lies in no git repository"))


def commit(base: Path, ref: str) -> str:
    """The hash of a commit.

    Raises:
        WorkspaceError: there is none, or no repository.
    """
    problem = f"there is no commit {ref!r} in the repository of {base}"
    if ref.startswith("-"):
        raise WorkspaceError(f"workspace.git: {problem}")
    return _git(base, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", problem=problem)


def _tree(base: Path, ref: str, folder: str) -> str:
    """A folder of a commit, as git names it."""
    path = os.path.normpath(folder)
    if path.split("/")[0] in ("..", ""):
        raise WorkspaceError(f"workspace.git: the path {folder!r} leads out of the repository")
    return f"{commit(base, ref)}:{'' if path == '.' else path}"


def _git(folder: Path, *arguments: str, problem: str = "git failed", index: Path | None = None) -> str:
    if missing := missing_git():
        raise WorkspaceError(missing)
    # Variables such as GIT_DIR, which git sets for hooks, would point at another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if index is not None:
        env["GIT_INDEX_FILE"] = str(index)
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        told = done.stderr.strip().splitlines()
        raise WorkspaceError(f"workspace.git: {problem}" + (f" ({told[0]})" if told else ""))
    return done.stdout.strip()
