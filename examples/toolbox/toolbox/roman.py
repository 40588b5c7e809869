"""Roman numerals from 1 to 3999."""

SIGNS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
LARGEST = 3999


class RomanError(ValueError):
    """What is no Roman numeral, or has none."""


def to_roman(number: int) -> str:
    """Return the numeral of a number.

    Raises RomanError outside of 1 to 3999.
    """
    if not 1 <= number <= LARGEST:
        raise RomanError(f"no numeral for {number}: only 1 to {LARGEST} have one")
    numeral = ""
    for value, sign in SIGNS:
        count, number = divmod(number, value)
        numeral += sign * count
    return numeral


def from_roman(numeral: str) -> int:
    """Return the number of a numeral, in capital or small letters.

    Raises RomanError for anything but the one right spelling: "IIII" and "IC" are none.
    """
    rest = text = numeral.strip().upper()
    number = 0
    for value, sign in SIGNS:
        while rest.startswith(sign):
            rest = rest.removeprefix(sign)
            number += value
    if rest or not text:
        raise RomanError(f"not a Roman numeral: {numeral!r}")
    if number > LARGEST or to_roman(number) != text:
        raise RomanError(f"not the right spelling of {number}: {numeral!r}")
    return number


def numbered(titles: list[str], start: int = 1) -> list[str]:
    """Number chapters: "I. Spring", "II. Summer". The numbers are right-aligned."""
    numerals = [to_roman(start + index) for index in range(len(titles))]
    width = max(map(len, numerals), default=0)
    return [f"{numeral:>{width}}. {title}" for numeral, title in zip(numerals, titles, strict=True)]
