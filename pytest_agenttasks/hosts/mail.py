"""Files of a worker on another machine: sent home while they are written, over the connection that xdist has there.

Each message is `(kind, place, name, data)`: a place that both sides know, such as `run`, and a relative path below it,
as bytes.
Of kinds there are `more`, which is appended to a file; `part` and `whole`, the pieces of one that comes in place of
another; `anew`, after which a folder is empty; `told`, facts in JSON, which lie nowhere; and `ask`, which alone is
answered, with bytes: what an earlier run (the place) came to in a task (the name).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any

from pytest_agenttasks.files import write_whole
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    Send = Callable[[tuple[str, str, bytes, bytes]], object]

PIECE = 1 << 20
"""Bytes of a file in one message at most."""


class Courier:
    """In the worker: sends files."""

    def __init__(self, send: Send, places: Mapping[str, Path]) -> None:
        """Send from now on.

        Args:
            send: hands one message on.
            places: folders by the names that both sides know them by.
        """
        self._send = send
        self._places = dict(places)
        self._sent: dict[Path, int] = {}
        self._lock = Lock()

    def tell(self, facts: Json) -> None:
        """Send facts."""
        self._send(("told", "", b"", json.dumps(facts).encode()))

    def ask(self, run: str, slug: str) -> None:
        """Ask for the result of a task in an earlier run; the answer comes as bytes."""
        self._send(("ask", run, os.fsencode(slug), b""))

    def grown(self, path: Path) -> None:
        """Send what was appended to a file since the last time."""
        place, name = self._name(path)
        with self._lock, path.open("rb") as file:
            file.seek(self._sent.get(path, 0))
            for data in iter(lambda: file.read(PIECE), b""):
                self._send(("more", place, name, data))
            self._sent[path] = file.tell()

    def bring(self, path: Path) -> None:
        """Send a file as it is, or all that are below a folder, in place of what was there; links are left."""
        with self._lock:
            self._sent = {sent: at for sent, at in self._sent.items() if path not in (sent, *sent.parents)}
            if path.is_dir():
                self._send(("anew", *self._name(path), b""))
            for file in _files(path):
                self._bring(file)

    def _bring(self, file: Path) -> None:
        name = self._name(file)
        with file.open("rb") as opened:
            data = opened.read(PIECE)
            while following := opened.read(PIECE):
                self._send(("part", *name, data))
                data = following
            self._send(("whole", *name, data))

    def _name(self, path: Path) -> tuple[str, bytes]:
        place = next(name for name, folder in self._places.items() if folder in path.parents)
        return place, os.fsencode(path.relative_to(self._places[place]))


class Mailbox:
    """In the controller: writes the files of one worker.

    Attributes:
        told: the facts that it sent.
        answer: gives, for a run and a slug, what `ask` is answered with.
        reply: sends the answer.
        trouble: what could not be written, a line each.
    """

    def __init__(self, places: Mapping[str, Path], scrub: Callable[[str], str], whose: str) -> None:
        """Write from now on.

        Args:
            places: folders by the names that both sides know them by. Nothing is written outside of them.
            scrub: takes secrets out of a text: this machine knows more of them than the other one.
            whose: the worker, for names and messages.
        """
        self.told: Json = {}
        self.answer: Callable[[str, str], bytes] = lambda *_: b""
        self.reply: Callable[[bytes], object] = lambda _: None
        self.trouble: list[str] = []
        self._places = dict(places)
        self._scrub = scrub
        self._whose = whose
        self._coming: set[Path] = set()
        self._begun_lines: dict[Path, bytes] = {}

    def receive(self, message: Any) -> None:
        """Take a message; called in execnet's thread, which would lose an exception."""
        try:
            kind, place, name, data = message
            if kind == "told":
                self.told = json.loads(data)
            elif kind == "ask":
                self._reply(place, name)
            else:
                self._take(kind, self._path(place, name), data)
        except (OSError, ValueError, KeyError, TypeError) as error:
            told = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            line = f"a file of worker {self._whose} could not be written: {told}"
            if line not in self.trouble:
                self.trouble.append(line)

    def close(self) -> None:
        """Drop what came in part: its worker died."""
        for file in self._coming:
            with suppress(OSError):
                file.unlink()

    def _reply(self, run: str, slug: bytes) -> None:
        answer = b""
        try:
            answer = self.answer(_checked(run.encode()), _checked(slug))
        finally:  # it is waited for
            self.reply(answer)

    def _path(self, place: str, name: bytes) -> Path:
        return self._places[place] / _checked(name)

    def _take(self, kind: str, path: Path, data: bytes) -> None:
        if kind == "anew":
            shutil.rmtree(path, ignore_errors=True)
            self._begun_lines = {file: begun for file, begun in self._begun_lines.items() if path not in file.parents}
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "more":
            self._append(path, data)
            return
        coming = path.with_name(f".{path.name}.{self._whose}.part")
        with coming.open("ab" if coming in self._coming else "wb") as file:
            self._coming.add(coming)
            file.write(data)
        if kind == "whole":
            write_whole(path, self._clean(coming.read_bytes()))
            coming.unlink()
            self._coming.discard(coming)

    def _append(self, path: Path, data: bytes) -> None:
        """Add the lines that are whole: a secret may lie across two pieces."""
        lines, end, begun = (self._begun_lines.pop(path, b"") + data).rpartition(b"\n")
        self._begun_lines[path] = begun
        with path.open("ab") as file:
            file.write(self._clean(lines + end))

    def _clean(self, data: bytes) -> bytes:
        return self._scrub(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _checked(given: bytes) -> str:
    name = os.fsdecode(given)
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in name:
        raise ValueError(f"{name!r} is no name below a folder")
    return name


def _files(path: Path) -> list[Path]:
    """The one file, or all below a folder; a result last, since a task is known as done by it."""
    found: Iterator[Path] = path.rglob("*") if path.is_dir() else iter([path])
    files = [one for one in found if one.is_file() and not one.is_symlink()]
    return sorted(files, key=lambda one: (one == path / "result.json", one))
