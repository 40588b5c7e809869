import pytest
from depot.parcel import Parcel
from depot.sorting import fits, fullest, merged, sort_parcels

PARCELS = [
    Parcel("P1", "70173", 900),
    Parcel("P2", "70199", 900),
    Parcel("P3", "1010", 900, "AT"),
    Parcel("P4", "70173", 40000),
]


def test_sorts_by_postcode_and_country():
    by_hand = []
    assert sort_parcels(PARCELS, {}, by_hand) == {"70": ["P1", "P2"], "AT": ["P3"]}
    assert by_hand == ["P4"]


def test_goes_on_with_chutes_that_are_given():
    chutes = {"70": ["P0"]}
    assert sort_parcels(PARCELS[:1], chutes, []) is chutes
    assert chutes == {"70": ["P0", "P1"]}


def test_what_speaks_against_a_parcel():
    reasons = []
    assert not fits(Parcel("P5", "70173", 40000, service="freight", size=(130, 10, 10)), reasons)
    assert reasons == ["P5 is 130 cm long", "P5 weighs 40000 g", "P5 is freight"]
    assert fits(PARCELS[0], reasons)


def test_the_fullest_chute():
    assert fullest({"71": ["P1"], "70": ["P2"]}) == "70"
    with pytest.raises(ValueError, match="there are no chutes"):
        fullest({})


def test_merged():
    assert merged([{"70": ["P1"]}, {"70": ["P2"], "AT": ["P3"]}], {}) == {"70": ["P1", "P2"], "AT": ["P3"]}
