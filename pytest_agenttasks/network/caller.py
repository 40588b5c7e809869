"""Which line asked for the network: the innermost one that is in no library."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import FrameType

_OURS = Path(__file__).parents[1]
_INSTALLED = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
_LIBRARIES = ("<frozen ", *(f"{folder}/" for folder in {*_INSTALLED, str(_OURS)}))


def calling_line(root: Path, guarded_thread: int) -> str:
    """`agents/mine.py:12`, relative to `root`; of the guarded thread where this one runs libraries only."""
    frame = _outside_libraries(sys._getframe(1))
    if frame is not None:
        return _shown(frame, root)
    frame = _outside_libraries(sys._current_frames().get(guarded_thread))
    return f"{_shown(frame, root)} (in another thread)" if frame is not None else "a thread of a library"


def _outside_libraries(frame: FrameType | None) -> FrameType | None:
    while frame is not None and _is_library(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_library(file: str) -> bool:
    return file.startswith(_LIBRARIES) or "/site-packages/" in file or "/dist-packages/" in file


def _shown(frame: FrameType, root: Path) -> str:
    file = Path(frame.f_code.co_filename)
    shown = file.relative_to(root) if file.is_relative_to(root) else file
    return f"{shown}:{frame.f_lineno}"
