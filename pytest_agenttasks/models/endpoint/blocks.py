"""Anthropic's content blocks as the parts of OpenAI's messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_agenttasks.models.endpoint.errors import Refusal
from pytest_agenttasks.results import Json


def listed(content: Any) -> list[Json]:
    """Content as blocks: a string is one of text.

    Raises:
        Refusal: it is neither a string nor a list of blocks.
    """
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if content is None:
        return []
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise Refusal(400, "invalid_request", "`content` and `system` must be a string or a list of blocks")
    return content


def part(block: Json) -> list[Json]:
    """The parts that a block of text, picture or document becomes.

    Raises:
        Refusal: models of other companies than Anthropic have nothing like it.
    """
    kind = block.get("type")
    if kind == "text":
        return [_marked({"type": "text", "text": str(block.get("text") or "")}, block)]
    if kind == "image":
        return [_marked({"type": "image_url", "image_url": {"url": _url(block)}}, block)]
    if kind == "document":
        return _document(block)
    if kind == "search_result":
        about = f"{block.get('title')} ({block.get('source')})"
        return [{"type": "text", "text": about}, *parts(listed(block.get("content")))]
    raise Refusal(400, "invalid_request", f"content of type {kind!r} cannot be given to the models of this task")


def parts(blocks: Iterable[Json]) -> list[Json]:
    """The parts of several blocks."""
    return [one for block in blocks for one in part(block)]


def content(found: list[Json]) -> str | list[Json]:
    """Parts as a message has them: a string where that says it all, since not every provider takes a list."""
    if all(one.keys() == {"type", "text"} for one in found):
        return "\n\n".join(one["text"] for one in found)
    return found


def _marked(made: Json, block: Json) -> Json:
    """With the mark up to where a provider shall cache. LiteLLM takes it out for those that do not know it."""
    return {**made, "cache_control": block["cache_control"]} if block.get("cache_control") else made


def _url(block: Json) -> str:
    source = _source(block)
    if source.get("type") == "base64":
        return f"data:{source.get('media_type')};base64,{source.get('data')}"
    if source.get("type") == "url":
        return str(source.get("url"))
    raise Refusal(400, "invalid_request", f"a source of type {source.get('type')!r} is not here; send base64 or a url")


def _document(block: Json) -> list[Json]:
    source = _source(block)
    if source.get("type") == "text":
        return [_marked({"type": "text", "text": str(source.get("data") or "")}, block)]
    if source.get("type") == "content":
        return parts(listed(source.get("content")))
    url, name = _url(block), str(block.get("title") or "document.pdf")
    # OpenAI's part for files takes data; LiteLLM takes an address as `file_id`.
    file = {"file_id": url} if source.get("type") == "url" else {"filename": name, "file_data": url}
    return [_marked({"type": "file", "file": file}, block)]


def _source(block: Json) -> Json:
    source = block.get("source")
    if not isinstance(source, dict):
        raise Refusal(400, "invalid_request", f"a block of type {block.get('type')!r} needs a `source`")
    return source
