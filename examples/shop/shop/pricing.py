"""What an order costs: discounts, then shipping."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shop.money import Money
from shop.orders import OrderLine


@dataclass(frozen=True)
class Customer:
    """Who buys: `orders_before` counts the finished ones, `country` is an ISO code."""

    orders_before: int = 0
    country: str = "DE"
    is_business: bool = False


@dataclass(frozen=True)
class Quote:
    """What an order will cost."""

    goods: Money
    discount: Money
    shipping: Money

    @property
    def total(self) -> Money:
        """What the customer pays."""
        return self.goods - self.discount + self.shipping


def quote(lines: list[OrderLine], customer: Customer) -> Quote:
    """Work out what `customer` pays for `lines`."""
    g = Money(0)
    d = Money(0)
    for x in lines:
        a = x.unit_price * x.quantity
        g = g + a
        if x.quantity >= 100:
            d = d + a.percent(12)
        else:
            if x.quantity >= 50:
                d = d + a.percent(8)
            else:
                if x.quantity >= 10:
                    d = d + a.percent(5)
    r = g - d
    if customer.is_business:
        if r.cents >= 100000:
            d = d + r.percent(Decimal("2.5"))
    else:
        if customer.orders_before >= 20:
            d = d + r.percent(5)
        else:
            if customer.orders_before >= 5:
                d = d + r.percent(2)
    r = g - d
    if len(lines) == 0:
        s = Money(0)
    else:
        if customer.country == "DE":
            s = Money(490)
            if r.cents >= 5000:
                s = Money(0)
        else:
            if customer.country in ("AT", "NL", "BE", "LU", "DK", "PL", "CZ", "FR"):
                s = Money(990)
                if r.cents >= 10000:
                    s = Money(0)
            else:
                s = Money(2490)
                if r.cents >= 20000:
                    s = Money(1490)
    return Quote(g, d, s)
