"""A limit on how often something may be done: a bucket of tokens that fills up over time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Lets `rate` calls through for each `period` of seconds, and up to `burst` of them at once.

    The bucket is full at first. `clock` tells the time in seconds; a clock that goes back gives no tokens.
    """

    def __init__(
        self,
        rate: float,
        period: float = 60.0,
        burst: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a rate, a period or a burst that is not positive. Without a burst it is the rate."""
        if rate <= 0 or period <= 0:
            raise ValueError(f"a limit of {rate} in {period} s lets nothing through")
        self.capacity = burst if burst is not None else max(1, int(rate))
        if self.capacity < 1:
            raise ValueError(f"a burst of {burst} lets nothing through")
        self._per_second = rate / period
        self._clock = clock
        self._tokens = float(self.capacity)
        self._seen = clock()
        self._lock = threading.Lock()

    @property
    def available(self) -> int:
        """Calls that would be let through now."""
        with self._lock:
            self._fill()
            return int(self._tokens)

    def take(self, count: int = 1) -> bool:
        """Take tokens if there are enough, all or none; return whether there were.

        Raises ValueError for a count below 1, or above what the bucket can ever hold.
        """
        self._require_possible(count)
        with self._lock:
            self._fill()
            if self._tokens < count:
                return False
            self._tokens -= count
            return True

    def wait_for(self, count: int = 1) -> float:
        """Return the seconds until so many tokens are there; nothing is taken.

        Raises ValueError as `take` does.
        """
        self._require_possible(count)
        with self._lock:
            self._fill()
            if self._tokens >= count:
                return 0.0
            return max(0.0, self._seen - self._clock()) + (count - self._tokens) / self._per_second

    def penalise(self, seconds: float) -> None:
        """Empty the bucket and let nothing flow in for so many seconds: what a 429 asks for."""
        with self._lock:
            self._fill()
            self._tokens = 0.0
            self._seen += max(0.0, seconds)

    def _fill(self) -> None:
        now = self._clock()
        if now > self._seen:
            self._tokens = min(self.capacity, self._tokens + (now - self._seen) * self._per_second)
            self._seen = now

    def _require_possible(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"cannot take {count} tokens")
        if count > self.capacity:
            raise ValueError(f"{count} tokens are never there: the bucket holds {self.capacity}")
