import pytest
from depot.parcel import Parcel
from depot.routing import UnroutableError, loads, route


@pytest.mark.parametrize(
    ("postcode", "grams", "service", "line"),
    [
        ("70173", 900, "standard", "van-city"),
        ("73033", 900, "standard", "van-land"),
        ("71032", 900, "express", "van-express"),
        ("70173", 32000, "standard", "van-heavy"),
        ("20095", 900, "express", "night-north"),
        ("80331", 900, "express", "night-south"),
        ("04109", 900, "standard", "truck-leipzig"),
        ("60311", 32000, "standard", "truck-frankfurt-pallet"),
        ("99084", 900, "freight", "truck-munich-pallet"),
    ],
)
def test_within_germany(postcode, grams, service, line):
    assert route(Parcel("P1", postcode, grams, service=service)) == line


def test_on_sundays_a_courier_drives():
    assert route(Parcel("P1", "70173", 900, service="express"), weekday=6) == "courier"


@pytest.mark.parametrize(("country", "line"), [("AT", "truck-south"), ("FR", "truck-west"), ("US", "air")])
def test_abroad(country, line):
    assert route(Parcel("P1", "1010", 900, country)) == line


def test_not_a_postcode():
    with pytest.raises(UnroutableError, match="'7017' is no postcode"):
        route(Parcel("P1", "7017", 900))


def test_too_large_to_fly():
    with pytest.raises(UnroutableError, match="parcel P1 is too large to fly"):
        route(Parcel("P1", "10001", 30001, "US"))


def test_loads():
    parcels = [Parcel("P2", "70173", 900), Parcel("P1", "70174", 900), Parcel("P3", "1010", 900, "AT")]
    assert list(loads(parcels).items()) == [("truck-south", ["P3"]), ("van-city", ["P1", "P2"])]
