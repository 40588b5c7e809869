import pytest
from shop.catalog import Product
from shop.csv_import import read_products
from shop.money import Money

HEADER = "sku;name;price;category"


def test_products():
    found = read_products([HEADER, "mug;Mug;8.00;kitchen", " pot ; Tea pot ;29,5;"])
    assert found.products == [Product("MUG", "Mug", Money(800), "kitchen"), Product("POT", "Tea pot", Money(2950))]
    assert found.errors == []


def test_the_category_may_be_missing():
    assert read_products(["sku;name;price", "mug;Mug;8"]).products == [Product("MUG", "Mug", Money(800))]


def test_comments_are_left_out():
    assert len(read_products(["# spring list", HEADER, "# mugs", "mug;Mug;8;"]).products) == 1


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (";Mug;8;", "row 1: no SKU"),
        ("mug;;8;", "row 1: MUG has no name"),
        ("mug;Mug;8.005;", "row 1: not a price: '8.005'"),
        ("mug;Mug;-1;", "row 1: not a price: '-1'"),
    ],
)
def test_a_bad_row_is_told_and_the_next_one_read(row, error):
    found = read_products([HEADER, row, "pot;Tea pot;29.50;"])
    assert found.errors == [error]
    assert [product.sku for product in found.products] == ["POT"]


def test_a_sku_comes_once():
    found = read_products([HEADER, "mug;Mug;8;", "MUG;Big mug;9;"])
    assert found.errors == ["row 2: SKU MUG comes twice"]
    assert len(found.products) == 1


@pytest.mark.parametrize(("lines", "missing"), [([], "sku, name, price"), (["sku;price"], "name")])
def test_missing_columns(lines, missing):
    with pytest.raises(ValueError, match=f"missing columns: {missing}"):
        read_products(lines)
