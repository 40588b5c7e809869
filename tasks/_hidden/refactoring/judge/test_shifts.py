from functools import partial
from itertools import product

import pytest
from depot.shifts import Driver, Shift, plan_week

from judge.before import checksum
from judge.structure import nested_ifs, too_long, tree_of


def week(count, step, licences):
    starts = [(n * step % 6, n * step * 3 % 19) for n in range(count)]
    return [Shift(day, start, start + 4 + n % 7, licences[n % len(licences)]) for n, (day, start) in enumerate(starts)]


@pytest.mark.parametrize(("licences", "before"), [("B", 1094138028), ("BC", 1362076718), ("BCC", 3031945638)])
def test_as_before(licences, before):
    calls = (
        partial(
            plan_week,
            week(count, step, licences),
            [Driver(f"D{n}", "BC"[: 1 + n % 2], frozenset({n, 3 * n % 7})) for n in range(team)],
        )
        for count, step, team in product(range(1, 25), (3, 5, 7, 11), (1, 2, 3, 5))
    )
    assert checksum(calls) == before


def test_short_and_flat():
    assert too_long(tree_of("shifts")) == {}
    assert nested_ifs(tree_of("shifts")) == []
