"""How many of each product lie in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field


class OutOfStockError(Exception):
    """More was asked for than there is."""


@dataclass(frozen=True)
class Movement:
    """One change of stock: `quantity` came in, or went out where it is negative."""

    sku: str
    quantity: int
    reason: str


@dataclass
class Inventory:
    """Stock levels, and how they came about."""

    levels: dict[str, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def level(self, sku: str) -> int:
        """Return how many there are; an unknown SKU has none."""
        return self.levels.get(sku, 0)

    def receive(self, sku: str, quantity: int, reason: str = "delivery") -> int:
        """Put goods on the shelf and return the new level."""
        if quantity <= 0:
            raise ValueError(f"cannot receive {quantity} of {sku}")
        return self._move(sku, quantity, reason)

    def remove(self, sku: str, quantity: int, reason: str = "sale") -> int:
        """Take goods off the shelf and return the new level."""
        if quantity <= 0:
            raise ValueError(f"cannot remove {quantity} of {sku}")
        if quantity > self.level(sku):
            raise OutOfStockError(f"{sku}: {quantity} wanted, {self.level(sku)} left")
        return self._move(sku, -quantity, reason)

    def count(self, sku: str, counted: int) -> int:
        """Correct the level after a stock-taking and return the difference."""
        if counted < 0:
            raise ValueError(f"cannot count {counted} of {sku}")
        difference = counted - self.level(sku)
        if difference:
            self._move(sku, difference, "stock-taking")
        return difference

    def low(self, threshold: int = 5) -> list[str]:
        """Return the SKUs with fewer than `threshold` left, the scarcest first."""
        scarce = [sku for sku, level in self.levels.items() if level < threshold]
        return sorted(scarce, key=lambda sku: (self.levels[sku], sku))

    def _move(self, sku: str, quantity: int, reason: str) -> int:
        self.levels[sku] = self.level(sku) + quantity
        self.movements.append(Movement(sku, quantity, reason))
        return self.levels[sku]
