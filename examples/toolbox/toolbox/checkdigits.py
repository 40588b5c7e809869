"""Numbers that carry a check digit: ISBN-10, EAN-13 (ISBN-13 is one) and IBAN."""

import string

IBAN_LENGTHS = {"AT": 20, "BE": 16, "CH": 21, "DE": 22, "FR": 27, "GB": 22, "NL": 18}


class CheckDigitError(ValueError):
    """A number that cannot be right."""


def isbn10(text: str) -> str:
    """Return an ISBN-10 without hyphens and blanks; its last sign may be X, which counts 10.

    Raises CheckDigitError where it has another form or a wrong check digit.
    """
    digits = _bare(text)
    if len(digits) != 10 or not digits[:9].isdecimal() or digits[9] not in string.digits + "X":
        raise CheckDigitError(f"not an ISBN-10: {text!r}")
    values = [int(digit) for digit in digits[:9]] + [10 if digits[9] == "X" else int(digits[9])]
    if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11:
        raise CheckDigitError(f"wrong check digit: {text!r}")
    return digits


def ean13(text: str) -> str:
    """Return an EAN-13 without hyphens and blanks.

    Raises CheckDigitError where it has another form or a wrong check digit.
    """
    digits = _bare(text)
    if len(digits) != 13 or not digits.isdecimal():
        raise CheckDigitError(f"not an EAN-13: {text!r}")
    if ean13_digit(digits[:12]) != digits[12]:
        raise CheckDigitError(f"wrong check digit: {text!r}")
    return digits


def ean13_digit(digits: str) -> str:
    """Return the check digit for the first twelve digits of an EAN-13."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-weighted % 10)


def isbn13(text: str) -> str:
    """Return the ISBN-13 of an ISBN-10, or of what is one already.

    Raises CheckDigitError where it is neither.
    """
    if len(_bare(text)) == 10:
        digits = "978" + isbn10(text)[:9]
        return digits + ean13_digit(digits)
    digits = ean13(text)
    if not digits.startswith(("978", "979")):
        raise CheckDigitError(f"an EAN-13, but not of a book: {text!r}")
    return digits


def iban(text: str) -> str:
    """Return an IBAN in groups of four: "DE89 3704 0044 0532 0130 00".

    Raises CheckDigitError for a country that is not known, a wrong length, other signs, and wrong check digits.
    """
    bare = _bare(text)
    country = bare[:2]
    if country not in IBAN_LENGTHS:
        raise CheckDigitError(f"no IBANs are known of the country {country!r}")
    if len(bare) != IBAN_LENGTHS[country]:
        raise CheckDigitError(f"an IBAN of {country} has {IBAN_LENGTHS[country]} signs, not {len(bare)}: {text!r}")
    if not set(bare) <= set(string.ascii_uppercase + string.digits):
        raise CheckDigitError(f"only letters and digits are in an IBAN: {text!r}")
    number = "".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])
    if int(number) % 97 != 1:
        raise CheckDigitError(f"wrong check digits: {text!r}")
    return " ".join(bare[place : place + 4] for place in range(0, len(bare), 4))


def _bare(text: str) -> str:
    return text.replace("-", "").replace(" ", "").upper()
