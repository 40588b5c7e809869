"""Which models keep failing in a run."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_agenttasks.gateway.candidates import Candidate
from pytest_agenttasks.gateway.error_policy import Row
from pytest_agenttasks.gateway.learning import tells_of_limit


class Reliability:
    """Which models keep failing in this run, by no fault of a limit: they are asked after all others."""

    LIMIT = 3
    """Failures in a row, no answer between; a model that does not answer in its time has had its chance at once."""

    FORGIVEN = 600.0
    """Seconds after its last failure until a model gets its place back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def failed(self, candidate: Candidate, row: Row) -> None:
        """Count a failure that is the provider's."""
        if row.blame == "provider" and not tells_of_limit(row):
            number, _ = self._failures.get(candidate.preset.model, (0, 0.0))
            number += self.LIMIT if row.reason == "timeout" else 1
            self._failures[candidate.preset.model] = number, self._clock()

    def answered(self, candidate: Candidate) -> None:
        """Forget what was before."""
        self._failures.pop(candidate.preset.model, None)

    def doubtful(self, candidate: Candidate) -> bool:
        """Whether others should be asked first."""
        number, last = self._failures.get(candidate.preset.model, (0, 0.0))
        return number >= self.LIMIT and self._clock() - last < self.FORGIVEN
