"""gateway.json: what a run's gateway knows, written again and again for those who have no token to ask it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pytest_agenttasks.files import write_whole
from pytest_agenttasks.results import Json

NAME = "gateway.json"


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A preset that is left alone.

    Attributes:
        preset: its name.
        reason: word of the error policy.
        until: seconds since the epoch; None if nobody knows.
    """

    preset: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A daily limit.

    Attributes:
        what: for people, such as `free models of OPENROUTER_API_KEY`.
        left: requests that are left.
        limit: requests a day.
        until: when it is refilled, in seconds since the epoch; None if nobody knows.
    """

    what: str
    left: int
    limit: int
    until: float | None = None


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What gateway.json holds.

    Attributes:
        in_flight: calls that are with a provider.
        waiting: calls that wait for their turn.
        cooldowns: the presets that are left alone.
        quotas: what is left of the day.
        trouble: what went wrong with the place where accounts' state is kept, a line each.
    """

    in_flight: int = 0
    waiting: int = 0
    cooldowns: tuple[Cooldown, ...] = ()
    quotas: tuple[Quota, ...] = ()
    trouble: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Write gateway.json into a run folder.

        Raises:
            OSError: the disk is full or read-only.
        """
        write_whole(folder / NAME, json.dumps(asdict(self), ensure_ascii=True).encode(), durable=False)


def read_gateway_facts(folder: Path) -> GatewayFacts | None:
    """What gateway.json says; None if it is missing or damaged."""
    try:
        return _facts(json.loads((folder / NAME).read_bytes()))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _facts(data: Json) -> GatewayFacts:
    return GatewayFacts(
        int(data["in_flight"]),
        int(data["waiting"]),
        tuple(Cooldown(str(one["preset"]), str(one["reason"]), _time(one)) for one in data["cooldowns"]),
        tuple(Quota(str(one["what"]), int(one["left"]), int(one["limit"]), _time(one)) for one in data["quotas"]),
        tuple(map(str, data["trouble"])),
    )


def _time(one: Json) -> float | None:
    return None if one.get("until") is None else float(one["until"])
