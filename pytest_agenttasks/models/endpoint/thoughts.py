"""What a model thought, on its way to a client of Anthropic's format and back, with its signatures.

Models that take their thoughts back want them unchanged: Anthropic's sign each block, and OpenRouter hands out
`reasoning_details` of several forms. Anthropic's format has one text and one signature for a block. What does not fit
is sealed in the signature, which clients must hand back as it is, and is taken out of it again. So a cassette holds
what the model gave.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from pytest_agenttasks.results import Json

KINDS = ("thinking", "redacted_thinking")

_SEAL = "agenttasks:"
_SEALED = ("reasoning_details", "thinking_blocks")


def blocks(message: Json) -> list[Json]:
    """Anthropic's blocks of what an OpenAI message says was thought."""
    text = message.get("reasoning_content") or message.get("reasoning") or ""
    if message.get("reasoning_details"):
        sealed = _seal({name: message[name] for name in _SEALED if message.get(name)})
        return [_thinking(text, sealed)] if text else [{"type": "redacted_thinking", "data": sealed}]
    if message.get("thinking_blocks"):
        return [_native(one) for one in message["thinking_blocks"]]
    return [_thinking(text, "")] if text else []


def fields(given: Sequence[Json]) -> Json:
    """The fields of an OpenAI message that say what was thought, from the blocks that a client sends back."""
    found: Json = {}
    signed = []
    for block in given:
        seal = block.get("signature") or block.get("data")
        if isinstance(seal, str) and seal.startswith(_SEAL):
            found |= _unsealed(seal)
        elif seal:
            signed.append(_native(block))
    if signed:
        found["thinking_blocks"] = signed
    text = "".join(str(block.get("thinking") or "") for block in given)
    return {**found, **({"reasoning_content": text} if text else {})}


def _native(block: Json) -> Json:
    if block.get("type") == "redacted_thinking":
        return {"type": "redacted_thinking", "data": block.get("data") or ""}
    return _thinking(block.get("thinking") or "", block.get("signature") or "")


def _thinking(text: str, signature: str) -> Json:
    return {"type": "thinking", "thinking": text, "signature": signature}


def _seal(found: Json) -> str:
    return _SEAL + base64.b64encode(json.dumps(found).encode()).decode()


def _unsealed(seal: str) -> Json:
    """What was sealed; nothing where somebody tampered with it."""
    try:
        found = json.loads(base64.b64decode(seal.removeprefix(_SEAL)))
    except (ValueError, RecursionError):
        return {}
    return {name: found[name] for name in _SEALED if isinstance(found, dict) and isinstance(found.get(name), list)}
