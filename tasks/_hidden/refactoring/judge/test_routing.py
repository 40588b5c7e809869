from functools import partial
from itertools import product

import pytest
from depot.parcel import Parcel
from depot.routing import UnroutableError, route

from judge.before import checksum
from judge.structure import nested_ifs, too_long, tree_of

COUNTRIES = ("DE", "AT", "CH", "LI", "IT", "FR", "BE", "NL", "LU", "ES", "PL", "US")
POSTCODES = ("", "7017", "7O173", "04109", "10115", "20095", "38100", "44135", "50667", "60311", "70173", "71032",
             "72070", "73033", "80331", "99084")  # fmt: skip


@pytest.mark.parametrize(
    ("service", "before"), [("standard", 3910828488), ("express", 2771373951), ("freight", 1546244692)]
)
def test_as_before(service, before):
    cases = product(COUNTRIES, POSTCODES, (1, 30000, 30001, 31500, 31501), (10, 200, 201), range(7))
    calls = (
        partial(route, Parcel("P1", postcode, grams, country, service, (side, 30, 20)), weekday)
        for country, postcode, grams, side, weekday in cases
    )
    assert checksum(calls, UnroutableError) == before


def test_short_and_flat():
    assert too_long(tree_of("routing")) == {}
    assert nested_ifs(tree_of("routing")) == []
