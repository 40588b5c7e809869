"""What a failed attempt means: one table, read from top to bottom; the first row that matches is the verdict.

Rows that match on a provider's words stand above rows that match on a status alone, because one status
means many things: OpenRouter's 429 may be a model's upstream, a minute's limit or a used-up day.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from pytest_agenttasks.gateway.failure import Failure, Fault
from pytest_agenttasks.gateway.resets import reset_hint, until_midnight
from pytest_agenttasks.results import Scope

Policy = Literal["retry", "rotate", "give_up"]
"""`retry`: the model may be asked again in this call once the cooldown is over. `rotate`: not again in this
call, the next one is asked. `give_up`: no model would do better."""

Blame = Literal["provider", "account", "request", "us"]

Ends = Literal[
    "unavailable", "quota", "refused", "context_length_exceeded", "content_filter", "tools_unsupported",
    "litellm_unavailable",
]  # fmt: skip
"""The error code of a call that ends with such a failure."""

Subset = Literal["", "free", "tools"]
"""Part of a scope that a verdict is limited to: an account's free models, a model's calls with tools."""


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on a failure; all that are given must hold.

    Attributes:
        faults: how the attempt failed; default: an HTTP error, or an error inside an HTTP 200.
        statuses: HTTP statuses; empty for any.
        says: regular expressions on the provider's words in lower case, one of which must be found.
        providers: first parts of model ids.
        tools: whether only requests with tools are meant.
    """

    faults: Collection[Fault] = ("http", "answer")
    statuses: Collection[int] = ()
    says: tuple[str, ...] = ()
    providers: Collection[str] = ()
    tools: bool = False

    def holds(self, failure: Failure) -> bool:
        """Whether the failure is of this kind."""
        return (
            failure.fault in self.faults
            and (not self.statuses or failure.status in self.statuses)
            and (not self.providers or failure.provider in self.providers)
            and (not self.tools or failure.tools)
            and (not self.says or any(re.search(pattern, failure.text) for pattern in self.says))
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the error policy.

    Attributes:
        reason: the word that attempts and messages carry.
        scope: what the verdict applies to.
        action: what follows.
        cooldown: seconds that the scope is left alone where the provider names no time; it doubles with
            each such failure in a row.
        blame: whose fault it is.
        ends: error code of a call that has no other model left.
        means: for people.
        example: a provider and what it says.
        match: when the row applies.
        subset: part of the scope that is meant.
        until: midnight of this time zone instead of what the provider says, which misleads here.
        or_until: midnight of this time zone where the provider says nothing.
    """

    reason: str
    scope: Scope
    action: Policy
    cooldown: float
    blame: Blame
    ends: Ends
    means: str
    example: str
    match: Match
    subset: Subset = ""
    until: str = ""
    or_until: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A failure judged.

    Attributes:
        row: the line of the table.
        seconds: how long the scope is left alone.
        hinted: whether that time is known rather than a default.
    """

    row: Row
    seconds: float
    hinted: bool


_4XX = (400, 401, 403, 404, 405, 413, 415, 422)
_PACIFIC = "America/Los_Angeles"

TABLE: tuple[Row, ...] = (
    # Found before anything was sent.
    Row("dependency_missing", "request", "give_up", 0, "us", "litellm_unavailable",
        "a package that litellm needs is not installed", "litellm: No module named 'mcp'",
        Match(["dependency"])),
    Row("no_key", "provider", "rotate", 0, "account", "refused",
        "the variable that should hold the key is empty", "OPENROUTER_API_KEY is not set", Match(["no_key"])),
    Row("tools_unsupported", "model", "rotate", 0, "request", "tools_unsupported",
        "models.yaml says that the model has no tools", "tools: false", Match(["no_tools"]), subset="tools"),

    # About this request.
    Row("context_length", "request", "rotate", 0, "request", "context_length_exceeded",
        "the conversation is longer than the model's window",
        "OpenAI 400 context_length_exceeded; OpenRouter 400 maximum context length is 8192 tokens",
        Match(statuses=(*_4XX, 500), says=(
            r"context[_ ]length", r"maximum context", r"context window", r"prompt is too long",
            r"input is too long", r"input token count .* exceeds", r"reduce the length"))),
    Row("request_too_large", "request", "rotate", 0, "request", "context_length_exceeded",
        "a single request is larger than the model takes",
        "Groq 413 Request too large for model … tokens per minute", Match(statuses=(413,))),
    Row("content_filter", "request", "rotate", 0, "request", "content_filter",
        "the provider refuses the content, or cut the whole answer",
        "OpenRouter 403 requires moderation, your input was flagged; finish_reason content_filter",
        Match(statuses=(*_4XX, 200), says=(
            r"content[_ ]?filter", r"content[_ ](?:management[_ ])?policy", r"moderation", r"flagged",
            r"prohibited_content", r"safety (?:filter|setting|system|polic)", r"responsible ?ai"))),
    Row("tools_unsupported", "model", "rotate", 3600, "request", "tools_unsupported",
        "the model or its host cannot call tools; calls without tools are not affected",
        "OpenRouter 404 No endpoints found that support tool use",
        Match(statuses=(*_4XX, 500), tools=True, says=(
            r"support tool use", r"does not support (?:tools|tool|function)", r"enable-auto-tool-choice",
            r"(?:tool|function) (?:use|calling|calls) (?:is|are) not (?:supported|enabled)")),
        subset="tools"),
    Row("bad_tool_call", "request", "retry", 0, "provider", "unavailable",
        "the model wrote a tool call that its own host refused", "Groq 400 tool_use_failed",
        Match(statuses=(400, 422), says=(r"tool_use_failed", r"tool call validation failed"))),

    # About money.
    Row("in_flight_budget", "account", "retry", 5, "account", "unavailable",
        "requests under way hold the rest of the credit", "OpenRouter 402 openrouter_in_flight_budget",
        Match(statuses=(402,), says=(r"in_flight_budget",))),
    Row("too_dear", "model", "rotate", 600, "account", "refused",
        "the credit does not suffice for this model's price",
        "OpenRouter 402 This request requires more credits … can only afford 120",
        Match(statuses=(402,), says=(r"can only afford",))),
    Row("out_of_credit", "account", "rotate", 600, "account", "refused",
        "the account has no credit, or its key has spent its limit",
        "OpenRouter 402; OpenAI 429 insufficient_quota; Anthropic 400 Your credit balance is too low",
        Match(statuses=(400, 402, 403, 429), says=(
            r"insufficient_quota", r"credit balance", r"insufficient (?:credit|balance|funds)",
            r"exceeded your current quota, please check your plan and billing details.*insufficient",
            r"key_limit", r"key limit exceeded", r"billing_hard_limit"))),
    Row("out_of_credit", "account", "rotate", 600, "account", "refused",
        "the account has no credit", "DeepSeek 402 Insufficient Balance", Match(statuses=(402,))),

    # Limits of an account and of a model.
    Row("daily_quota", "account", "rotate", 3600, "account", "quota",
        "the account's free requests of the day are used up; all its free models are affected",
        "OpenRouter 429 Rate limit exceeded: free-models-per-day",
        Match(statuses=(402, 403, 429), says=(r"free-models-per-day", r"free_tier_daily")),
        subset="free", or_until="UTC"),
    Row("rate_limited_account", "account", "retry", 20, "account", "unavailable",
        "the account's free requests of the minute are used up; all its free models are affected",
        "OpenRouter 429 Rate limit exceeded: free-models-per-min",
        Match(statuses=(429,), says=(r"free-models-per-min",)), subset="free"),
    Row("no_quota", "model", "rotate", 3600, "account", "refused",
        "the account has no quota at all for this model", "Gemini 429 RESOURCE_EXHAUSTED … limit: 0",
        Match(statuses=(429,), providers=("gemini", "vertex_ai"), says=(r"limit: 0(?![\d.])",))),
    Row("model_daily_quota", "model", "rotate", 3600, "account", "quota",
        "the day's requests for this model are used up; the delay that Gemini names is for the minute",
        "Gemini 429 GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        Match(statuses=(429,), says=(r"perdayperproject",)), until=_PACIFIC),
    Row("model_daily_quota", "model", "rotate", 3600, "account", "quota",
        "the day's requests or tokens for this model are used up",
        "OpenRouter 429 limit_rpd/…; Groq 429 on tokens per day (TPD)",
        Match(statuses=(429,), says=(
            r"limit_rpd", r"requests per day", r"tokens per day", r"daily (?:limit|quota)", r"per-day"))),
    Row("rate_limited", "model", "retry", 20, "provider", "unavailable",
        "too many requests or tokens, here or at the provider's upstream",
        "OpenRouter 429 Provider returned error; Groq 429 on requests per minute",
        Match(statuses=(429,))),

    # Refusals.
    Row("bad_key", "account", "rotate", 600, "account", "refused",
        "the key is wrong, revoked or of another provider",
        "401; Gemini 400 API key not valid", Match(statuses=(400, 403), says=(
            r"api[_ ]key not valid", r"(?:invalid|incorrect|expired)[_ ]api[_ ]key", r"api_key_invalid"))),
    Row("bad_key", "account", "rotate", 600, "account", "refused",
        "the key is wrong, revoked or of another provider", "OpenRouter 401 No auth credentials found",
        Match(statuses=(401,))),
    Row("data_policy", "model", "rotate", 600, "account", "refused",
        "the account's privacy settings leave no host for this model",
        "OpenRouter 404 No endpoints found matching your data policy",
        Match(statuses=(400, 403, 404), says=(r"data policy",))),
    Row("model_not_found", "model", "rotate", 3600, "request", "refused",
        "there is no such model, or no longer",
        "OpenRouter 404 No endpoints found; Groq 400 model_decommissioned", Match(statuses=(404, 410))),
    Row("model_not_found", "model", "rotate", 3600, "request", "refused",
        "there is no such model, or no longer", "OpenRouter 400 … is not a valid model ID",
        Match(statuses=(400, 403, 422), says=(
            r"not a valid model", r"model_not_found", r"model_decommissioned", r"provider not provided",
            r"model .*(?:does not exist|not found)", r"invalid model"))),
    Row("model_forbidden", "model", "rotate", 600, "account", "refused",
        "the account may not use this model", "OpenAI 403 Project does not have access to model",
        Match(statuses=(403,), says=(r"\bmodel",))),
    Row("forbidden", "account", "rotate", 600, "account", "refused",
        "the account or its region is shut out", "Gemini 403 PERMISSION_DENIED", Match(statuses=(403,))),

    # Faults that pass.
    Row("overloaded", "model", "retry", 10, "provider", "unavailable",
        "the provider has no capacity for this model now", "Anthropic 529 overloaded_error; Gemini 503",
        Match(statuses=(503, 529))),
    Row("timeout", "request", "rotate", 0, "provider", "unavailable",
        "a server on the way gave up waiting", "408, 504, Cloudflare 524", Match(statuses=(408, 504, 524))),
    Row("timeout", "request", "rotate", 0, "provider", "unavailable",
        "no answer in the time that the caller allows", "no answer within 600 s", Match(["timeout"])),
    Row("server_error", "model", "retry", 5, "provider", "unavailable",
        "the provider failed; also error pages in HTML", "500, 502 <html>Bad Gateway</html>",
        Match(statuses=range(500, 600))),
    Row("unreachable", "provider", "retry", 5, "provider", "unavailable",
        "no connection: refused, no such host, TLS", "Connect call failed", Match(["unreachable"])),
    Row("connection_lost", "request", "retry", 0.5, "provider", "unavailable",
        "the connection ended before the answer", "Server disconnected", Match(["lost"])),
    Row("unreadable_answer", "model", "retry", 5, "provider", "unavailable",
        "an HTTP 200 that is not what the provider's API promises", "200 <html>…",
        Match(["unreadable"])),
    Row("empty_answer", "request", "retry", 0.5, "provider", "unavailable",
        "an HTTP 200 without choices, or without text, tool call and reasoning", "200 choices: []",
        Match(["answer"], says=(r"^(?:empty|no_choices)\b",))),

    # The rest.
    Row("bad_request", "request", "rotate", 0, "request", "refused",
        "this provider does not take the request as it is; another may",
        "OpenAI 400 unsupported_value", Match(statuses=range(400, 500))),
    Row("error_in_answer", "model", "retry", 5, "provider", "unavailable",
        "an HTTP 200 that holds an error of no known kind", "OpenRouter 200 error inside a choice",
        Match(["answer"])),
    Row("unknown", "model", "retry", 10, "provider", "unavailable",
        "anything else; asked again a few times only", "—",
        Match(["http"])),
)  # fmt: skip


def judge(failure: Failure, now: float) -> Verdict:
    """The verdict on a failure.

    Args:
        failure: what happened.
        now: epoch seconds, for reset times.
    """
    row = next(row for row in TABLE if row.match.holds(failure))
    if row.until:
        return Verdict(row, until_midnight(now, row.until), True)
    hint = reset_hint(failure.headers, failure.body, failure.message, now)
    if hint is not None and row.cooldown:
        return Verdict(row, hint, True)
    if row.or_until:
        return Verdict(row, until_midnight(now, row.or_until), True)
    return Verdict(row, row.cooldown, False)
