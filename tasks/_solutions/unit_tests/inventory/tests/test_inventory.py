import pytest
from shop.inventory import Inventory, Movement, OutOfStockError


@pytest.fixture
def stock():
    return Inventory({"MUG": 7, "POT": 2})


def test_unknown_goods_are_not_there(stock):
    assert stock.level("PAN") == 0


def test_receive(stock):
    assert stock.receive("MUG", 3) == stock.level("MUG") == 10
    assert stock.movements == [Movement("MUG", 3, "delivery")]


def test_remove(stock):
    assert stock.remove("MUG", 7) == stock.level("MUG") == 0
    assert stock.movements == [Movement("MUG", -7, "sale")]


def test_no_more_than_there_is(stock):
    with pytest.raises(OutOfStockError, match="POT: 3 wanted, 2 left"):
        stock.remove("POT", 3)
    assert stock.level("POT") == 2


@pytest.mark.parametrize("quantity", [0, -1])
def test_quantities_are_positive(stock, quantity):
    with pytest.raises(ValueError, match="cannot receive"):
        stock.receive("MUG", quantity)
    with pytest.raises(ValueError, match="cannot remove"):
        stock.remove("MUG", quantity)


@pytest.mark.parametrize(("counted", "difference"), [(9, 2), (0, -7)])
def test_count(stock, counted, difference):
    assert stock.count("MUG", counted) == difference
    assert stock.level("MUG") == counted
    assert stock.movements == [Movement("MUG", difference, "stock-taking")]


def test_a_right_count_is_no_movement(stock):
    assert stock.count("MUG", 7) == 0
    assert stock.movements == []


def test_nobody_counts_less_than_nothing(stock):
    with pytest.raises(ValueError, match="cannot count -1 of MUG"):
        stock.count("MUG", -1)


def test_low_has_the_scarcest_first():
    assert Inventory({"C": 1, "B": 1, "A": 4, "D": 5}).low() == ["B", "C", "A"]
