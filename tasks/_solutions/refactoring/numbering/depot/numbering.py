"""Numbers of parcels, invoices and complaints, such as P26-000001-7."""

from __future__ import annotations

from collections import Counter

LETTERS = {"parcel": "P", "invoice": "I", "complaint": "C"}


class Numbers:
    """The numbers that one depot gives in a year."""

    def __init__(self, year: int = 2026) -> None:
        self._year = year
        self._last: Counter[str] = Counter()

    def start_year(self, year: int) -> None:
        """Begin a year: all numbers start again from 1."""
        if year < self._year:
            raise ValueError(f"{year} is over, this is {self._year}")
        self._year = year
        self._last.clear()

    def next_number(self, kind: str) -> str:
        """Return a number that was not given before, for a parcel, an invoice or a complaint."""
        letter = _letter(kind)
        self._last[kind] += 1
        digits = f"{self._year % 100:02d}{self._last[kind]:06d}"
        return f"{letter}{digits[:2]}-{digits[2:]}-{check_digit(digits)}"

    def issued(self, kind: str) -> int:
        """Return how many numbers of a kind were given this year."""
        _letter(kind)
        return self._last[kind]


_OURS = Numbers()

start_year = _OURS.start_year
next_number = _OURS.next_number
issued = _OURS.issued


def _letter(kind: str) -> str:
    if kind not in LETTERS:
        raise ValueError(f"no numbers for {kind!r}")
    return LETTERS[kind]


def check_digit(digits: str) -> int:
    """Return the digit that makes the weighted sum (3, 1, 3, 1 … from the right) a multiple of ten."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def is_valid(number: str) -> bool:
    """Whether a number could have been given, by its form and its check digit."""
    parts = number.split("-")
    if len(parts) != 3 or [len(part) for part in parts] != [3, 6, 1]:
        return False
    letter, digits = parts[0][0], parts[0][1:] + parts[1]
    return letter in LETTERS.values() and (digits + parts[2]).isdecimal() and check_digit(digits) == int(parts[2])
