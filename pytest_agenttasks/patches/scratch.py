"""A repository for a moment, in which patches are tried on copies of the files that they touch.

It sees the objects of the real one, for three-way merges, and writes none there. It has an index and no working tree,
so that no path of a patch ever reaches the disk; and none of anybody's settings, attributes, hooks and filters.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_agenttasks.patches.change import Change, State, found_at
from pytest_agenttasks.patches.contents import Contents
from pytest_agenttasks.patches.git import Done, asked, names, run

_OBJECT_LINE = re.compile(rb"^index [0-9a-f]{40}\.\.([0-9a-f]{40})(?: \d+)?$", re.MULTILINE)
_MISSING = re.compile(r"^error: (.+): does not exist in index$", re.MULTILINE)
_REFUSED = re.compile(r"^error: (.+): (?:patch does not apply|already exists in index)$", re.MULTILINE)
_NO_BASE = "lacks the necessary blob"


@dataclass(frozen=True, slots=True)
class Tried:
    """A patch that was tried.

    Attributes:
        changes: what it does; empty if it cannot be applied, or if all of it is there already.
        conflict: why it cannot be applied; None if it can.
        tree: git's name of all files afterwards.
    """

    changes: list[Change]
    conflict: str | None
    tree: str


class Scratch:
    """The temporary repository, from `scratch`. What has been tried stays applied until `back_to` is called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env = {
            "GIT_DIR": str(folder / "git"),
            "GIT_WORK_TREE": str(folder / "empty"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "HOME": str(folder / "empty"),
            "XDG_CONFIG_HOME": str(folder / "empty"),
        }

    def paths_in(self, patch: bytes, folder: str) -> list[str]:
        """The files that a patch names, below a folder.

        Raises:
            GitError: it is no patch.
        """
        listed = asked(self._inside, "apply", "--numstat", "-z", *_below(folder), stdin=patch, env=self._env)
        return [os.fsdecode(line.split(b"\t", 2)[2]) for line in listed.split(b"\0") if line]

    def take(self, top: Path, paths: Iterable[str]) -> None:
        """Copy files of the working tree, as they are on the disk."""
        lines: list[bytes] = []
        copies: list[Path] = []
        for path in sorted(set(paths)):
            found = found_at(top, path)
            if found is not None:
                state, content = found
                copies.append(self._folder / "copies" / str(len(copies)))
                copies[-1].write_bytes(content)
                lines.append(b"%o %s 0\t%s\0" % (state.mode, state.blob.encode(), os.fsencode(path)))
        listed = "".join(f"{copy}\n" for copy in copies).encode()
        self._git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed)
        self._git("update-index", "-z", "--index-info", stdin=b"".join(lines))

    def tree(self) -> str:
        """git's name of all files as they are now."""
        return self._git("write-tree").decode().strip()

    def try_patch(self, patch: bytes, folder: str) -> Tried:
        """Apply a patch below a folder, three-way where that is needed and possible."""
        before = self.tree()
        options = ("--cached", "--3way", "--binary", "--whitespace=nowarn", *_below(folder))
        done = run(self._inside, "apply", *options, stdin=patch, env=self._env)
        if done.code != 0:
            conflict = self._conflict(done)
            self.back_to(before)
            return Tried([], None if self._is_there(patch, folder) else conflict, before)
        after = self.tree()
        return Tried(self.changes(before, after), None, after)

    def back_to(self, tree: str) -> None:
        """Undo what was tried since."""
        self._git("read-tree", "--reset", tree)

    def changes(self, before: str, after: str) -> list[Change]:
        """What differs between two trees."""
        words = self._git("diff-tree", "-r", "-z", "--no-renames", before, after).split(b"\0")
        pairs = zip(words[::2], words[1::2], strict=False)
        return [_change(line.decode(), os.fsdecode(path)) for line, path in pairs]

    def content(self, state: State) -> bytes:
        """Of a file."""
        return self._contents.read(state.blob)

    def close(self) -> None:
        """End what was started for it."""
        if "_contents" in self.__dict__:
            self._contents.close()

    @cached_property
    def _contents(self) -> Contents:
        return Contents(self._inside, self._env)

    @property
    def _inside(self) -> Path:
        return self._folder / "empty"

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return asked(self._inside, *arguments, stdin=stdin, env=self._env)

    def _is_there(self, patch: bytes, folder: str) -> bool:
        """Whether all that a patch does has been done: then it could be undone."""
        options = ("--cached", "--reverse", "--check", "--binary", *_below(folder))
        return run(self._inside, "apply", *options, stdin=patch, env=self._env).code == 0

    def _conflict(self, done: Done) -> str:
        missing, refused = _MISSING.findall(done.errors), _REFUSED.findall(done.errors)
        unmerged = [line.partition("\t")[2] for line in names(self._git("ls-files", "--unmerged", "-z"))]
        told = [f"not there to be changed: {listed(missing)}"] if missing else []
        told += [f"conflict in {listed([*unmerged, *refused])}"] if unmerged or refused else []
        if refused and _NO_BASE in done.errors:
            told.append("what the agent began with is in no commit, so nothing can be merged")
        return "; ".join(told) or done.why


@contextmanager
def scratch(objects: Path | None) -> Iterator[Scratch]:
    """A temporary repository that sees these objects, too.

    Raises:
        GitError: it cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as name:
        folder = Path(name)
        for one in ("empty", "copies"):
            (folder / one).mkdir()
        made = Scratch(folder)
        made._git("-c", "init.defaultBranch=main", "init", "-q", "--object-format=sha1", "--template=")
        # What would be `.git` on a Mac or on Windows, in a clone there, is no path for a patch either.
        for setting in ("core.protectHFS", "core.protectNTFS"):
            made._git("config", setting, "true")
        if objects is not None:
            alternates = folder / "git/objects/info/alternates"
            alternates.parent.mkdir(exist_ok=True)
            alternates.write_bytes(os.fsencode(objects) + b"\n")
        try:
            yield made
        finally:
            made.close()


def contents_told(patch: bytes) -> set[str]:
    """git's names of the files as the agent left them, by the patch's own words."""
    return {name.decode() for name in _OBJECT_LINE.findall(patch)}


def listed(paths: Iterable[str], most: int = 3) -> str:
    """Names, not too many."""
    known = list(dict.fromkeys(paths))
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def _below(folder: str) -> list[str]:
    return [f"--directory={folder}"] if folder not in ("", ".") else []


def _change(line: str, path: str) -> Change:
    """Of a line of diff-tree: `:old-mode new-mode old-name new-name status`."""
    old_mode, new_mode, old, new, _ = line.removeprefix(":").split(" ")
    return Change(path, _state(old_mode, old), _state(new_mode, new))


def _state(mode: str, blob: str) -> State | None:
    return State(int(mode, 8), blob) if int(mode, 8) else None
