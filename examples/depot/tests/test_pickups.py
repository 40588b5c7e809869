import pytest
from depot.pickups import describe, merge, request, same_stop, stops, vans


def at(street="Hauptstr. 1", customer="ACME", parcels=3, **more):
    return request(customer, street, "70 173", parcels, **more)


def test_describe():
    assert describe(at(slot="morning", note="ring twice")) == "70173 Hauptstr. 1: 3 from ACME, morning (ring twice)"
    assert describe(at()) == "70173 Hauptstr. 1: 3 from ACME"


def test_the_same_stop():
    assert same_stop(at("hauptstr. 1 ", slot="morning"), at())
    assert not same_stop(at(slot="morning"), at(slot="afternoon"))
    assert not same_stop(at(), at("Hauptstr. 2"))


def test_merge():
    one = merge(at(note="ring"), at(customer="Bolt", parcels=4, slot="morning", note="yard"))
    assert describe(one) == "70173 Hauptstr. 1: 7 from ACME and Bolt, morning (ring; yard)"


def test_what_does_not_merge():
    with pytest.raises(ValueError, match=r"Hauptstr\. 1 and Hauptstr\. 2 are no stop"):
        merge(at(), at("Hauptstr. 2"))


def test_stops_and_vans():
    found = stops([at("Weg 9"), at(parcels=30), at(parcels=8)])
    assert [describe(stop) for stop in found] == ["70173 Hauptstr. 1: 38 from ACME", "70173 Weg 9: 3 from ACME"]
    assert vans(found) == 2
    assert vans([]) == 0


@pytest.mark.parametrize(("more", "message"), [({"parcels": 0}, "ACME has nothing"), ({"slot": "noon"}, "'noon'")])
def test_refused(more, message):
    with pytest.raises(ValueError, match=message):
        at(**more)
