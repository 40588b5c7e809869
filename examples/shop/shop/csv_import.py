"""Products from the suppliers' CSV files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from shop.catalog import Product
from shop.money import Money

COLUMNS = ("sku", "name", "price", "category")
PRICE = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")


@dataclass
class Import:
    """What a file held: the good rows as products, the others as messages with their line."""

    products: list[Product] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read_products(lines: Iterable[str]) -> Import:
    """Read products from the lines of a CSV file with a header; a bad row does not stop the others."""
    reader = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=";")
    missing = [name for name in COLUMNS[:3] if name not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
    result = Import()
    seen: set[str] = set()
    for number, row in enumerate(reader, start=1):
        try:
            product = _product(row, seen)
        except ValueError as error:
            result.errors.append(f"row {number}: {error}")
            continue
        seen.add(product.sku)
        result.products.append(product)
    return result


def _product(row: dict[str, str], seen: set[str]) -> Product:
    sku = (row["sku"] or "").strip().upper()
    name = (row["name"] or "").strip()
    if not sku:
        raise ValueError("no SKU")
    if sku in seen:
        raise ValueError(f"SKU {sku} comes twice")
    if not name:
        raise ValueError(f"{sku} has no name")
    category = (row.get("category") or "").strip() or "general"
    return Product(sku, name, Money(_cents(row["price"] or "")), category)


def _cents(text: str) -> int:
    match = PRICE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a price: {text!r}")
    whole, rest = match.groups()
    return int(whole) * 100 + int((rest or "0").ljust(2, "0"))
