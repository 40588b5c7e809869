from functools import partial
from itertools import combinations, product

import pytest
from depot.invoices import euros, invoice
from depot.parcel import Parcel

from judge.before import checksum
from judge.structure import called, texts, too_long, tree_of

KINDS = product(("DE", "FR", "CZ", "US"), ("standard", "express", "freight"), (900, 12345678))
PARCELS = [Parcel(f"P{n * 7 % 24:02d}", "70173", grams, *kind) for n, (*kind, grams) in enumerate(KINDS)]


@pytest.mark.parametrize(("count", "before"), [(0, 762376394), (1, 2396767634), (2, 2903720422), (24, 3968604217)])
def test_as_before(count, before):
    chosen = product(combinations(PARCELS, count), ("none", "silver", "gold"))
    calls = (partial(invoice, "I1", "ACME", parcels, contract) for parcels, contract in chosen)
    assert checksum(calls) == before


def test_euros_as_before():
    assert (euros(0), euros(-5), euros(123456789)) == ("0.00", "-0.05", "1,234,567.89")


def test_one_block_for_all():
    tree = tree_of("invoices")
    assert too_long(tree) == {}
    assert called(tree).count("price") == 1
    assert max(called(tree).count("ljust"), called(tree).count("rjust")) <= 2, "columns are worked out in many places"
    assert [piece for piece in (" parcels", " kg", "EUR") if texts(tree).count(piece) > 1] == []
