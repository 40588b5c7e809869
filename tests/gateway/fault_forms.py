"""What a case of a provider's fault is, and the forms in which providers put an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_agenttasks.gateway.error_policy import TABLE, Row
from tests.provider import Answer, completion

Json = dict[str, Any]


@dataclass(frozen=True)
class Documented:
    """A provider's answer.

    Attributes:
        name: of the case; the provider first.
        model: full litellm id.
        answer: as it is sent.
        reason: the policy's word for it.
        seconds: that the answer asks to wait, where it does and the policy heeds it.
        tools: whether only a request with tools is answered so.
    """

    name: str
    model: str
    answer: Answer
    reason: str
    seconds: float | None = None
    tools: bool = False

    @property
    def row(self) -> Row:
        """The line of the policy; the first of several with this reason: they end alike."""
        return next(row for row in TABLE if row.reason == self.reason)


def said(status: int, message: str, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    """An error object in OpenAI's form."""
    return Answer(status, {"error": {"message": message, **error}}, headers or {})


def google(status: int, message: str, word: str, *details: Json) -> Answer:
    """An error object in Google's form."""
    return Answer(status, {"error": {"code": status, "message": message, "status": word, "details": list(details)}})


def claude(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """An error object in Anthropic's form."""
    return Answer(status, {"type": "error", "error": {"type": kind, "message": message}}, headers or {})


def ended(reason: str, content: str | None = "half an", **choice: Any) -> Answer:
    """An HTTP 200 with a choice that ended for this reason."""
    body = completion(content).body
    assert isinstance(body, dict)
    [first] = body["choices"]
    return Answer(
        200, {**body, "choices": [{**first, "finish_reason": reason, "native_finish_reason": reason, **choice}]}
    )


def quota(metric: str, limit: int, delay: str = "36s") -> Answer:
    """Gemini's 429, with the identifier of the quota and a delay."""
    message = (
        "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: "
        f"generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: {limit}, model: g"
    )
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": metric}]}
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    return google(429, message, "RESOURCE_EXHAUSTED", failure, info)
