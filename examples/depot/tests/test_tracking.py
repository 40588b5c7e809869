import pytest
from depot.tracking import Tracking, TrackingError, describe


def tracking(*codes):
    found = Tracking("P1")
    for code in codes:
        found.scan(code)
    return found


def test_the_usual_way():
    found = tracking("AC", "SO", "OD", "DL")
    assert found.codes == ["AC", "SO", "OD", "DL"]
    assert found.status == "DL"
    assert found.is_done


def test_before_the_first_scan():
    assert Tracking("P1").status == "AN"
    assert not Tracking("P1").is_done


@pytest.mark.parametrize("codes", [("DL",), ("AC", "DL"), ("AC", "SO", "OD", "RT"), ("AC", "RT", "SO")])
def test_what_cannot_follow(codes):
    *before, last = codes
    found = tracking(*before)
    with pytest.raises(TrackingError, match=f"P1: {last} cannot follow {found.status}"):
        found.scan(last)
    assert found.codes == before


def test_attempts():
    assert tracking("AC", "SO", "OD", "NH", "OD", "NH", "OD", "DL").attempts == 3


def test_descriptions():
    assert describe("NH") == "nobody at home"


def test_unknown_codes():
    with pytest.raises(TrackingError, match="unknown code 'XX'"):
        Tracking("P1").scan("XX")
    with pytest.raises(TrackingError, match="unknown code 'XX'"):
        describe("XX")
