"""What the shop sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shop.money import Money
from shop.slug import unique_slug


@dataclass(frozen=True)
class Product:
    """Something to sell; `sku` is what the warehouse calls it."""

    sku: str
    name: str
    price: Money
    category: str = "general"


class Catalog:
    """All products by SKU, each with a page name of its own."""

    def __init__(self) -> None:
        self._products: dict[str, Product] = {}
        self._slugs: dict[str, str] = {}

    def add(self, product: Product) -> str:
        """Add a product and return the slug of its page."""
        if product.sku in self._products:
            raise ValueError(f"SKU {product.sku} is already in the catalog")
        self._products[product.sku] = product
        self._slugs[product.sku] = unique_slug(product.name, set(self._slugs.values()))
        return self._slugs[product.sku]

    def __getitem__(self, sku: str) -> Product:
        return self._products[sku]

    def __iter__(self) -> Iterator[Product]:
        return iter(self._products.values())

    def __len__(self) -> int:
        return len(self._products)
