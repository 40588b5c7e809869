import pytest
from depot.parcel import Parcel
from depot.tariffs import price, total


@pytest.mark.parametrize(
    ("grams", "country", "cents"),
    [
        (2000, "DE", 490),
        (5000, "DE", 690),
        (10001, "DE", 1690),
        (32000, "DE", 4900),
        (900, "FR", 1390),
        (20000, "IT", 3990),
        (900, "US", 2890),
        (9000, "JP", 6590),
    ],
)
def test_by_weight(grams, country, cents):
    assert price(Parcel("P1", "70173", grams, country)) == cents


@pytest.mark.parametrize(
    ("service", "country", "cents"), [("express", "DE", 1690), ("express", "FR", 2780), ("freight", "DE", 7900)]
)
def test_services(service, country, cents):
    assert price(Parcel("P1", "70173", 900, country, service)) == cents


def test_bulky():
    assert price(Parcel("P1", "70173", 900, size=(150, 60, 30))) == 490 + 2300


@pytest.mark.parametrize(("contract", "cents"), [("gold", 392), ("silver", 441)])
def test_contracts(contract, cents):
    assert price(Parcel("P1", "70173", 900), contract) == cents


def test_insurance():
    assert price(Parcel("P1", "70173", 900), insured_cents=60000) == 490 + 450
    with pytest.raises(ValueError, match="cannot insure for 250001 cents"):
        price(Parcel("P1", "70173", 900), insured_cents=250001)


def test_total():
    assert total([Parcel("P1", "70173", 900), Parcel("P2", "70173", 900, "FR")]) == 1880
