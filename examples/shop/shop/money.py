"""Amounts of money, kept in whole cents so that sums never drift."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Money:
    """An amount in one currency. Amounts of different currencies do not mix."""

    cents: int
    currency: str = "EUR"

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.cents - other.cents, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.cents * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._require_same_currency(other)
        return self.cents < other.cents

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        whole, rest = divmod(abs(self.cents), 100)
        return f"{sign}{whole}.{rest:02d} {self.currency}"

    def percent(self, rate: int | Decimal) -> Money:
        """Return `rate` per cent of this amount, half a cent rounded away from zero."""
        exact = Decimal(self.cents) * Decimal(rate) / 100
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


def total(amounts: list[Money], currency: str = "EUR") -> Money:
    """Add up `amounts`; no amounts make zero."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result
