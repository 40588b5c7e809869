import ast
import enum
from itertools import product

import pytest
from depot.tracking import Status, Tracking, TrackingError, describe

from judge.structure import functions, texts, tree_of

CODES = {
    "ANNOUNCED": "AN",
    "ACCEPTED": "AC",
    "SORTED": "SO",
    "OUT": "OD",
    "DELIVERED": "DL",
    "NOT_HOME": "NH",
    "RETURNED": "RT",
}
FOLLOWS = {"AN": "AN AC", "AC": "SO OD RT", "SO": "SO OD RT", "OD": "DL NH SO", "NH": "OD RT", "DL": "", "RT": ""}


def test_the_members():
    assert issubclass(Status, enum.StrEnum)
    assert {one.name: one.value for one in Status} == CODES


def test_no_code_is_written_as_a_text_elsewhere():
    tree = tree_of("tracking")
    tree.body = [node for node in tree.body if getattr(node, "name", "") != "Status"]
    assert set(texts(tree)) & set(CODES.values()) == set()
    ifs = {one.name: sum(isinstance(node, ast.If) for node in ast.walk(one)) for one in functions(tree)}
    assert {name: count for name, count in ifs.items() if count > 2} == {}


@pytest.mark.parametrize(("before", "after"), list(product(CODES.values(), repeat=2)))
def test_what_follows_what(before, after):
    for code in (after, Status(after)):
        parcel = Tracking("P1", [Status(before)])
        if after in FOLLOWS[before].split():
            parcel.scan(code)
            assert parcel.status is Status(after)
            assert parcel.codes == [before, after]
        else:
            with pytest.raises(TrackingError, match=f"^P1: {after} cannot follow {before}$"):
                parcel.scan(code)


def test_status():
    assert Tracking("P1").status is Status.ANNOUNCED
    assert [one for one in Status if Tracking("P1", [one]).is_done] == [Status.DELIVERED, Status.RETURNED]


def test_describe_takes_both():
    assert describe(Status.NOT_HOME) == describe("NH") == "nobody at home"
    assert len({describe(one) for one in Status}) == len(CODES)
