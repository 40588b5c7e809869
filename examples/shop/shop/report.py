"""Figures for the Monday meeting."""

from __future__ import annotations

from collections import Counter

from shop.money import Money
from shop.orders import Order

SOLD = ("paid", "shipped", "delivered")


def revenue_by_month(orders: list[Order]) -> dict[str, Money]:
    """Return what was sold in each month, as {"2026-03": …} in order of time."""
    months: dict[str, Money] = {}
    for order in sorted(orders, key=lambda one: one.placed_on):
        if order.status in SOLD:
            month = order.placed_on.strftime("%Y-%m")
            months[month] = months.get(month, Money(0)) + order.amount
    return months


def best_sellers(orders: list[Order], count: int = 5) -> list[tuple[str, int]]:
    """Return the SKUs sold most often with their numbers, the best first."""
    sold: Counter[str] = Counter()
    for order in orders:
        if order.status in SOLD:
            for line in order.lines:
                sold[line.sku] += line.quantity
    return sorted(sold.items(), key=lambda item: (-item[1], item[0]))[:count]
