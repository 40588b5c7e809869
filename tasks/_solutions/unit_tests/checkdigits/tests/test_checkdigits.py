import pytest
from toolbox.checkdigits import CheckDigitError, ean13, ean13_digit, iban, isbn10, isbn13


@pytest.mark.parametrize(
    ("text", "bare"),
    [("0-306-40615-2", "0306406152"), ("3 16 148410 x", "316148410X"), ("0-8044-2957-x", "080442957X")],
)
def test_isbn10(text, bare):
    assert isbn10(text) == bare


@pytest.mark.parametrize("text", ["", "030640615", "03064061522", "03064O6152", "X306406152", "030640615Y"])
def test_not_an_isbn10(text):
    with pytest.raises(CheckDigitError, match=f"not an ISBN-10: '{text}'"):
        isbn10(text)


@pytest.mark.parametrize("text", ["0-306-40615-3", "0-360-40615-2", "0-306-40615-X"])
def test_isbn10_with_a_slip(text):
    with pytest.raises(CheckDigitError, match=f"wrong check digit: '{text}'"):
        isbn10(text)


@pytest.mark.parametrize("text", ["400638 1333931", "978-0-306-40615-7"])
def test_ean13(text):
    assert ean13(text) == text.replace("-", "").replace(" ", "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("4006381333932", "wrong check digit"),
        ("0460638133393", "wrong check digit"),
        ("400638133393", "not an EAN-13"),
        ("40063813339X1", "not an EAN-13"),
    ],
)
def test_ean13_refuses(text, error):
    with pytest.raises(CheckDigitError, match=f"{error}: '{text}'"):
        ean13(text)


@pytest.mark.parametrize(("digits", "check"), [("400638133393", "1"), ("978030640615", "7"), ("000000000000", "0")])
def test_the_check_digit_of_an_ean(digits, check):
    assert ean13_digit(digits) == check


def test_isbn13():
    assert isbn13("0-306-40615-2") == isbn13("978-0-306-40615-7") == "9780306406157"
    assert isbn13("979-10-90636-07-1") == "9791090636071"


@pytest.mark.parametrize(
    ("text", "error"),
    [("4006381333931", "not of a book"), ("0306406153", "wrong check digit"), ("97803064", "not an EAN-13")],
)
def test_isbn13_refuses(text, error):
    with pytest.raises(CheckDigitError, match=error):
        isbn13(text)


@pytest.mark.parametrize(
    "shown",
    [
        "AT61 1904 3002 3457 3201",
        "BE68 5390 0754 7034",
        "CH93 0076 2011 6238 5295 7",
        "DE89 3704 0044 0532 0130 00",
        "FR14 2004 1010 0505 0001 3M02 606",
        "GB29 NWBK 6016 1331 9268 19",
        "NL91 ABNA 0417 1643 00",
    ],
)
def test_iban(shown):
    assert iban(shown) == iban(shown.replace(" ", "").lower()) == shown


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("XX89 3704", "no IBANs are known of the country 'XX'"),
        ("", "no IBANs are known of the country ''"),
        ("DE89 3704 0044 0532 0130", "an IBAN of DE has 22 signs, not 20: 'DE89 3704 0044 0532 0130'"),
        ("BE68 5390 0754 70.4", "only letters and digits are in an IBAN"),
        ("DE98 3704 0044 0532 0130 00", "wrong check digits: 'DE98 3704 0044 0532 0130 00'"),
    ],
)
def test_iban_refuses(text, error):
    with pytest.raises(CheckDigitError, match=error):
        iban(text)
