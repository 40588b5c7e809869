"""What people write as a budget, and what the gateway is told."""

from __future__ import annotations

import pytest

from pytest_agenttasks.models import Budget

AMOUNTS = {
    "5.00": Budget(5.0),
    "5usd": Budget(5.0),
    "0.25 USD": Budget(0.25),
    "300000tokens": Budget(tokens=300000),
    "1 Tokens": Budget(tokens=1),
}

WRONG = [
    "",
    "five",
    "-5",
    "0",
    "0.00usd",
    "0tokens",
    "1.5tokens",
    "1e3",
    "inf",
    "nan",
    "1_000",
    "5eur",
    "$5",
    "٥",
    "5,00",
]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_amounts(amount: str) -> None:
    assert Budget.of([amount]) == AMOUNTS[amount]


def test_one_of_each_kind() -> None:
    budget = Budget.of(["2.50", "1000000tokens"])
    assert budget == Budget(2.5, 1000000)
    assert str(budget) == "$2.5, 1,000,000 tokens"
    assert budget.headers() == {"x-agenttasks-budget-usd": "2.5", "x-agenttasks-budget-tokens": "1000000"}


def test_no_budget() -> None:
    assert Budget.of([]) == Budget()
    assert Budget().headers() == {}
    assert str(Budget()) == ""


@pytest.mark.parametrize("amount", WRONG)
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError) as caught:
        Budget.of([amount])
    expected = "expected US dollars such as 5.00 or 5usd, or tokens such as 300000tokens, above 0"
    assert str(caught.value) == f"{amount}: {expected}"


def test_two_of_a_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2usd: a budget in usd is given already"):
        Budget.of(["5", "2usd"])
