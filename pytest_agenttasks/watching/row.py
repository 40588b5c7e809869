"""The last row of the terminal, kept for one line while pytest scrolls in those above it.

It is the terminal that keeps it: its scroll region (DECSTBM) ends one row earlier, as in apt. So whatever prints, of
pytest, xdist or a test, needs not know of it. Each change is one write, which terminals take as a whole.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress

LEAST_ROWS, LEAST_COLUMNS = 4, 20
"""In a smaller terminal every row is needed."""

SAVE, BACK = "\x1b7", "\x1b8"
"""Cursor and attributes: DECSC, DECRC."""

FREE = f"{SAVE}\x1b[r{BACK}"
"""The scroll region is the whole terminal again. Setting it moves the cursor."""

CLEAN = f"{SAVE}\x1b[r\x1b[999;1H\x1b[K{BACK}"
"""Likewise, with the last row, wherever that is, cleared."""

_SETTLE = f"{FREE}\x1b[J\x1bD\x1b[A"
"""Frees the row below the cursor, which is where the output ends. IND scrolls only where there is none, and unlike a
line feed keeps the column."""

_KEEPER = r"exec 3<&0; { read -r _ <&3 || printf '\0337\033[r\033[999;1H\033[K\0338'; } &"
"""Waits for the end of this process, in a process of its own that is nobody's child, and cleans what it left."""


def can_have_row(environ: Mapping[str, str]) -> bool:
    """Whether a terminal understands such sequences, as far as it tells."""
    return environ.get("TERM", "dumb") not in ("dumb", "unknown", "")


def encoded(text: str, encoding: str) -> bytes:
    """For terminals and logs that do not take every character, in plainer ones."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.replace("·", "|").replace("–", "-").encode(encoding, "replace")


class Row:
    """The last row of a terminal."""

    def __init__(self, terminal: int, *, colour: bool, encoding: str) -> None:
        """Nothing is written yet.

        Args:
            terminal: file descriptor.
            colour: whether attributes may be used.
            encoding: of the terminal.
        """
        self._terminal, self._colour, self._encoding = terminal, colour, encoding
        self._size: os.terminal_size | None = None
        self._shown = ""
        self._keeper: int | None = None

    @property
    def width(self) -> int | None:
        """Columns for a text; None if the terminal is too small, or gone."""
        try:
            size = os.get_terminal_size(self._terminal)
        except OSError:
            return None
        return size.columns - 1 if size.lines >= LEAST_ROWS and size.columns >= LEAST_COLUMNS else None

    def show(self, text: str) -> None:
        """Show a text that fits. Nothing is written if it is there."""
        try:
            size = os.get_terminal_size(self._terminal)
            moved = size != self._size
            if moved or text != self._shown:
                self._keep()
                self._write((self._settled(size) if moved else "") + self._painted(text, size))
        except OSError:
            return  # the terminal is gone
        self._size, self._shown = size, text

    def leave(self) -> None:
        """Give the row back. It may be shown again."""
        if self._size is not None:
            self._size = None
            with suppress(OSError):
                self._write(CLEAN)
        if self._keeper is not None:
            with suppress(OSError):
                os.write(self._keeper, b"done\n")
            os.close(self._keeper)
            self._keeper = None

    def _settled(self, size: os.terminal_size) -> str:
        return f"{_SETTLE}{SAVE}\x1b[1;{size.lines - 1}r{BACK}"

    def _painted(self, text: str, size: os.terminal_size) -> str:
        shown = f"\x1b[7m{text.ljust(size.columns - 1)}\x1b[0m" if self._colour else text
        return f"{SAVE}\x1b[{size.lines};1H\x1b[0m{shown}\x1b[K{BACK}"

    def _write(self, text: str) -> None:
        os.write(self._terminal, encoded(text, self._encoding))

    def _keep(self) -> None:
        """See to it that the terminal is cleaned even if this process is killed."""
        if self._keeper is not None:
            return
        ours, self._keeper = os.pipe()
        try:
            subprocess.run(
                ["/bin/sh", "-c", _KEEPER],
                stdin=ours,
                stdout=self._terminal,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                check=False,
            )
        finally:
            os.close(ours)
