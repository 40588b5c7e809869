"""The sorter: which chute a parcel slides down, and what it does not take."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from depot.parcel import Parcel

LONGEST_CM = 120
HEAVIEST_GRAMS = 31500

Chutes = dict[str, list[str]]

log = logging.getLogger(__name__)


def fits(parcel: Parcel, reasons: list[str] | None = None) -> bool:
    """Whether the sorter takes a parcel; `reasons` gets what speaks against it."""
    found = []
    if max(parcel.size) > LONGEST_CM:
        found.append(f"{parcel.number} is {max(parcel.size)} cm long")
    if parcel.grams > HEAVIEST_GRAMS:
        found.append(f"{parcel.number} weighs {parcel.grams} g")
    if parcel.service == "freight":
        found.append(f"{parcel.number} is freight")
    log.debug("%s fits, but for: %s", parcel.number, found)
    if reasons is not None:
        reasons.extend(found)
    return not found


def sort_parcels(parcels: Iterable[Parcel], chutes: Chutes | None = None, by_hand: list[str] | None = None) -> Chutes:
    """Put the numbers of parcels into `chutes` by the first two digits of the postcode, and return these.

    Parcels from abroad slide down the chute of their country. What the sorter does not take goes to `by_hand`.
    """
    chutes = {} if chutes is None else chutes
    by_hand = [] if by_hand is None else by_hand
    for parcel in parcels:
        if not fits(parcel):
            log.debug("%s is sorted by hand", parcel.number)
            by_hand.append(parcel.number)
            continue
        name = parcel.postcode[:2] if parcel.country == "DE" else parcel.country
        log.debug("%s goes to chute %s", parcel.number, name)
        chutes.setdefault(name, []).append(parcel.number)
    return chutes


def fullest(chutes: Chutes) -> str:
    """Return the name of the chute with the most parcels; the first in the alphabet wins a tie."""
    if not chutes:
        raise ValueError("there are no chutes")
    for name in sorted(chutes):
        log.debug("chute %s holds %d", name, len(chutes[name]))
    return min(chutes, key=lambda name: (-len(chutes[name]), name))


def merged(sorters: Sequence[Chutes], into: Chutes | None = None) -> Chutes:
    """Add the chutes of several sorters to `into` and return it."""
    into = {} if into is None else into
    for chutes in sorters:
        for name, numbers in chutes.items():
            log.debug("chute %s gets %s", name, numbers)
            into.setdefault(name, []).extend(numbers)
    return into
