"""What a program is told when it gets no answer: which status, which code, in the words of its own format.

No client retries 403, 404 and 401, and some retry all else: mini-swe-agent 2.4 tries ten times on a 400 (read in its
source), OpenAI's and Anthropic's clients twice on 408, 409, 429 and 5xx. What asking again cannot change is therefore
told as 403. What a client can act upon (a conversation that is too long, tools that no model can call, a request that
is wrong) is a 400. Both companies' clients also obey `x-should-retry`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_agenttasks.exceptions import (
    AgentTasksError,
    BudgetError,
    CassetteError,
    GatewayError,
    LimitReached,
    ModelRefusedError,
    ModelUnavailableError,
    QuotaError,
    ToolsUnsupportedError,
)
from pytest_agenttasks.results import Json


@dataclass
class Refusal(Exception):  # noqa: N818 - it is an answer
    """An answer that is none.

    Attributes:
        status: of HTTP.
        code: OpenAI's word for it, or ours.
        message: for the program's log.
        headers: to be sent along.
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


TOO_LONG = "the conversation is too long for every model of this task: shorten or summarise it"


def refusal(error: AgentTasksError | LimitReached) -> Refusal:
    """What a call that ended without an answer is told as."""
    if isinstance(error, LimitReached):
        if error.limit == "context":
            return Refusal(400, "context_length_exceeded", TOO_LONG)
        return Refusal(403, "limit_reached", f"the task's limit is reached: {error.limit}; no model answers any more")
    if isinstance(error, ToolsUnsupportedError):
        return Refusal(400, "tools_unsupported", _calm(str(error)))
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "failed")
    return Refusal(403, code, _calm(str(error)), _reset_of(error))


_CODES: Mapping[type[AgentTasksError], str] = {
    CassetteError: "cassette",
    QuotaError: "quota",
    BudgetError: "budget",
    ModelUnavailableError: "unavailable",
    ModelRefusedError: "refused",
    GatewayError: "gateway",
}

_OPENAI = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
_ANTHROPIC = {**_OPENAI, 405: "invalid_request_error", 413: "request_too_large", 501: "invalid_request_error"}
"""Types of errors by status, from https://docs.claude.com/en/api/errors; OpenAI's type is free text."""


def openai_error(given: Refusal) -> Json:
    """The body of an error, as OpenAI's API has it."""
    kind = _OPENAI.get(given.status, "invalid_request_error" if given.status < 500 else "server_error")
    # LiteLLM knows a conversation that is too long by these words of OpenAI's.
    told = f"This model's maximum context length is exceeded: {given.message}" if _too_long(given) else given.message
    return {"error": {"message": told, "type": kind, "param": None, "code": given.code}}


def anthropic_error(given: Refusal) -> Json:
    """The body of an error, as Anthropic's API has it."""
    kind = _ANTHROPIC.get(given.status, "api_error")
    # Programs know a conversation that is too long by these words of Anthropic's.
    told = f"prompt is too long: {given.message}" if _too_long(given) else given.message
    return {"type": "error", "error": {"type": kind, "message": told}}


def _too_long(given: Refusal) -> bool:
    return given.code == "context_length_exceeded"


def _reset_of(error: AgentTasksError) -> Mapping[str, str]:
    if isinstance(error, QuotaError) and error.resets_at is not None:
        return {"retry-after": f"{max(error.resets_at - time.time(), 0):.0f}"}
    return {}


_ALARMING = (
    (re.compile(r"rate[\s_-]*limit(ed|s|ing)?", re.IGNORECASE), "over its pace"),
    (re.compile(r"\b429\b"), "too many requests"),
)
"""Words by which LiteLLM takes an error of any status for one that passes, and retries (its `ExceptionCheckers`)."""


def _calm(message: str) -> str:
    for words, other in _ALARMING:
        message = words.sub(other, message)
    return message
