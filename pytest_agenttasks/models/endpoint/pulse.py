"""Signs of life for a client that waits for a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Pulse:
    """Does something again and again while the `with` block lasts, first after one interval, and not after its end."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        """Make a pulse.

        Args:
            beat: called in a thread of its own; an OSError ends the pulse.
            seconds: the interval.
        """
        self._beat = beat
        self._seconds = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="agent-endpoint-pulse", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self._beat()
            except OSError:  # the client is gone
                return
