"""What everything here is about."""

from __future__ import annotations

from dataclasses import dataclass

SERVICES = ("standard", "express", "freight")


@dataclass(frozen=True)
class Parcel:
    """One parcel; `size` is length, width and height in centimetres, `country` an ISO code."""

    number: str
    postcode: str
    grams: int
    country: str = "DE"
    service: str = "standard"
    size: tuple[int, int, int] = (30, 20, 10)

    def __post_init__(self) -> None:
        if self.service not in SERVICES:
            raise ValueError(f"parcel {self.number}: unknown service {self.service!r}")
        if self.grams <= 0:
            raise ValueError(f"parcel {self.number}: {self.grams} g is no weight")

    @property
    def girth(self) -> int:
        """Return the longest side plus the way round the other two, in centimetres."""
        longest = max(self.size)
        return longest + 2 * (sum(self.size) - longest)
