import pytest
from shop.slug import slugify, unique_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Coffee Grinder", "coffee-grinder"),
        ("  Crème brûlée set ", "creme-brulee-set"),
        ("Salt & Pepper", "salt-and-pepper"),
        ("Weißbierglas 0,5 l", "weissbierglas-0-5-l"),
        ("!!!", ""),
    ],
)
def test_slugify(title, slug):
    assert slugify(title) == slug


def test_unique_slug_counts_on():
    assert unique_slug("Mug", {"mug", "mug-2"}) == "mug-3"
