import pytest
from depot import numbering


@pytest.fixture(autouse=True)
def year():
    numbering.start_year(2026)


def test_numbers_are_counted_by_kind():
    assert numbering.next_number("parcel") == "P26-000001-7"
    assert numbering.next_number("parcel") == "P26-000002-4"
    assert numbering.next_number("invoice") == "I26-000001-7"
    assert (numbering.issued("parcel"), numbering.issued("complaint")) == (2, 0)


def test_a_year_that_is_over():
    with pytest.raises(ValueError, match="2025 is over, this is 2026"):
        numbering.start_year(2025)


def test_an_unknown_kind():
    with pytest.raises(ValueError, match="no numbers for 'lunch'"):
        numbering.next_number("lunch")


@pytest.mark.parametrize(
    ("number", "valid"),
    [("P26-000001-7", True), ("P26-000001-8", False), ("X26-000001-7", False), ("P26-000001", False), ("", False)],
)
def test_is_valid(number, valid):
    assert numbering.is_valid(number) is valid
