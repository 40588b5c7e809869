"""Names for product pages, as they stand in a URL."""

from __future__ import annotations

import re
import unicodedata

SPELLED_OUT = {"ß": "ss", "æ": "ae", "ø": "o", "&": " and ", "€": " euro "}


def slugify(title: str) -> str:
    """Turn a product's title into lower-case ASCII words joined by hyphens."""
    text = title.lower()
    for sign, words in SPELLED_OUT.items():
        text = text.replace(sign, words)
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_text))


def unique_slug(title: str, taken: set[str]) -> str:
    """Return a slug that is not in `taken`, with -2, -3, … appended where needed."""
    slug = slugify(title) or "product"
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"
