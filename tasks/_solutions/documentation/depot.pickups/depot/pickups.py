"""Requests of customers to fetch parcels."""

from __future__ import annotations

from collections.abc import Iterable

VAN_HOLDS = 40
"""Parcels that fit into one van."""


def request(customer, street, postcode, parcels, slot="any", note=""):
    """Return the request of a customer to fetch parcels.

    Args:
        customer: the name, as the driver reads it.
        street: street and number; blanks around it are dropped.
        postcode: the postcode; all blanks in it are dropped.
        parcels: how many there are to fetch, at least 1.
        slot: when the van may come: morning, afternoon or any.
        note: what else the driver has to know.

    Returns:
        A dict with the names of the parameters as keys.

    Raises:
        ValueError: there is nothing to fetch, or the slot is unknown.
    """
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
    """Return whether one van can serve two requests at one time.

    Args:
        one: a request, or what was merged of several.
        other: another one, in any order.

    Returns:
        True where postcode and street are the same, capital letters aside, and the slots do not exclude one another.
    """
    if one["postcode"] != other["postcode"] or one["street"].casefold() != other["street"].casefold():
        return False
    return one["slot"] == other["slot"] or "any" in (one["slot"], other["slot"])


def merge(one, other):
    """Return one request for two of the same stop.

    Args:
        one: the request whose street and spelling are kept.
        other: the request to add; both stay as they are.

    Returns:
        A new dict: the parcels are added up, different customers and all notes are joined, the narrower slot counts.

    Raises:
        ValueError: the two are no stop for one van at one time.
    """
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
    """Merge the requests of a day into stops.

    Args:
        requests: all of them; each joins the first stop that it fits.

    Returns:
        The stops in order of postcode, street and slot.
    """
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
    """Return how many vans are needed.

    Args:
        requests: the requests or stops of one tour.
        holds: parcels that fit into one van.

    Returns:
        The number of vans, 0 where there is nothing to fetch.
    """
    return -(-sum(stop["parcels"] for stop in requests) // holds)


def describe(stop):
    """Return a stop as a line for the driver.

    Args:
        stop: a request, or what was merged of several.

    Returns:
        Postcode, street, parcels and customer; the slot and the note where there is one.
    """
    text = f"{stop['postcode']} {stop['street']}: {stop['parcels']} from {stop['customer']}"
    if stop["slot"] != "any":
        text += f", {stop['slot']}"
    if stop.get("note"):
        text += f" ({stop['note']})"
    return text
