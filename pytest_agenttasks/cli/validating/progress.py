"""A line on a terminal that says how far it is."""

from __future__ import annotations

import os
import shutil
import sys

from pytest_agenttasks.watching import can_have_row


class Progress:
    """Shown on stderr where that is a terminal; else nothing is."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and can_have_row(os.environ)
        self._what, self._done, self._of = "", 0, 0

    def begin(self, what: str, of: int) -> None:
        """Something begins that has so many parts."""
        self._what, self._done, self._of = what, 0, of
        self._show()

    def step(self) -> None:
        """A part of it is done."""
        self._done += 1
        self._show()

    def end(self) -> None:
        """Leave the line empty."""
        self._write("")

    def _show(self) -> None:
        counted = f" {self._done} of {self._of}" if self._of else ""
        self._write(f"{self._what}{counted} …"[: shutil.get_terminal_size().columns - 1])

    def _write(self, text: str) -> None:
        if self._shown:
            encoding = sys.stderr.encoding or "utf-8"
            sys.stderr.write(f"\r\x1b[K{text.encode(encoding, 'replace').decode(encoding)}")
            sys.stderr.flush()
