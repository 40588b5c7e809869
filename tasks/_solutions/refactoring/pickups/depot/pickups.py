"""Requests of customers to fetch parcels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

VAN_HOLDS = 40
"""Parcels that fit into one van."""


@dataclass(frozen=True)
class Pickup:
    """Parcels to fetch at one address; `slot` is morning, afternoon or any."""

    customer: str
    street: str
    postcode: str
    parcels: int
    slot: str = "any"
    note: str = ""


def request(customer: str, street: str, postcode: str, parcels: int, slot: str = "any", note: str = "") -> Pickup:
    """Return the request of a customer."""
    if parcels < 1:
        raise ValueError(f"{customer} has nothing to fetch")
    if slot not in ("morning", "afternoon", "any"):
        raise ValueError(f"unknown slot {slot!r}")
    return Pickup(customer, street.strip(), postcode.replace(" ", ""), parcels, slot, note)


def same_stop(one: Pickup, other: Pickup) -> bool:
    """Whether a van can serve both at one time."""
    if one.postcode != other.postcode or one.street.casefold() != other.street.casefold():
        return False
    return one.slot == other.slot or "any" in (one.slot, other.slot)


def merge(one: Pickup, other: Pickup) -> Pickup:
    """Return one request for two of the same stop."""
    if not same_stop(one, other):
        raise ValueError(f"{one.street} and {other.street} are no stop for one van at one time")
    return replace(
        one,
        customer=one.customer if one.customer == other.customer else f"{one.customer} and {other.customer}",
        parcels=one.parcels + other.parcels,
        slot=other.slot if one.slot == "any" else one.slot,
        note="; ".join(note for note in (one.note, other.note) if note),
    )


def stops(requests: Iterable[Pickup]) -> list[Pickup]:
    """Merge what can be merged, in order of postcode, street and slot."""
    found: list[Pickup] = []
    for new in requests:
        for place, old in enumerate(found):
            if same_stop(old, new):
                found[place] = merge(old, new)
                break
        else:
            found.append(new)
    return sorted(found, key=lambda stop: (stop.postcode, stop.street.casefold(), stop.slot))


def vans(requests: Iterable[Pickup], holds: int = VAN_HOLDS) -> int:
    """Return how many vans are needed."""
    return -(-sum(stop.parcels for stop in requests) // holds)


def describe(stop: Pickup) -> str:
    """Return a stop as a line for the driver."""
    text = f"{stop.postcode} {stop.street}: {stop.parcels} from {stop.customer}"
    if stop.slot != "any":
        text += f", {stop.slot}"
    if stop.note:
        text += f" ({stop.note})"
    return text
