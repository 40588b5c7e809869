"""Requests of customers to fetch parcels."""

from __future__ import annotations

from collections.abc import Iterable

VAN_HOLDS = 40
"""Parcels that fit into one van."""


def request(customer, street, postcode, parcels, slot="any", note=""):
    if parcels < 1:
        raise ValueError(f"{customer} has nothing to fetch")
    if slot not in ("morning", "afternoon", "any"):
        raise ValueError(f"unknown slot {slot!r}")
    return {
        "customer": customer,
        "street": street.strip(),
        "postcode": postcode.replace(" ", ""),
        "parcels": parcels,
        "slot": slot,
        "note": note,
    }


def same_stop(one, other):
    if one["postcode"] != other["postcode"] or one["street"].casefold() != other["street"].casefold():
        return False
    return one["slot"] == other["slot"] or "any" in (one["slot"], other["slot"])


def merge(one, other):
    if not same_stop(one, other):
        raise ValueError(f"{one['street']} and {other['street']} are no stop for one van at one time")
    merged = dict(one)
    merged["parcels"] = one["parcels"] + other["parcels"]
    if one["customer"] != other["customer"]:
        merged["customer"] = one["customer"] + " and " + other["customer"]
    if one["slot"] == "any":
        merged["slot"] = other["slot"]
    merged["note"] = "; ".join(note for note in (one["note"], other["note"]) if note)
    return merged


def stops(requests: Iterable):
    found: list = []
    for new in requests:
        for place, old in enumerate(found):
            if same_stop(old, new):
                found[place] = merge(old, new)
                break
        else:
            found.append(new)
    return sorted(found, key=lambda stop: (stop["postcode"], stop["street"].casefold(), stop["slot"]))


def vans(requests: Iterable, holds=VAN_HOLDS):
    return -(-sum(stop["parcels"] for stop in requests) // holds)


def describe(stop):
    text = f"{stop['postcode']} {stop['street']}: {stop['parcels']} from {stop['customer']}"
    if stop["slot"] != "any":
        text += f", {stop['slot']}"
    if stop.get("note"):
        text += f" ({stop['note']})"
    return text
