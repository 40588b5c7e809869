"""Which line takes a parcel: a van of this depot, or a truck to another one."""

from __future__ import annotations

from collections.abc import Iterable

from depot.parcel import Parcel

OWN_AREA = ("70", "71", "73")
CITY = "70"
SATURDAY, SUNDAY = 5, 6
HEAVY_GRAMS = 31500
FLIES_GRAMS, FLIES_GIRTH = 30000, 300

NORTH = "012"
TRUCKS = {
    **dict.fromkeys("01", "truck-leipzig"),
    **dict.fromkeys("23", "truck-hamburg"),
    **dict.fromkeys("45", "truck-cologne"),
    "6": "truck-frankfurt",
    **dict.fromkeys("789", "truck-munich"),
}
"""The truck for each first digit of a postcode."""

ABROAD = {
    **dict.fromkeys(("AT", "CH", "LI", "IT"), "truck-south"),
    **dict.fromkeys(("FR", "BE", "NL", "LU", "ES"), "truck-west"),
}
"""The truck for each country that one goes to."""


class UnroutableError(Exception):
    """No line goes there."""


def route(parcel: Parcel, weekday: int = 0) -> str:
    """Return the name of the line that takes `parcel` on a weekday, counted from 0 for Monday."""
    if parcel.country in ABROAD:
        return ABROAD[parcel.country]
    if parcel.country != "DE":
        return _by_air(parcel)
    if len(parcel.postcode) != 5 or not parcel.postcode.isdigit():
        raise UnroutableError(f"{parcel.postcode!r} is no postcode")
    if parcel.postcode.startswith(OWN_AREA):
        return _by_van(parcel, weekday)
    return _by_truck(parcel, weekday)


def _by_air(parcel: Parcel) -> str:
    if parcel.service == "freight":
        raise UnroutableError(f"no freight to {parcel.country}")
    if parcel.grams > FLIES_GRAMS or parcel.girth > FLIES_GIRTH:
        raise UnroutableError(f"parcel {parcel.number} is too large to fly")
    return "air"


def _by_van(parcel: Parcel, weekday: int) -> str:
    if parcel.service == "express":
        return "courier" if weekday == SUNDAY else "van-express"
    if _needs_pallet(parcel):
        return "van-heavy"
    return "van-city" if parcel.postcode.startswith(CITY) else "van-land"


def _by_truck(parcel: Parcel, weekday: int) -> str:
    if parcel.service == "express" and weekday < SATURDAY:
        return "night-north" if parcel.postcode[0] in NORTH else "night-south"
    return TRUCKS[parcel.postcode[0]] + ("-pallet" if _needs_pallet(parcel) else "")


def _needs_pallet(parcel: Parcel) -> bool:
    return parcel.service == "freight" or parcel.grams > HEAVY_GRAMS


def loads(parcels: Iterable[Parcel], weekday: int = 0) -> dict[str, list[str]]:
    """Return the numbers of the parcels by line, both in order of the alphabet."""
    found: dict[str, list[str]] = {}
    for parcel in parcels:
        found.setdefault(route(parcel, weekday), []).append(parcel.number)
    return {line: sorted(found[line]) for line in sorted(found)}
