"""Something that is done again and again beside pytest, and never holds it up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that the end of a run waits for one that is in the middle."""


class Every:
    """Does something every so many seconds, the first time after as many, in a thread that ends with the process."""

    def __init__(self, seconds: float, what: Callable[[], object]) -> None:
        self._seconds, self._what = seconds, what
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="agenttasks-watching")
        self._thread.start()

    def end(self, patience: float = PATIENCE) -> bool:
        """Do it no more; gives whether it is not being done any longer.

        Args:
            patience: seconds that are waited for it.
        """
        self._over.set()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self._what()
            except Exception:  # a fault of whoever watches is none of the run, which may treat warnings as errors
                _log.exception("a run is watched no longer")
                return
