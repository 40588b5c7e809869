"""What a gateway's answer means to a session."""

from __future__ import annotations

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import (
    AgentTasksError,
    BudgetError,
    LimitReached,
    ModelRefusedError,
    ModelUnavailableError,
    QuotaError,
    ToolsUnsupportedError,
)
from pytest_agenttasks.results import Json


def refusal(reply: Reply) -> str:
    """Why no model answered, in a word."""
    code = str((reply.body.get("error") or {}).get("code") or reply.status)
    return "context" if code == "context_length_exceeded" else code


def choice_of(reply: Reply) -> Json:
    """The first choice; empty where there is none with a message."""
    choices = reply.body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0].get("message"), dict):
        return {}
    choice: Json = choices[0]
    return choice


_BY_CODE: dict[str, type[AgentTasksError]] = {
    "unavailable": ModelUnavailableError,
    "refused": ModelRefusedError,
    "content_filter": ModelRefusedError,
    "tools_unsupported": ToolsUnsupportedError,
    "budget": BudgetError,
}


def error_of(reply: Reply) -> Exception:
    """The exception for an answer that is an error."""
    error = reply.body.get("error") or {}
    code, message = error.get("code"), str(error.get("message") or f"the gateway answered {reply.status}")
    said = [f"  {one.get('model')}: {one.get('message')}" for one in error.get("models") or () if one.get("message")]
    message = "\n".join([message, *said])
    if code == "context_length_exceeded":
        return LimitReached("context")
    if code == "quota":
        return QuotaError(message, error.get("resets_at"))
    return _BY_CODE.get(str(code), AgentTasksError)(message)
