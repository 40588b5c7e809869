"""Which line takes a parcel: a van of this depot, or a truck to another one."""

from __future__ import annotations

from collections.abc import Iterable

from depot.parcel import Parcel


class UnroutableError(Exception):
    """No line goes there."""


def route(parcel: Parcel, weekday: int = 0) -> str:
    """Return the name of the line that takes `parcel` on a weekday, counted from 0 for Monday."""
    if parcel.country == "DE":
        if len(parcel.postcode) == 5 and parcel.postcode.isdigit():
            if parcel.postcode[:2] in ("70", "71", "73"):
                if parcel.service == "express":
                    if weekday == 6:
                        line = "courier"
                    else:
                        line = "van-express"
                else:
                    if parcel.service == "freight" or parcel.grams > 31500:
                        line = "van-heavy"
                    else:
                        if parcel.postcode[:2] == "70":
                            line = "van-city"
                        else:
                            line = "van-land"
            else:
                if parcel.service == "express" and weekday < 5:
                    if parcel.postcode[0] in ("0", "1", "2"):
                        line = "night-north"
                    else:
                        line = "night-south"
                else:
                    if parcel.postcode[0] in ("0", "1"):
                        line = "truck-leipzig"
                    elif parcel.postcode[0] in ("2", "3"):
                        line = "truck-hamburg"
                    elif parcel.postcode[0] in ("4", "5"):
                        line = "truck-cologne"
                    elif parcel.postcode[0] == "6":
                        line = "truck-frankfurt"
                    else:
                        line = "truck-munich"
                    if parcel.service == "freight" or parcel.grams > 31500:
                        line = line + "-pallet"
        else:
            raise UnroutableError(f"{parcel.postcode!r} is no postcode")
    else:
        if parcel.country in ("AT", "CH", "LI", "IT"):
            line = "truck-south"
        else:
            if parcel.country in ("FR", "BE", "NL", "LU", "ES"):
                line = "truck-west"
            else:
                if parcel.service == "freight":
                    raise UnroutableError(f"no freight to {parcel.country}")
                else:
                    if parcel.grams <= 30000 and parcel.girth <= 300:
                        line = "air"
                    else:
                        raise UnroutableError(f"parcel {parcel.number} is too large to fly")
    return line


def loads(parcels: Iterable[Parcel], weekday: int = 0) -> dict[str, list[str]]:
    """Return the numbers of the parcels by line, both in order of the alphabet."""
    found: dict[str, list[str]] = {}
    for parcel in parcels:
        found.setdefault(route(parcel, weekday), []).append(parcel.number)
    return {line: sorted(found[line]) for line in sorted(found)}
