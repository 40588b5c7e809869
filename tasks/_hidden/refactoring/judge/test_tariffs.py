from functools import partial
from itertools import product

import pytest
from depot.parcel import Parcel
from depot.tariffs import price

from judge.before import checksum
from judge.structure import nested_ifs, too_long, tree_of

COUNTRIES = ("DE", "AT", "CH", "CZ", "PL", "DK", "GB", "US")
WEIGHTS = (1, 2000, 2001, 5000, 5001, 10000, 10001, 31500, 31501)
CONTRACTS = ("none", "silver", "gold", "lead")
INSURED = (-1, 0, 1, 50000, 50099, 50100, 250000, 250001)


@pytest.mark.parametrize(
    ("service", "before"), [("standard", 3193030372), ("express", 562131705), ("freight", 47447829)]
)
def test_as_before(service, before):
    calls = (
        partial(price, Parcel("P1", "70173", grams, country, service, (side, 30, 20)), contract, insured)
        for country, grams, side, contract, insured in product(COUNTRIES, WEIGHTS, (10, 200, 201), CONTRACTS, INSURED)
    )
    assert checksum(calls, ValueError) == before


def test_short_and_flat():
    assert too_long(tree_of("tariffs")) == {}
    assert nested_ifs(tree_of("tariffs")) == []
