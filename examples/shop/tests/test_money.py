import pytest
from shop.money import Money, total


def test_adds_and_subtracts():
    assert Money(250) + Money(50) - Money(100) == Money(200)


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="cannot mix EUR and USD"):
        Money(1) + Money(1, "USD")


@pytest.mark.parametrize(("cents", "text"), [(1250, "12.50 EUR"), (-5, "-0.05 EUR"), (0, "0.00 EUR")])
def test_reads_well(cents, text):
    assert str(Money(cents)) == text


def test_percent_rounds_half_a_cent_up():
    assert Money(250).percent(5) == Money(13)


def test_total_of_nothing_is_zero():
    assert total([]) == Money(0)
