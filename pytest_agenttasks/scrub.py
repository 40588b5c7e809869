"""Secrets: what must never be written to a file that others may see, and how it is taken out of text."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MIN_LENGTH = 8
"""Shorter values are words rather than secrets: taking them out would tear up ordinary text."""

_SECRET_WORD = re.compile(
    r"(?:.*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|AUTH|AUTHORIZATION)|PASS|PAT|CRED)S?\d*",
    re.IGNORECASE,
)
_NOT_THE_SECRET_ITSELF = {"SOCK", "FILE", "PATH", "DIR", "TYPE", "METHOD"}
"""`SSH_AUTH_SOCK`, `TOKEN_TYPE`, …: last words of names whose value says where or how, not what."""

# A key starts where a word starts. Inside JSON in JSON a word may follow an escape (`\nsk-…`, `\u0022sk-…`),
# inside a URL a percent sign and two digits (`%3Dsk-…`).
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9A-Fa-f]{2}))"

_SHAPES = (
    # OpenAI, OpenRouter (sk-or-v1-), Anthropic (sk-ant-), DeepSeek. Names such as sk-learn-like-api stay.
    # How far is looked has an end: from every `sk-` of a long line to its end would be quadratic. So with `eyJ` below.
    ("sk-", _START + r"sk-(?=[A-Za-z_-]{0,40}\d|[a-z0-9_-]{0,40}[A-Z]|[A-Za-z]{16})[A-Za-z0-9_-]{16,}"),
    ("csk-", _START + r"csk-[A-Za-z0-9]{16,}"),  # Cerebras
    ("AIza", _START + r"AIza[0-9A-Za-z_-]{20,}"),  # Google
    ("gsk_", _START + r"gsk_[A-Za-z0-9]{16,}"),  # Groq
    *((f"gh{kind}_", _START + rf"gh{kind}_[A-Za-z0-9]{{16,}}") for kind in "pousr"),  # GitHub
    ("github_pat_", _START + r"github_pat_[A-Za-z0-9_]{16,}"),
    ("xox", _START + r"xox[a-z]-[A-Za-z0-9-]{10,}"),  # Slack
    ("AKIA", _START + r"AKIA[0-9A-Z]{16}"),  # AWS
    ("hf_", _START + r"hf_[A-Za-z0-9]{16,}"),  # Hugging Face
    ("xai-", _START + r"xai-[A-Za-z0-9]{16,}"),
    ("pplx-", _START + r"pplx-[A-Za-z0-9]{16,}"),  # Perplexity
    ("nvapi-", _START + r"nvapi-[A-Za-z0-9_-]{16,}"),  # NVIDIA
    ("glpat-", _START + r"glpat-[A-Za-z0-9_-]{16,}"),  # GitLab
    ("npm_", _START + r"npm_[A-Za-z0-9]{36}"),
    ("_live_", _START + r"[sr]k_live_[A-Za-z0-9]{16,}"),  # Stripe
    ("eyJ", _START + r"eyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),  # JSON Web Token, RFC 7519
    # A token has a digit or is long: "Bearer authentication" is prose.
    ("earer ", r"(?<=[Bb]earer )(?=[A-Za-z._~+/-]*\d|[A-Za-z0-9._~+/-]{20})[A-Za-z0-9._~+/-]{8,}=*"),
)
KEY_SHAPES = tuple((hint, re.compile(shape)) for hint, shape in _SHAPES)
"""A text that must be there for the shape to be worth a search, and the shape."""

# It begins where a word begins, and gives nothing back: tried at each letter of a long line, it would be quadratic.
_WRAPPED = re.compile(r"(?<![\w+/=-])(?:[\w+/=-]{40,}+(?:\r?\n|\\n)[ \t]*+)+[\w+/=-]++", re.ASCII)
"""Lines of one long word, as base64(1) and mail break it; in JSON the line ends are escapes."""
_LINE_END = re.compile(r"(?:\r?\n|\\n)[ \t]*")

_IN_URL = re.compile(r"://[^/@\s]*:([^/@\s]+)@")
"""The password of a URL: `postgres://user:password@host/name`."""

_LONG_LINE = 16
"""Characters from which on a line of a secret of several lines is secret on its own; of a private key, all are."""


class Secrets:
    """The values of an environment that look secret, and everything shaped like an API key.

    A name is secret if one of its words (split at `_`) ends in KEY, TOKEN, SECRET, PASSWORD, PASSWD, PASSPHRASE,
    CREDENTIAL or AUTH, or is PASS, PAT or CRED; so `GIT_AUTHOR_NAME` is not. Of other variables the password of a URL
    is secret. Values are known as they are, as JSON, HTML, shells and URLs write them, in base64 wherever they begin
    inside the encoded text (`user:password`), broken into lines or not, and line by line where they have several.
    """

    def __init__(self, environment: Mapping[str, str], names: Collection[str] = ()) -> None:
        """Know the secrets of an environment.

        Args:
            environment: variables and their values.
            names: variables that are secret though their names do not look so.
        """
        named = [(n, secret) for n, v in sorted(environment.items()) for secret in _secrets_in(n, v, n in names)]
        forms = {form: name for name, value in named for form in _forms(value) if len(form) >= MIN_LENGTH}
        # Longest first: a secret that contains another one must go as a whole.
        self._forms = sorted(forms.items(), key=lambda item: (-len(item[0]), item[0]))

    def scrub(self, text: str) -> str:
        """The text with `[scrubbed:NAME]` for values of the environment, `[scrubbed:key]` for key shapes."""
        text = self._scrub(text)
        return _WRAPPED.sub(self._unwrapped, text) if _may_be_wrapped(text) else text

    def _scrub(self, text: str) -> str:
        for form, name in self._forms:
            if form in text:
                text = text.replace(form, f"[scrubbed:{name}]")
        for hint, shape in KEY_SHAPES:
            if hint in text:
                text = shape.sub("[scrubbed:key]", text)
        return text

    def _unwrapped(self, lines: re.Match[str]) -> str:
        """The lines as they are or, if there is a secret in them, in one and without it."""
        joined = _LINE_END.sub("", lines[0])
        clean = self._scrub(joined)
        return lines[0] if clean == joined else clean

    def found(self, text: str) -> list[str]:
        """What is left of secrets in the text, without telling them: names, and the first letters of keys."""
        if _may_be_wrapped(text):
            joined = "\n".join(_LINE_END.sub("", lines[0]) for lines in _WRAPPED.finditer(text))
            text = f"{text}\n{joined}"
        names = {name for form, name in self._forms if form in text}
        keys = {
            f"something shaped like a key ({match[0][:6]}…)"
            for hint, shape in KEY_SHAPES
            if hint in text
            for match in shape.finditer(text)
        }
        return sorted(names) + sorted(keys)


def scrubbed(value: Any, scrub: Callable[[str], str]) -> Any:
    """A JSON value without secrets in any of its strings, names of members included: itself where it has none.

    Args:
        value: plain JSON.
        scrub: takes secrets out of a text, and no fewer of them where a NUL and other text stand around it.
    """
    together = "\0".join(_gather(value, []))  # in one, since most have none, and there are thousands
    return value if scrub(together) == together else each_text(value, scrub)


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of a JSON value with all of its strings changed, names of members included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(name) if isinstance(name, str) else name: each_text(one, change) for name, one in value.items()}
    return [each_text(one, change) for one in value] if isinstance(value, (list, tuple)) else value


def _gather(value: Any, texts: list[str]) -> list[str]:
    """Add all strings of a JSON value, names of members included."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _gather(name, texts)
            _gather(one, texts)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _gather(one, texts)
    return texts


def looks_secret(name: str) -> bool:
    """Whether an environment variable of this name holds a secret."""
    words = name.split("_")
    if words[-1].upper() == "PWD":  # PWD alone is a folder
        return len(words) > 1
    return words[-1].upper() not in _NOT_THE_SECRET_ITSELF and any(map(_SECRET_WORD.fullmatch, words))


def _secrets_in(name: str, value: str, named: bool) -> Iterator[str]:
    """The secrets that a variable holds."""
    if named or looks_secret(name):
        least = MIN_LENGTH if value.startswith("-----BEGIN ") else _LONG_LINE
        lines = (line.strip() for line in value.splitlines() if not line.startswith("-----"))
        found = [value, value.strip(), *(line for line in lines if len(line) >= least)]
    else:
        found = [password for given in _IN_URL.findall(value) for password in (given, unquote(given))]
    yield from (secret for secret in dict.fromkeys(found) if len(secret) >= MIN_LENGTH)


def _may_be_wrapped(text: str) -> bool:
    return "\n" in text or "\\n" in text


def _forms(value: str) -> Iterator[str]:
    """How a value may be written."""
    quoted = (repr(value)[1:-1], shlex.quote(value), html.escape(value), html.escape(value, quote=False))
    for form in dict.fromkeys((value, *quoted)):
        yield form
        for once in _in_json(form):
            # Twice: in the arguments of a tool call, which are JSON in JSON.
            yield from (once, *_in_json(once), once.replace("/", "\\/"))
    for safe in ("", "/"):
        encoded = quote(value, safe=safe, errors="replace")
        yield from (encoded, re.sub("%..", lambda match: match[0].lower(), encoded))
    yield quote_plus(value, errors="replace")
    yield from _base64_forms(value.encode("utf-8", "surrogateescape"))


def _in_json(value: str) -> tuple[str, str]:
    return json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1]


def _base64_forms(value: bytes) -> Iterator[str]:
    """The letters of base64 that depend on the value alone, for each of the three places it can begin at."""
    for offset in range(3):
        padded = bytes(offset) + value
        first = (offset * 8 + 5) // 6
        last = len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(padded).decode()[first:last]
