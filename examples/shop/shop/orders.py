"""Orders and the way they go from basket to doorstep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shop.money import Money, total


class OrderError(Exception):
    """Something that cannot be done to an order in its state."""


@dataclass(frozen=True)
class OrderLine:
    """So many of one product, at the price of the day."""

    sku: str
    quantity: int
    unit_price: Money

    @property
    def amount(self) -> Money:
        """What the line costs."""
        return self.unit_price * self.quantity


@dataclass
class Order:
    """What a customer ordered."""

    number: str
    placed_on: date
    lines: list[OrderLine]
    status: str = "new"

    @property
    def amount(self) -> Money:
        """What all lines cost together."""
        return total([line.amount for line in self.lines])


def advance(order: Order, action: str) -> str:
    """Do `action` to the order and return its new status."""
    if action == "pay":
        if order.status in ("new", "on hold"):
            order.status = "paid"
        else:
            raise OrderError(f"cannot pay an order that is {order.status}")
    elif action == "hold":
        if order.status == "new":
            order.status = "on hold"
        else:
            raise OrderError(f"cannot hold an order that is {order.status}")
    elif action == "ship":
        if order.status == "paid":
            order.status = "shipped"
        else:
            raise OrderError(f"cannot ship an order that is {order.status}")
    elif action == "deliver":
        if order.status == "shipped":
            order.status = "delivered"
        else:
            raise OrderError(f"cannot deliver an order that is {order.status}")
    elif action == "cancel":
        if order.status in ("new", "on hold", "paid"):
            order.status = "cancelled"
        else:
            raise OrderError(f"cannot cancel an order that is {order.status}")
    else:
        raise OrderError(f"unknown action: {action}")
    return order.status
