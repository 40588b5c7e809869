"""Where a parcel is: the events that scanners report, as two-letter codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class TrackingError(Exception):
    """A scan that cannot be."""


class Status(StrEnum):
    """What a scan says of a parcel; the value is the scanner's code."""

    ANNOUNCED = "AN"
    ACCEPTED = "AC"
    SORTED = "SO"
    OUT = "OD"
    DELIVERED = "DL"
    NOT_HOME = "NH"
    RETURNED = "RT"

    @classmethod
    def of(cls, code: str) -> Status:
        """Return the status of a scanner's code."""
        if code not in list(cls):
            raise TrackingError(f"unknown code {code!r}")
        return cls(code)


FOLLOWS: dict[Status, tuple[Status, ...]] = {
    Status.ANNOUNCED: (Status.ANNOUNCED, Status.ACCEPTED),
    Status.ACCEPTED: (Status.SORTED, Status.OUT, Status.RETURNED),
    Status.SORTED: (Status.SORTED, Status.OUT, Status.RETURNED),
    Status.OUT: (Status.DELIVERED, Status.NOT_HOME, Status.SORTED),
    Status.NOT_HOME: (Status.OUT, Status.RETURNED),
    Status.DELIVERED: (),
    Status.RETURNED: (),
}
"""What may come after what."""

DESCRIPTIONS = {
    Status.ANNOUNCED: "announced by the sender",
    Status.ACCEPTED: "accepted at the counter",
    Status.SORTED: "sorted in the depot",
    Status.OUT: "out for delivery",
    Status.DELIVERED: "delivered",
    Status.NOT_HOME: "nobody at home",
    Status.RETURNED: "on its way back",
}
"""What the customer reads."""


@dataclass
class Tracking:
    """The way of one parcel, from the first scan to the last."""

    number: str
    codes: list[Status] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What the last scan said; a parcel without one is only announced."""
        return self.codes[-1] if self.codes else Status.ANNOUNCED

    def scan(self, code: str) -> None:
        """Add a scan."""
        status = Status.of(code)
        if status not in FOLLOWS[self.status]:
            raise TrackingError(f"{self.number}: {status} cannot follow {self.status}")
        self.codes.append(status)

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen to the parcel."""
        return not FOLLOWS[self.status]

    @property
    def attempts(self) -> int:
        """How often somebody stood at the door."""
        return self.codes.count(Status.DELIVERED) + self.codes.count(Status.NOT_HOME)


def describe(code: str) -> str:
    """Return what the customer reads for a code."""
    return DESCRIPTIONS[Status.of(code)]
