"""Secrets: what must never be written to a file that others may see, and how it is taken out of text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

MIN_LENGTH = 8
"""Shorter values are words rather than secrets: taking them out would tear up ordinary text."""

_SECRET_WORD = re.compile(r".*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH|AUTHORIZATION)S?\d*", re.IGNORECASE)
_NOT_THE_SECRET_ITSELF = {"SOCK", "FILE", "PATH", "DIR", "TYPE", "METHOD"}
"""`SSH_AUTH_SOCK`, `TOKEN_TYPE`, …: last words of names whose value says where or how, not what."""

# A key starts where a word starts. Inside JSON in JSON a word may follow an escape (`\nsk-…`, `\u0022sk-…`),
# inside a URL a percent sign and two digits (`%3Dsk-…`).
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9A-Fa-f]{2}))"

_SHAPES = (
    # OpenAI, OpenRouter (sk-or-v1-), Anthropic (sk-ant-), DeepSeek. Names such as sk-learn-like-api stay.
    ("sk-", _START + r"sk-(?=[A-Za-z_-]*\d|[a-z0-9_-]*[A-Z]|[A-Za-z]{16})[A-Za-z0-9_-]{16,}"),
    ("csk-", _START + r"csk-[A-Za-z0-9]{16,}"),  # Cerebras
    ("AIza", _START + r"AIza[0-9A-Za-z_-]{20,}"),  # Google
    ("gsk_", _START + r"gsk_[A-Za-z0-9]{16,}"),  # Groq
    *((f"gh{kind}_", _START + rf"gh{kind}_[A-Za-z0-9]{{16,}}") for kind in "pousr"),  # GitHub
    ("github_pat_", _START + r"github_pat_[A-Za-z0-9_]{16,}"),
    ("xox", _START + r"xox[a-z]-[A-Za-z0-9-]{10,}"),  # Slack
    ("AKIA", _START + r"AKIA[0-9A-Z]{16}"),  # AWS
    ("hf_", _START + r"hf_[A-Za-z0-9]{16,}"),  # Hugging Face
    # A token has a digit or is long: "Bearer authentication" is prose.
    ("earer ", r"(?<=[Bb]earer )(?=[A-Za-z._~+/-]*\d|[A-Za-z0-9._~+/-]{20})[A-Za-z0-9._~+/-]{8,}=*"),
)
KEY_SHAPES = tuple((hint, re.compile(shape)) for hint, shape in _SHAPES)
"""A text that must be there for the shape to be worth a search, and the shape."""


class Secrets:
    """The values of an environment that look secret, and everything shaped like an API key.

    A name is secret if one of its words (split at `_`) ends in KEY, TOKEN, SECRET, PASSWORD, PASSWD,
    CREDENTIAL or AUTH; so `GIT_AUTHOR_NAME` is not. Values are known as they are, JSON-escaped,
    URL-encoded, and in base64 wherever they begin inside the encoded text (`user:password`).
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        named = {n: v for n, v in environment.items() if len(v) >= MIN_LENGTH and looks_secret(n)}
        forms = {form: name for name, value in sorted(named.items()) for form in _forms(value)}
        # Longest first: a secret that contains another one must go as a whole.
        self._forms = sorted(forms.items(), key=lambda item: (-len(item[0]), item[0]))

    def scrub(self, text: str) -> str:
        """The text with `[scrubbed:NAME]` for values of the environment, `[scrubbed:key]` for key shapes."""
        for form, name in self._forms:
            if form in text:
                text = text.replace(form, f"[scrubbed:{name}]")
        for hint, shape in KEY_SHAPES:
            if hint in text:
                text = shape.sub("[scrubbed:key]", text)
        return text

    def found(self, text: str) -> list[str]:
        """What is left of secrets in the text, without telling them: names, and the first letters of keys."""
        names = {name for form, name in self._forms if form in text}
        keys = {
            f"something shaped like a key ({match[0][:6]}…)"
            for hint, shape in KEY_SHAPES
            if hint in text
            for match in shape.finditer(text)
        }
        return sorted(names) + sorted(keys)


def looks_secret(name: str) -> bool:
    """Whether an environment variable of this name holds a secret."""
    words = name.split("_")
    return words[-1].upper() not in _NOT_THE_SECRET_ITSELF and any(map(_SECRET_WORD.fullmatch, words))


def _forms(value: str) -> Iterator[str]:
    yield value
    once = json.dumps(value, ensure_ascii=False)[1:-1]
    yield from (once, json.dumps(once, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1])
    yield from (quote(value, safe=safe, errors="replace") for safe in ("", "/"))
    yield quote_plus(value, errors="replace")
    yield from _base64_forms(value.encode("utf-8", "surrogateescape"))


def _base64_forms(value: bytes) -> Iterator[str]:
    """The letters of base64 that depend on the value alone, for each of the three places it can begin at."""
    for offset in range(3):
        padded = bytes(offset) + value
        first = (offset * 8 + 5) // 6
        last = len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(padded).decode()[first:last]
