"""What a parcel costs, in cents."""

from __future__ import annotations

from collections.abc import Iterable

from depot.parcel import Parcel

EUROPE = ("AT", "BE", "CH", "DK", "ES", "FR", "IT", "LI", "LU", "NL", "PL", "CZ")


def price(parcel: Parcel, contract: str = "none", insured_cents: int = 0) -> int:
    """Return the price of sending `parcel`; `contract` is none, silver or gold."""
    p = 0
    if parcel.country == "DE":
        if parcel.grams <= 2000:
            p = 490
        else:
            if parcel.grams <= 5000:
                p = 690
            else:
                if parcel.grams <= 10000:
                    p = 990
                else:
                    p = 1690
                    if parcel.grams > 31500:
                        p = 4900
    else:
        if parcel.country in EUROPE:
            if parcel.grams <= 2000:
                p = 1390
            else:
                if parcel.grams <= 5000:
                    p = 1690
                else:
                    if parcel.grams <= 10000:
                        p = 2290
                    else:
                        p = 3990
        else:
            if parcel.grams <= 2000:
                p = 2890
            else:
                if parcel.grams <= 5000:
                    p = 4290
                else:
                    p = 6590
    if parcel.girth > 300:
        p = p + 2300
    if parcel.service == "express":
        if parcel.country == "DE":
            p = p + 1200
        else:
            p = p * 2
    else:
        if parcel.service == "freight":
            if p < 7900:
                p = 7900
    if contract != "none":
        if contract == "gold":
            p = p * 80 // 100
        else:
            if contract == "silver":
                if parcel.service != "express":
                    p = p * 90 // 100
            else:
                raise ValueError(f"unknown contract {contract!r}")
    if insured_cents > 0:
        if insured_cents > 50000:
            if insured_cents > 250000:
                raise ValueError(f"cannot insure for {insured_cents} cents")
            p = p + (insured_cents - 50000) // 100 + 350
        else:
            p = p + 350
    return p


def total(parcels: Iterable[Parcel], contract: str = "none") -> int:
    """Return the price of all `parcels`, without insurance."""
    return sum(price(parcel, contract) for parcel in parcels)
