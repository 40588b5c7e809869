"""What all numbers are made from: of each task, how many of its counted trials passed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trials:
    """The counted trials of one task.

    Attributes:
        passed: those that passed.
        counted: all of them, at least one.

    Raises:
        ValueError: there are none, or more passed than were counted.
    """

    passed: int
    counted: int

    def __post_init__(self) -> None:
        if self.counted < 1 or not 0 <= self.passed <= self.counted:
            raise ValueError(f"{self.passed} passed of {self.counted} trials")

    @property
    def rate(self) -> float:
        """The share that passed."""
        return self.passed / self.counted

    @property
    def flaky(self) -> bool:
        """Whether it passed at times, and at times not."""
        return 0 < self.passed < self.counted
