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
    text = f"Invoice {number}\n{customer}\n"
    domestic = [parcel for parcel in parcels if parcel.country == "DE"]
    domestic_sum = 0
    if domestic:
        text += "\n" + "Germany".ljust(WIDTH - 12) + "EUR".rjust(12) + "\n"
        for parcel in sorted(domestic, key=lambda one: one.number):
            cents = price(parcel, contract)
            domestic_sum += cents
            label = f"  {parcel.number} {parcel.service} {parcel.grams / 1000:.1f} kg"
            text += label.ljust(WIDTH - 12) + euros(cents).rjust(12) + "\n"
        text += f"  {len(domestic)} parcels".ljust(WIDTH - 12) + euros(domestic_sum).rjust(12) + "\n"
    europe = [parcel for parcel in parcels if parcel.country in EUROPE]
    europe_sum = 0
    if europe:
        text += "\n" + "Europe".ljust(WIDTH - 12) + "EUR".rjust(12) + "\n"
        for parcel in sorted(europe, key=lambda one: one.number):
            cents = price(parcel, contract)
            europe_sum += cents
            label = f"  {parcel.number} {parcel.service} {parcel.grams / 1000:.1f} kg"
            text += label.ljust(WIDTH - 12) + euros(cents).rjust(12) + "\n"
        text += f"  {len(europe)} parcels".ljust(WIDTH - 12) + euros(europe_sum).rjust(12) + "\n"
    world = [parcel for parcel in parcels if parcel.country != "DE" and parcel.country not in EUROPE]
    world_sum = 0
    if world:
        text += "\n" + "World".ljust(WIDTH - 12) + "EUR".rjust(12) + "\n"
        for parcel in sorted(world, key=lambda one: one.number):
            cents = price(parcel, contract)
            world_sum += cents
            label = f"  {parcel.number} {parcel.service} {parcel.grams / 1000:.1f} kg"
            text += label.ljust(WIDTH - 12) + euros(cents).rjust(12) + "\n"
        text += f"  {len(world)} parcels".ljust(WIDTH - 12) + euros(world_sum).rjust(12) + "\n"
    taxed = domestic_sum + europe_sum
    tax = (taxed * 19 + 50) // 100
    text += "\n" + "Sum".ljust(WIDTH - 12) + euros(taxed + world_sum).rjust(12) + "\n"
    text += "Tax, 19 % of Germany and Europe".ljust(WIDTH - 12) + euros(tax).rjust(12) + "\n"
    text += "To pay".ljust(WIDTH - 12) + euros(taxed + world_sum + tax).rjust(12) + "\n"
    return text
