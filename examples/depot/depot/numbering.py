"""Numbers of parcels, invoices and complaints, such as P26-000001-7."""

from __future__ import annotations

LETTERS = {"parcel": "P", "invoice": "I", "complaint": "C"}

_year = 2026
_last: dict[str, int] = {}


def start_year(year: int) -> None:
    """Begin a year: all numbers start again from 1."""
    global _year
    if year < _year:
        raise ValueError(f"{year} is over, this is {_year}")
    _year = year
    _last.clear()


def next_number(kind: str) -> str:
    """Return a number that was not given before, for a parcel, an invoice or a complaint."""
    if kind not in LETTERS:
        raise ValueError(f"no numbers for {kind!r}")
    _last[kind] = _last.get(kind, 0) + 1
    digits = f"{_year % 100:02d}{_last[kind]:06d}"
    return f"{LETTERS[kind]}{digits[:2]}-{digits[2:]}-{check_digit(digits)}"


def issued(kind: str) -> int:
    """Return how many numbers of a kind were given this year."""
    if kind not in LETTERS:
        raise ValueError(f"no numbers for {kind!r}")
    return _last.get(kind, 0)


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
