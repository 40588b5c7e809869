"""How many of each product lie in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field


class OutOfStockError(Exception):
    """More was asked for than there is."""


@dataclass(frozen=True)
class Movement:
    """One change of stock.

    Attributes:
        sku: the product that came or went.
        quantity: how many came in, or went out where it is negative.
        reason: why, in a word or two, such as "sale".
    """

    sku: str
    quantity: int
    reason: str


@dataclass
class Inventory:
    """Stock levels, and how they came about.

    Attributes:
        levels: how many there are, by SKU; a product that never came is missing.
        movements: every change so far, the oldest one first.
    """

    levels: dict[str, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def level(self, sku: str) -> int:
        """Return how many there are of a product.

        Args:
            sku: the product; it need not be known.

        Returns:
            The level, 0 for an unknown SKU.
        """
        return self.levels.get(sku, 0)

    def receive(self, sku: str, quantity: int, reason: str = "delivery") -> int:
        """Put goods on the shelf.

        Args:
            sku: the product, known or new.
            quantity: how many came, at least 1.
            reason: what the movement is noted with.

        Returns:
            The new level.

        Raises:
            ValueError: the quantity is not above 0.
        """
        if quantity <= 0:
            raise ValueError(f"cannot receive {quantity} of {sku}")
        return self._move(sku, quantity, reason)

    def remove(self, sku: str, quantity: int, reason: str = "sale") -> int:
        """Take goods off the shelf.

        Args:
            sku: the product to take.
            quantity: how many go, at least 1.
            reason: what the movement is noted with.

        Returns:
            The new level.

        Raises:
            ValueError: the quantity is not above 0.
            OutOfStockError: there are fewer than that; nothing has changed.
        """
        if quantity <= 0:
            raise ValueError(f"cannot remove {quantity} of {sku}")
        if quantity > self.level(sku):
            raise OutOfStockError(f"{sku}: {quantity} wanted, {self.level(sku)} left")
        return self._move(sku, -quantity, reason)

    def count(self, sku: str, counted: int) -> int:
        """Correct the level after a stock-taking.

        Args:
            sku: the product that was counted.
            counted: how many there really are, 0 or more.

        Returns:
            The difference, negative where goods are missing. Without one, no movement is noted.

        Raises:
            ValueError: the number that was counted is negative.
        """
        if counted < 0:
            raise ValueError(f"cannot count {counted} of {sku}")
        difference = counted - self.level(sku)
        if difference:
            self._move(sku, difference, "stock-taking")
        return difference

    def low(self, threshold: int = 5) -> list[str]:
        """Return what has to be ordered soon.

        Args:
            threshold: the level from which on there are enough.

        Returns:
            The SKUs with fewer left, the scarcest first, those with the same level in order of the alphabet.
        """
        scarce = [sku for sku, level in self.levels.items() if level < threshold]
        return sorted(scarce, key=lambda sku: (self.levels[sku], sku))

    def _move(self, sku: str, quantity: int, reason: str) -> int:
        self.levels[sku] = self.level(sku) + quantity
        self.movements.append(Movement(sku, quantity, reason))
        return self.levels[sku]
