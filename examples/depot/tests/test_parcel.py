import pytest
from depot.parcel import Parcel


def test_girth_is_the_longest_side_and_the_way_round_the_others():
    assert Parcel("P1", "70173", 900, size=(20, 50, 10)).girth == 110


def test_an_unknown_service_is_refused():
    with pytest.raises(ValueError, match="parcel P1: unknown service 'pigeon'"):
        Parcel("P1", "70173", 900, service="pigeon")


def test_a_parcel_weighs_something():
    with pytest.raises(ValueError, match="parcel P1: 0 g is no weight"):
        Parcel("P1", "70173", 0)
