import pytest
from shop.money import Money
from shop.orders import OrderLine
from shop.pricing import Customer, quote


def line(quantity, cents=1000):
    return OrderLine("MUG", quantity, Money(cents))


@pytest.mark.parametrize(
    ("quantity", "discount"), [(9, 0), (10, 500), (49, 2450), (50, 4000), (99, 7920), (100, 12000)]
)
def test_quantity_discount(quantity, discount):
    assert quote([line(quantity)], Customer()).discount == Money(discount)


@pytest.mark.parametrize(("orders_before", "discount"), [(4, 0), (5, 80), (19, 80), (20, 200)])
def test_loyalty_discount(orders_before, discount):
    assert quote([line(4)], Customer(orders_before)).discount == Money(discount)


@pytest.mark.parametrize(("cents", "discount"), [(99_999, 0), (100_000, 2500)])
def test_business_discount_instead_of_loyalty(cents, discount):
    assert quote([line(1, cents)], Customer(30, is_business=True)).discount == Money(discount)


def test_discounts_follow_one_another():
    assert quote([line(10)], Customer(20)).discount == Money(500 + 475)


@pytest.mark.parametrize(
    ("country", "cents", "shipping"),
    [
        ("DE", 4999, 490),
        ("DE", 5000, 0),
        ("AT", 9999, 990),
        ("AT", 10_000, 0),
        ("FR", 9999, 990),
        ("US", 19_999, 2490),
        ("US", 20_000, 1490),
    ],
)
def test_shipping(country, cents, shipping):
    assert quote([line(1, cents)], Customer(country=country)).shipping == Money(shipping)


def test_shipping_counts_what_is_left_after_discounts():
    assert quote([line(1, 5000)], Customer(20)).shipping == Money(490)


def test_total():
    assert quote([line(1), line(2, 500)], Customer()).total == Money(2490)


def test_nothing_costs_nothing():
    assert quote([], Customer(country="US")).total == Money(0)
