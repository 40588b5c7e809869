"""The value that the error policy judges: a failed attempt, in no library's terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Fault = Literal["http", "answer", "unreachable", "lost", "timeout", "unreadable", "dependency", "no_key", "no_tools"]
"""How an attempt failed: `http` an error status; `answer` an HTTP 200 that holds an error or nothing;
`unreachable` no connection; `lost` a connection that ended without an answer; `timeout`; `unreadable` not
what the provider's API promises; `dependency` a package missing beside litellm; `no_key`, `no_tools` found
before anything was sent."""

_NOT_THE_PROVIDERS_WORDS = ("failed_generation", "user_id", "flagged_input", "input")
_TEXT_LIMIT, _DEPTH_LIMIT = 20_000, 12


@dataclass(frozen=True)
class Failure:
    """A failed attempt.

    Attributes:
        model: full litellm id that was asked.
        fault: how it failed.
        status: the provider's HTTP status, or the number in the error object of an HTTP 200.
        code: the provider's word for it, such as `insufficient_quota`; may be empty.
        message: the provider's sentence.
        body: the answer's JSON; empty if it had none.
        headers: of the answer, names in lower case.
        tools: whether the request carried tools.
        seconds: how long the attempt was given; None where nobody tells.
    """

    model: str
    fault: Fault = "http"
    status: int | None = None
    code: str = ""
    message: str = ""
    body: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    tools: bool = False
    seconds: float | None = None

    @property
    def provider(self) -> str:
        """The part of the model id before the first slash."""
        return self.model.partition("/")[0]

    @property
    def http_status(self) -> int | None:
        """Status of the HTTP answer: 200 for an error inside one; None if there was no answer."""
        return 200 if self.fault == "answer" else self.status

    @cached_property
    def text(self) -> str:
        """Every word that the provider said about the failure, in lower case, for patterns."""
        return " ".join([self.code, self.message, *words_of(self.body)])[:_TEXT_LIMIT].lower()


def words_of(value: object, depth: int = 0) -> Iterator[str]:
    """Strings of an error body, save what the model or the caller wrote: that may say anything."""
    if isinstance(value, str):
        yield value
    elif depth > _DEPTH_LIMIT:
        return
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NOT_THE_PROVIDERS_WORDS:
                yield from words_of(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, depth + 1)
