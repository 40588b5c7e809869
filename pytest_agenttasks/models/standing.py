"""What a gateway knows of quotas: values, as `POST /v1/agenttasks/standing` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.results import Json


@dataclass(frozen=True, slots=True)
class Pool:
    """A daily limit that is declared, or that the provider tells.

    Attributes:
        what: for people, such as `free models of OPENROUTER_API_KEY`.
        presets: names of those that draw on it.
        left: requests that are left.
        limit: requests a day.
        resets_in: seconds until it is refilled; None if nobody knows.
        account: name of the account it belongs to (`Account.name`); empty: whatever account is used.
    """

    what: str
    presets: frozenset[str]
    left: int
    limit: int
    resets_in: float | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a preset must be left alone.

    Attributes:
        reason: word of the error policy.
        resets_in: seconds until that is over; None if nobody knows.
    """

    reason: str
    resets_in: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer.

    Attributes:
        where: the place where accounts' state is kept, for people.
        trouble: what went wrong with it, a line each.
        pools: daily limits.
        blocked: by name of the preset.
    """

    where: str = ""
    trouble: tuple[str, ...] = ()
    pools: tuple[Pool, ...] = ()
    blocked: Mapping[str, Blocked] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Json) -> Standing:
        """Read the answer; unknown keys are left out.

        Raises:
            GatewayError: it has another form.
        """
        try:
            return cls(
                str(data.get("where") or ""),
                tuple(str(line) for line in data.get("trouble") or ()),
                tuple(_pool(one) for one in data.get("pools") or ()),
                {name: Blocked(str(one["reason"]), _seconds(one)) for name, one in (data.get("blocked") or {}).items()},
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise GatewayError(f"the gateway tells of quotas in a form that is not known here: {error!r}") from None


def _pool(one: Json) -> Pool:
    presets = frozenset(map(str, one["presets"]))
    account = str(one.get("account") or "")
    return Pool(str(one["what"]), presets, int(one["left"]), int(one["limit"]), _seconds(one), account)


def _seconds(one: Json) -> float | None:
    return None if one.get("resets_in") is None else float(one["resets_in"])
