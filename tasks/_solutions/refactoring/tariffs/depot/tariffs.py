"""What a parcel costs, in cents."""

from __future__ import annotations

from collections.abc import Iterable

from depot.parcel import Parcel

EUROPE = ("AT", "BE", "CH", "DK", "ES", "FR", "IT", "LI", "LU", "NL", "PL", "CZ")

Steps = tuple[tuple[float, int], ...]
"""Up to how many grams a parcel has which price."""

GERMANY: Steps = ((2000, 490), (5000, 690), (10000, 990), (31500, 1690), (float("inf"), 4900))
TO_EUROPE: Steps = ((2000, 1390), (5000, 1690), (10000, 2290), (float("inf"), 3990))
TO_THE_WORLD: Steps = ((2000, 2890), (5000, 4290), (float("inf"), 6590))

BULKY_GIRTH, BULKY_CENTS = 300, 2300
EXPRESS_CENTS = 1200
LEAST_FREIGHT_CENTS = 7900

INSURANCE_CENTS = 350
INSURED_CENTS, MOST_INSURED_CENTS = 50000, 250000


def price(parcel: Parcel, contract: str = "none", insured_cents: int = 0) -> int:
    """Return the price of sending `parcel`; `contract` is none, silver or gold."""
    cents = _by_weight(parcel)
    if parcel.girth > BULKY_GIRTH:
        cents += BULKY_CENTS
    cents = _with_service(cents, parcel)
    cents = _with_contract(cents, contract, parcel.service)
    return cents + _insurance(insured_cents)


def _by_weight(parcel: Parcel) -> int:
    abroad = TO_EUROPE if parcel.country in EUROPE else TO_THE_WORLD
    steps = GERMANY if parcel.country == "DE" else abroad
    return next(cents for grams, cents in steps if parcel.grams <= grams)


def _with_service(cents: int, parcel: Parcel) -> int:
    if parcel.service == "express":
        return cents + EXPRESS_CENTS if parcel.country == "DE" else cents * 2
    return max(cents, LEAST_FREIGHT_CENTS) if parcel.service == "freight" else cents


def _with_contract(cents: int, contract: str, service: str) -> int:
    if contract not in ("none", "silver", "gold"):
        raise ValueError(f"unknown contract {contract!r}")
    if contract == "gold":
        return cents * 80 // 100
    if contract == "silver" and service != "express":
        return cents * 90 // 100
    return cents


def _insurance(insured_cents: int) -> int:
    if insured_cents > MOST_INSURED_CENTS:
        raise ValueError(f"cannot insure for {insured_cents} cents")
    if insured_cents <= 0:
        return 0
    return INSURANCE_CENTS + max(insured_cents - INSURED_CENTS, 0) // 100


def total(parcels: Iterable[Parcel], contract: str = "none") -> int:
    """Return the price of all `parcels`, without insurance."""
    return sum(price(parcel, contract) for parcel in parcels)
