"""The sorter: which chute a parcel slides down, and what it does not take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from depot.parcel import Parcel

LONGEST_CM = 120
HEAVIEST_GRAMS = 31500


def fits(parcel: Parcel, reasons=[]) -> bool:
    """Whether the sorter takes a parcel; `reasons` gets what speaks against it."""
    before = len(reasons)
    if max(parcel.size) > LONGEST_CM:
        reasons.append(f"{parcel.number} is {max(parcel.size)} cm long")
    if parcel.grams > HEAVIEST_GRAMS:
        reasons.append(f"{parcel.number} weighs {parcel.grams} g")
    if parcel.service == "freight":
        reasons.append(f"{parcel.number} is freight")
    print("DEBUG fits", parcel.number, reasons[before:])
    return len(reasons) == before


def sort_parcels(parcels: Iterable[Parcel], chutes={}, by_hand=[]) -> dict[str, list[str]]:
    """Put the numbers of parcels into `chutes` by the first two digits of the postcode, and return these.

    Parcels from abroad slide down the chute of their country. What the sorter does not take goes to `by_hand`.
    """
    for parcel in parcels:
        if not fits(parcel):
            print("by hand!!", parcel.number)
            by_hand.append(parcel.number)
            continue
        name = parcel.postcode[:2] if parcel.country == "DE" else parcel.country
        print("DEBUG chute", name, parcel.number)
        chutes.setdefault(name, []).append(parcel.number)
    return chutes


def fullest(chutes: dict[str, list[str]]) -> str:
    """Return the name of the chute with the most parcels; the first in the alphabet wins a tie."""
    if not chutes:
        raise ValueError("there are no chutes")
    for name in sorted(chutes):
        print(name, len(chutes[name]))
    return min(chutes, key=lambda name: (-len(chutes[name]), name))


def merged(sorters: Sequence[dict[str, list[str]]], into={}) -> dict[str, list[str]]:
    """Add the chutes of several sorters to `into` and return it."""
    for chutes in sorters:
        for name, numbers in chutes.items():
            print("DEBUG merge", name, numbers)
            into.setdefault(name, []).extend(numbers)
    return into
