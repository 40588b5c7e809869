import pytest
from toolbox.intervals import Intervals

PAGES = Intervals.parse("1-3, 7, 9-12")


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        ([], ""),
        ([(5, 5)], "5"),
        ([(4, 6), (1, 3)], "1-6"),
        ([(1, 9), (2, 3)], "1-9"),
        ([(1, 3), (2, 8)], "1-8"),
        ([(1, 3), (5, 6)], "1-3, 5-6"),
        ([(5, 6), (1, 3), (4, 4)], "1-6"),
    ],
)
def test_ranges_that_overlap_or_touch_are_one(ranges, text):
    assert str(Intervals(ranges)) == text


def test_a_range_ends_after_it_begins():
    with pytest.raises(ValueError, match="a range that ends before it begins: 3-2"):
        Intervals([(3, 2)])


@pytest.mark.parametrize(("text", "numbers"), [("1-3, 7", [1, 2, 3, 7]), (" 7 ,1 - 2,", [1, 2, 7]), ("", [])])
def test_parse(text, numbers):
    assert list(Intervals.parse(text)) == numbers


@pytest.mark.parametrize("part", ["x", "1-", "-3", "1-x", "1-2-3", "1.5"])
def test_parse_refuses(part):
    with pytest.raises(ValueError, match="neither a number nor a range") as caught:
        Intervals.parse(f"1, {part}")
    assert repr(part) in str(caught.value)


def test_it_is_a_set():
    assert len(PAGES) == 8
    assert [number for number in range(14) if number in PAGES] == list(PAGES) == [1, 2, 3, 7, 9, 10, 11, 12]


def test_equality():
    assert Intervals.parse("3, 1-2") == Intervals([(1, 3)])
    assert hash(Intervals.parse("3, 1-2")) == hash(Intervals([(1, 3)]))
    assert Intervals([(1, 3)]) != Intervals([(1, 4)])
    assert Intervals() != "", "another type is never equal"


@pytest.mark.parametrize(
    ("other", "union", "both", "less"),
    [
        ("3-9", "1-12", "3, 7, 9", "1-2, 10-12"),
        ("2", "1-3, 7, 9-12", "2", "1, 3, 7, 9-12"),
        ("20", "1-3, 7, 9-12, 20", "", "1-3, 7, 9-12"),
        ("", "1-3, 7, 9-12", "", "1-3, 7, 9-12"),
        ("1-12", "1-12", "1-3, 7, 9-12", ""),
    ],
)
def test_union_intersection_difference(other, union, both, less):
    other = Intervals.parse(other)
    assert [str(PAGES | other), str(PAGES & other), str(PAGES - other)] == [union, both, less]


@pytest.mark.parametrize(("text", "gaps"), [("1-3, 7, 9-12", "4-6, 8"), ("5", ""), ("", "")])
def test_gaps(text, gaps):
    assert str(Intervals.parse(text).gaps()) == gaps


@pytest.mark.parametrize(
    ("count", "start", "first"), [(1, 1, 4), (3, 1, 4), (4, 1, 13), (1, 8, 8), (2, 8, 13), (1, 0, 0), (1, 99, 99)]
)
def test_first_free(count, start, first):
    assert PAGES.first_free(count, start) == first


def test_first_free_by_default():
    assert Intervals.parse("1, 3").first_free() == 2
    assert Intervals().first_free() == 1


@pytest.mark.parametrize("count", [0, -1])
def test_first_free_refuses(count):
    with pytest.raises(ValueError, match=f"cannot look for {count} numbers"):
        PAGES.first_free(count)
