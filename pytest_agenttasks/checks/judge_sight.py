"""What a judge is shown of the work: files, the patch, the answer; each between marks, and cut where it is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Place, some
from pytest_agenttasks.checks.files import nothing_matches, regular
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import JudgeOptions

LARGEST_PART = 60_000
"""Bytes that are shown of a file, the patch or the answer: some 15,000 tokens."""

LARGEST_SIGHT = 200_000
"""Bytes that are shown in all: some 50,000 tokens, for which most models have room."""

READ = LARGEST_PART + 10_000
"""Bytes that are looked at of each, so that a secret at the place of the cut is still known as a whole."""

FILE, CHANGES, ANSWER = "file ", "changes", "answer"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is shown.

    Attributes:
        name: such as `file docs/a.md`.
        text: what is shown of it.
        size: bytes of all of it.
        kept: bytes of it that are shown.
    """

    name: str
    text: str
    size: int
    kept: int

    @property
    def cut(self) -> str:
        """That not all is shown; empty where it is."""
        return f"{self.name}: the first {self.kept:,} of {self.size:,} bytes" if self.kept < self.size else ""


class NothingToSee(Exception):  # noqa: N818 - the agent's failure, not an error
    """What should be judged is not there; the message says what is lacking."""


@dataclass(frozen=True)
class Sight:
    """All that a judge is shown."""

    parts: tuple[Part, ...]

    @property
    def cuts(self) -> list[str]:
        """What was not shown whole, a line each."""
        return [part.cut for part in self.parts if part.cut]

    @property
    def fence(self) -> str:
        """A word that is not in it: whoever wrote it would have to know its own hash."""
        whole = "\0".join(f"{part.name}\0{part.text}" for part in self.parts)
        return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        fence = self.fence
        for part in self.parts:
            yield f"--- {fence} {part.cut or part.name}"
            yield part.text.removesuffix("\n")
        yield f"--- {fence} end"


def sight(options: JudgeOptions, place: Place, clean: Callable[[str], str]) -> Sight:
    """What the options say, as the agent left it.

    Args:
        options: of the check.
        place: where it looks.
        clean: takes out of a text what must not be shown.

    Raises:
        NothingToSee: a pattern matches no file, or all of it is empty.
        CheckError: more is wanted than is there for any agent.
    """
    parts, left = [], LARGEST_SIGHT
    for name, data, size in _wanted(options, place):
        part = _part(name, data, size, min(LARGEST_PART, left), lambda text: clean(place.workspace.display(text)))
        left -= part.kept
        parts.append(part)
    if not any(part.size for part in parts):
        raise NothingToSee(f"nothing to judge: {some([_emptiness(part.name) for part in parts], 3)}")
    return Sight(tuple(parts))


def _wanted(options: JudgeOptions, place: Place) -> Iterator[tuple[str, bytes, int]]:
    """Name, the beginning, and the whole size of each part."""
    for path in _files(options, place):
        yield f"{FILE}{place.name(path)}", *_beginning(path, place)
    if options.diff or options.shows_work:
        patch = place.workspace.patch()
        yield CHANGES, patch[:READ], len(patch)
    if options.answer or options.shows_work:
        if place.work is None:
            raise CheckError("the agent's answer is not known here")
        answer = place.work.result.answer.encode("utf-8", "replace")
        yield ANSWER, answer[:READ], len(answer)


def _files(options: JudgeOptions, place: Place) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in options.sees:
        matching = regular(place, pattern)
        if not matching:
            raise NothingToSee(nothing_matches(pattern, place))
        found.update(dict.fromkeys(matching))
    return list(found)


def _beginning(path: Path, place: Place) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(READ), path.stat().st_size
    except OSError as error:
        raise NothingToSee(f"{place.name(path)} cannot be read: {error.strerror}") from None


def _part(name: str, data: bytes, size: int, room: int, clean: Callable[[str], str]) -> Part:
    if b"\0" in data:
        return Part(name, f"(binary, {size:,} bytes, not shown)", size, size)
    text = clean(data.decode("utf-8", "replace"))
    if size <= len(data) and len(text.encode()) <= room:
        return Part(name, text or "(empty)", size, size)
    shown = text.encode()[:room].decode("utf-8", "ignore")
    return Part(name, shown, size, len(shown.encode()))


def _emptiness(name: str) -> str:
    told = {CHANGES: "nothing was changed", ANSWER: "there is no answer"}
    return told.get(name, f"{name.removeprefix(FILE)} is empty")
