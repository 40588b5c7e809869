"""The gateway is asked how things stand, and it is written down for those who have no token to ask it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.models import GatewayClient
from pytest_agenttasks.runs import Cooldown, EventReader, GatewayFacts, Quota


class GatewayWatch:
    """Keeps the gateway.json of a run.

    Attributes:
        facts: what was last written; None before.
    """

    def __init__(self, client: GatewayClient, presets: Sequence[str], run: Path) -> None:
        """Ask nothing yet.

        Args:
            client: of the run's gateway.
            presets: names of those that may be asked.
            run: the run folder. As long as no call is told there the gateway may not be up, and is not started by this.
        """
        self.facts: GatewayFacts | None = None
        self._client, self._presets, self._run = client, presets, run
        self._events = EventReader(run)
        self._called = False

    def look(self) -> None:
        """Ask, and write what has changed. A gateway that does not answer leaves what was known."""
        self._called = self._called or any(event["event"] == "asking" for _, event in self._events.new())
        if not self._called:
            return
        with suppress(GatewayError, OSError):
            facts = self._ask()
            if facts != self.facts:
                self.facts = facts
                facts.write(self._run)

    def _ask(self) -> GatewayFacts:
        # Watching must not spend what is watched: providers are not asked.
        standing, health = self._client.standing(self._presets, ask_providers=False), self._client.health()
        now = time.time()
        return GatewayFacts(
            int(health.get("in_flight") or 0),
            int(health.get("waiting") or 0),
            tuple(
                Cooldown(name, one.reason, _at(one.resets_in, now)) for name, one in sorted(standing.blocked.items())
            ),
            tuple(Quota(pool.what, pool.left, pool.limit, _at(pool.resets_in, now)) for pool in standing.pools),
            tuple(map(str, health.get("trouble") or ())),
        )


def _at(resets_in: float | None, now: float) -> float | None:
    """In whole seconds, so that what did not change looks so."""
    return None if resets_in is None else float(round(now + resets_in))
