"""A run that asks a provider: when its first requests arrive there, and what memory its processes hold. Linux only."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.provider import Rules
from benchmarks.spent import TAIL, begun
from benchmarks.world import Upstream

LOOK_SECONDS = 0.2
"""Between two looks at the memory."""


@dataclass
class Watched:
    """What was seen of a run.

    Attributes:
        began: seconds from the start of the program to the first request of each conversation, in order.
        most: megabytes resident in all its processes together, at most; what they share is counted once.
        peaks: command line of each process → the most that it held, in megabytes.
    """

    began: list[float] = field(default_factory=list)
    most: float = 0.0
    peaks: dict[tuple[int, str], float] = field(default_factory=dict)

    def peak(self, words: str) -> float:
        """The most that a process with these words in its command line held.

        Raises:
            LookupError: there was none.
        """
        found = [megabytes for (_, command), megabytes in self.peaks.items() if words in command]
        if not found:
            raise LookupError(f"no process of the run had {words!r} in its command line: {sorted(self.peaks)}")
        return max(found)


def watch(
    command: Sequence[str], folder: Path, server: Upstream, rules: Rules, *,
    conversations: int, environ: Mapping[str, str] | None = None,
) -> Watched:  # fmt: skip
    """Run a program to its end against a provider that begins anew with these rules.

    Raises:
        RuntimeError: it failed, or fewer conversations began.
    """
    server.begin(rules)
    seen, started = Watched(), time.monotonic()
    with begun(command, folder, environ) as program:
        while program.process.poll() is None:
            _look(program.process.pid, seen)
            time.sleep(LOOK_SECONDS)
        # The provider tells times of the clock that all processes of the machine share.
        seen.began = [moment - started for moment in server.stats()["began"]]
        code = program.process.returncode
        if code or len(seen.began) != conversations:
            raise program.failure(f"exit code {code}, {len(seen.began)} of {conversations} conversations began")
    return seen


def _look(pid: int, seen: Watched) -> None:
    together = 0.0
    for one in _tree(pid):
        with suppress(OSError, LookupError):  # it has just ended
            together += _megabytes(f"/proc/{one}/smaps_rollup", "Pss:")
            command = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            seen.peaks[one, command[:TAIL]] = _megabytes(f"/proc/{one}/status", "VmHWM:")
    seen.most = max(seen.most, together)


def _megabytes(file: str, name: str) -> float:
    lines = map(str.split, Path(file).read_text().splitlines())
    return next((int(line[1]) / 1024 for line in lines if line[0] == name), 0.0)


def _tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in file.read_text().split():
                yield from _tree(int(child))
