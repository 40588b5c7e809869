"""git, as a program: the repository of a working tree, which is only read, and how commands are run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NEEDED = (2, 32)
"""The first git whose `apply` takes `--3way` and `--cached` together: its release notes, 2.32.0."""


class GitError(Exception):
    """git is missing or too old, there is no repository, or a command failed; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    output: bytes
    errors: str

    @property
    def why(self) -> str:
        """What git complained of, without its prefix."""
        found = re.findall(r"^(?:fatal|error): (.+)$", self.errors, re.MULTILINE)
        return found[-1] if found else f"it ended with {self.code}"


def run(folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
    """Run git in a folder.

    Args:
        folder: where.
        arguments: of git.
        stdin: what it reads.
        env: variables, beside those of this process that are not git's own.

    Raises:
        GitError: there is no git.
    """
    command = ["git", *arguments]
    variables = environment(env or {})
    try:
        done = subprocess.run(command, cwd=folder, env=variables, input=stdin, capture_output=True, check=False)
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}; install git {_shown(NEEDED)} or newer") from None
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Variables for git: those of this process that are not git's own, and more."""
    # Variables such as GIT_DIR, which git sets for hooks, would point at another repository.
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**own, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **more}


def asked(folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """What git prints.

    Raises:
        GitError: it failed.
    """
    done = run(folder, *arguments, stdin=stdin, env=env)
    if done.code != 0:
        raise GitError(f"git {arguments[0]}: {done.why}")
    return done.output


def names(output: bytes) -> list[str]:
    """Of NUL-terminated names."""
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


@dataclass(frozen=True)
class Repository:
    """The repository of a working tree. Nothing in here changes it.

    Attributes:
        top: real path of the working tree.
        folder: of git's own files for this working tree.
        objects: where its objects lie; None where they are not named by SHA-1, as in our patches.
    """

    top: Path
    folder: Path
    objects: Path | None

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that a folder lies in.

        Raises:
            GitError: git is missing or too old, or the folder lies in none.
        """
        _refuse_old(asked(folder, "--version"))
        found = run(folder, "rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-path", "objects")
        lines = os.fsdecode(found.output).splitlines()
        if found.code != 0 or len(lines) != 3:
            raise GitError(
                f"{folder} lies in no git working tree ({found.why}). Patches are only brought to files that are "
                "committed, so that nothing can be lost: git init, git add and git commit first"
            )
        top, git_folder, objects = (folder / line for line in lines)
        sha1 = asked(folder, "rev-parse", "--show-object-format").strip() == b"sha1"
        return cls(top.resolve(), git_folder.resolve(), objects.resolve() if sha1 else None)

    def tracked(self) -> dict[str, bool]:
        """Files that git knows, relative to the top, and whether it looks at what becomes of them.

        It does not at those that are marked as unchanged (`git update-index --assume-unchanged`), or as none of the
        working tree (sparse checkouts).
        """
        listed = names(asked(self.top, "ls-files", "-v", "-z", "--full-name"))
        return {line[2:]: line[0].isupper() and line[0] != "S" for line in listed}

    def dirty(self) -> set[str]:
        """Files that git knows and that differ from the last commit, staged or not."""
        options = ("--porcelain", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=all")
        return {line[3:] for line in names(asked(self.top, "status", *options))}


def _refuse_old(told: bytes) -> None:
    found = re.search(rb"(\d+)\.(\d+)", told)
    if found and (int(found[1]), int(found[2])) < NEEDED:
        raise GitError(f"this is {told.decode().strip()}; {_shown(NEEDED)} or newer is needed")


def _shown(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
