import pytest
from toolbox.roman import RomanError, from_roman, numbered, to_roman

KNOWN = {1: "I", 4: "IV", 9: "IX", 14: "XIV", 40: "XL", 90: "XC", 400: "CD", 666: "DCLXVI", 1999: "MCMXCIX"}


@pytest.mark.parametrize(("number", "numeral"), KNOWN.items())
def test_known_numerals(number, numeral):
    assert to_roman(number) == numeral
    assert from_roman(numeral) == number


def test_every_number_comes_back():
    assert [from_roman(to_roman(number)) for number in range(1, 4000)] == list(range(1, 4000))


@pytest.mark.parametrize("number", [0, -3, 4000])
def test_numbers_without_a_numeral(number):
    with pytest.raises(RomanError, match=f"no numeral for {number}: only 1 to 3999"):
        to_roman(number)


def test_case_and_blanks_do_not_matter():
    assert from_roman(" xiv\n") == 14


@pytest.mark.parametrize("text", ["", "  ", "A", "XIZ", "14", "IC", "IVI"])
def test_what_is_no_numeral(text):
    with pytest.raises(RomanError) as caught:
        from_roman(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(("text", "number"), [("IIII", 4), ("VIV", 9), ("MMMM", 4000), ("XXXX", 40)])
def test_there_is_one_right_spelling(text, number):
    with pytest.raises(RomanError, match=f"not the right spelling of {number}: '{text}'"):
        from_roman(text)


def test_chapters():
    assert numbered(["Spring", "Summer", "Autumn"]) == ["  I. Spring", " II. Summer", "III. Autumn"]
    assert numbered(["Winter"], start=4) == ["IV. Winter"]
    assert numbered([]) == []
