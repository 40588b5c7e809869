"""Where a parcel is: the events that scanners report, as two-letter codes."""

from __future__ import annotations

from dataclasses import dataclass, field


class TrackingError(Exception):
    """A scan that cannot be."""


@dataclass
class Tracking:
    """The way of one parcel, from the first scan to the last."""

    number: str
    codes: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The code of the last scan; AN where there was none, since the parcel is only announced."""
        return self.codes[-1] if self.codes else "AN"

    def scan(self, code: str) -> None:
        """Add a scan."""
        if code not in ("AN", "AC", "SO", "OD", "DL", "NH", "RT"):
            raise TrackingError(f"unknown code {code!r}")
        if self.status == "AN" and code not in ("AN", "AC"):
            raise TrackingError(f"{self.number}: {code} cannot follow {self.status}")
        if self.status in ("AC", "SO") and code not in ("SO", "OD", "RT"):
            raise TrackingError(f"{self.number}: {code} cannot follow {self.status}")
        if self.status == "OD" and code not in ("DL", "NH", "SO"):
            raise TrackingError(f"{self.number}: {code} cannot follow {self.status}")
        if self.status == "NH" and code not in ("OD", "RT"):
            raise TrackingError(f"{self.number}: {code} cannot follow {self.status}")
        if self.status in ("DL", "RT"):
            raise TrackingError(f"{self.number}: {code} cannot follow {self.status}")
        self.codes.append(code)

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen to the parcel."""
        return self.status in ("DL", "RT")

    @property
    def attempts(self) -> int:
        """How often somebody stood at the door."""
        return self.codes.count("DL") + self.codes.count("NH")


def describe(code: str) -> str:
    """Return what the customer reads for a code."""
    if code == "AN":
        return "announced by the sender"
    if code == "AC":
        return "accepted at the counter"
    if code == "SO":
        return "sorted in the depot"
    if code == "OD":
        return "out for delivery"
    if code == "DL":
        return "delivered"
    if code == "NH":
        return "nobody at home"
    if code == "RT":
        return "on its way back"
    raise TrackingError(f"unknown code {code!r}")
