"""What customers are sent at the end of the month."""

from __future__ import annotations

from collections.abc import Sequence

from depot.parcel import Parcel
from depot.tariffs import EUROPE, price

WIDTH = 48


def euros(cents: int) -> str:
    """Return an amount as it is printed, such as 1,234.50."""
    return f"{cents / 100:,.2f}"


def invoice(number: str, customer: str, parcels: Sequence[Parcel], contract: str = "none") -> str:
    """Return an invoice as text: a block for each zone with its parcels, then the sums and the tax."""
    zones: dict[str, list[tuple[Parcel, int]]] = {"Germany": [], "Europe": [], "World": []}
    for parcel in sorted(parcels, key=lambda one: one.number):
        zones[_zone(parcel)].append((parcel, price(parcel, contract)))
    sums = {zone: sum(cents for _, cents in priced) for zone, priced in zones.items()}
    tax = ((sums["Germany"] + sums["Europe"]) * 19 + 50) // 100
    text = f"Invoice {number}\n{customer}\n"
    text += "".join(_block(zone, priced) for zone, priced in zones.items() if priced)
    text += "\n" + _line("Sum", euros(sum(sums.values())))
    text += _line("Tax, 19 % of Germany and Europe", euros(tax))
    return text + _line("To pay", euros(sum(sums.values()) + tax))


def _zone(parcel: Parcel) -> str:
    if parcel.country == "DE":
        return "Germany"
    return "Europe" if parcel.country in EUROPE else "World"


def _block(title: str, priced: Sequence[tuple[Parcel, int]]) -> str:
    text = "\n" + _line(title, "EUR")
    for parcel, cents in priced:
        text += _line(f"  {parcel.number} {parcel.service} {parcel.grams / 1000:.1f} kg", euros(cents))
    return text + _line(f"  {len(priced)} parcels", euros(sum(cents for _, cents in priced)))


def _line(label: str, right: str) -> str:
    return label.ljust(WIDTH - 12) + right.rjust(12) + "\n"
