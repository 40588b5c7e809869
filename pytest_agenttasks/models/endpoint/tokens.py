"""How long a prompt is, guessed."""

from __future__ import annotations

import json
import math
from typing import Any

from pytest_agenttasks.results import Json

BYTES_PER_TOKEN = 3.5
"""Of UTF-8. Prose has about four to a token, code three to four; a guess that is too high does less harm."""

PICTURE = 1600
"""Tokens of a picture of the largest size (https://docs.claude.com/en/docs/build-with-claude/vision)."""

DOCUMENT = 3000
"""Tokens of a page (https://docs.claude.com/en/docs/build-with-claude/pdf-support); a document is taken for one."""


def estimate(body: Json) -> int:
    """Tokens of a request in Anthropic's format: an estimate from its length, not a count.

    No model is asked and no tokenizer is loaded: which model will answer is not known yet, and each counts in its own
    way. It is good for a client that wants to know when to shorten its conversation, and may be off by a third.
    """
    pictures: list[int] = []
    said = {name: _without_pictures(body[name], pictures) for name in ("system", "messages", "tools") if name in body}
    text = json.dumps(said, ensure_ascii=False)
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN) + sum(pictures)


def _without_pictures(value: Any, found: list[int]) -> Any:
    """The value without the sources of its pictures and documents; what those count for is added to `found`."""
    if isinstance(value, list):
        return [_without_pictures(one, found) for one in value]
    if not isinstance(value, dict):
        return value
    source = value.get("source")
    if value.get("type") in ("image", "document") and isinstance(source, dict) and source.get("type") != "text":
        found.append(PICTURE if value["type"] == "image" else DOCUMENT)
        return {"type": value["type"]}
    return {name: _without_pictures(one, found) for name, one in value.items()}
