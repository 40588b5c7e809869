from datetime import date

import pytest
from shop.money import Money
from shop.orders import Order, OrderError, OrderLine, advance

ALLOWED = {
    ("new", "pay"): "paid",
    ("new", "hold"): "on hold",
    ("new", "cancel"): "cancelled",
    ("on hold", "pay"): "paid",
    ("on hold", "cancel"): "cancelled",
    ("paid", "ship"): "shipped",
    ("paid", "cancel"): "cancelled",
    ("shipped", "deliver"): "delivered",
}
STATUSES = ("new", "on hold", "paid", "shipped", "delivered", "cancelled")
ACTIONS = ("pay", "hold", "ship", "deliver", "cancel")
REFUSED = [(s, a) for s in STATUSES for a in ACTIONS if (s, a) not in ALLOWED]


def order(status="new"):
    lines = [OrderLine("MUG", 2, Money(800)), OrderLine("POT", 1, Money(2950))]
    return Order("2026-0001", date(2026, 3, 2), lines, status)


def test_amount():
    assert order().amount == Money(4550)


@pytest.mark.parametrize(("status", "action"), ALLOWED)
def test_allowed(status, action):
    one = order(status)
    assert advance(one, action) == ALLOWED[status, action]
    assert one.status == ALLOWED[status, action]


@pytest.mark.parametrize(("status", "action"), REFUSED)
def test_refused(status, action):
    one = order(status)
    with pytest.raises(OrderError, match=f"cannot {action} an order that is {status}"):
        advance(one, action)
    assert one.status == status


def test_unknown_action():
    with pytest.raises(OrderError, match="unknown action: eat"):
        advance(order(), "eat")
