"""The content of chat messages as ATIF has it: a text, or parts with text, images and audio."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Hashable
from typing import Any

from pytest_agenttasks.results import Json

IMAGES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
"""Types of images that ATIF-v1.8 knows, and how their files are called."""

SOUNDS = {"wav": "audio/wav", "mp3": "audio/mpeg", "aac": "audio/aac", "flac": "audio/flac", "ogg": "audio/ogg",
          "m4a": "audio/mp4", "webm": "audio/webm", "aiff": "audio/aiff"}  # fmt: skip
"""Types of audio that ATIF-v1.8 knows, by OpenAI's `input_audio.format`."""

LONGEST = 1000
"""Characters of a text inside a part of another type; longer ones are data, of which the beginning is kept."""

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)[^,]*;base64,(.*)", re.DOTALL)


class Media:
    """Images and audio, each kept once however often it was sent.

    Attributes:
        files: content by path, relative to the trajectory.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def content(self, content: Any) -> str | list[Json]:
        """The content of a message: texts as a text, anything else as ATIF's parts."""
        if not isinstance(content, list):
            return plain_text(content)
        parts = [self._part(one) for one in content]
        return str(parts[0]["text"]) if len(parts) == 1 and parts[0]["type"] == "text" else parts

    def _part(self, part: Any) -> Json:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image_url":
            given = part.get("image_url")
            source = self._image(str(given.get("url") if isinstance(given, dict) else given))
        elif kind == "input_audio" and isinstance(part.get("input_audio"), dict):
            source = self._audio(part["input_audio"])
        else:
            source = None
        if source is None:
            return {"type": "text", "text": _part_text(part)}
        return {"type": "image" if kind == "image_url" else "audio", "source": source}

    def _image(self, url: str) -> Json | None:
        data = _DATA_URL.fullmatch(url)
        if data:
            return self._file(data[2], data[1], IMAGES[data[1]]) if data[1] in IMAGES else None
        ending = re.split(r"[?#]", url)[0].rpartition(".")[2].lower()
        media_type = f"image/{'jpeg' if ending == 'jpg' else ending}"
        return {"media_type": media_type, "path": url} if media_type in IMAGES else None

    def _audio(self, given: Json) -> Json | None:
        ending = str(given.get("format"))
        return self._file(str(given.get("data")), SOUNDS[ending], ending) if ending in SOUNDS else None

    def _file(self, encoded: str, media_type: str, ending: str) -> Json | None:
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return None
        path = f"media/{hashlib.sha256(data).hexdigest()[:16]}.{ending}"
        self.files[path] = data
        return {"media_type": media_type, "path": path}


def plain_text(content: Any) -> str:
    """All text of a message's content; parts without text as JSON."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "\n".join(map(_part_text, content))
    return content if isinstance(content, str) else _json(content)


def identity(content: Any) -> Hashable:
    """The same for contents that say the same: a text, or a single part with that text."""
    if not isinstance(content, list):
        return plain_text(content).strip()
    parts = [
        one["text"].strip() if _is_text(one) else hash(json.dumps(one, sort_keys=True, default=str)) for one in content
    ]
    return parts[0] if len(parts) == 1 else tuple(parts)


def clean(value: Any) -> Any:
    """A JSON value without halves of surrogate pairs, which no UTF-8 can hold: U+FFFD stands for each.

    Two halves that stand together become what they mean.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {clean(str(name)): clean(one) for name, one in value.items()}
    return [clean(one) for one in value] if isinstance(value, list | tuple) else value


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _part_text(part: Any) -> str:
    if _is_text(part):
        return str(part["text"])
    return part if isinstance(part, str) else _json(part)


def _json(value: Any) -> str:
    return json.dumps(_shortened(value), ensure_ascii=False, default=str)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:40]}… {len(value)} characters"
    if isinstance(value, dict):
        return {name: _shortened(one) for name, one in value.items()}
    return [_shortened(one) for one in value] if isinstance(value, list) else value
