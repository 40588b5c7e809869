"""What a failed attempt means: one table, read from top to bottom; the first row that matches is the verdict.

Rows that match on a provider's words stand above rows that match on a status alone, because one status
means many things: OpenRouter's 429 may be a model's upstream, a minute's limit or a used-up day.
"""

from __future__ import annotations

from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.resets import Clock, reset_hint, until_midnight
from pytest_agenttasks.gateway.verdicts import Blame, Ends, Match, Policy, Row, Subset, Verdict

__all__ = ["TABLE", "Blame", "Ends", "Match", "Policy", "Row", "Subset", "Verdict", "judge"]

SOONEST = 0.1
"""Seconds; "again at once" of a provider that has just refused is taken for this long."""

LONG = 300.0
"""Seconds; a limit that a provider says will last longer is none of a minute: it is a quota that is used up."""

PATIENT = 60.0
"""Seconds; only an attempt that was given as long says something of the model, and not of its caller's haste."""

_4XX = (400, 401, 403, 404, 405, 413, 415, 422)
_PACIFIC = "America/Los_Angeles"

TABLE: tuple[Row, ...] = (
    # Found before anything was sent.
    Row("dependency_missing", "request", "give_up", 0, "us", "litellm_unavailable",
        "a package that litellm needs is not installed", "litellm: No module named 'mcp'",
        Match(["dependency"])),
    Row("package_missing", "provider", "rotate", 0, "us", "refused",
        "a package that litellm needs for this provider is not installed",
        "vertex_ai: please run `pip install google-cloud-aiplatform`",
        Match(says=(r"please run `?pip install",))),
    Row("no_key", "account", "rotate", 0, "account", "refused",
        "the variable that should hold the key is empty", "OPENROUTER_API_KEY is not set", Match(["no_key"])),
    Row("tools_unsupported", "model", "rotate", 0, "request", "tools_unsupported",
        "models.yaml says that the model has no tools", "tools: false", Match(["no_tools"]), subset="tools"),

    # About this request.
    Row("context_length", "request", "rotate", 0, "request", "context_length_exceeded",
        "the conversation is longer than the model's window",
        "OpenAI 400 context_length_exceeded; OpenRouter 400 maximum context length is 8192 tokens",
        Match(statuses=(*_4XX, 500), says=(
            r"context[_ ](?:length|size|window|limit)", r"maximum (?:context|model length|prompt length)",
            r"(?:prompt|input) (?:is )?too long", r"input token count .* exceeds", r"reduce the length",
            r"prompt exceeds max", r"too many tokens: ", r"`?inputs`? tokens \+ "))),
    Row("request_too_large", "request", "rotate", 0, "request", "context_length_exceeded",
        "a single request is larger than the model, or its limit of tokens, takes",
        "Groq 413 and OpenAI 429: Request too large for … on tokens per min",
        Match(statuses=(413, 429), says=(r"request too large",))),
    Row("request_too_large", "request", "rotate", 0, "request", "context_length_exceeded",
        "a single request is larger than the server takes", "Anthropic 413 request_too_large",
        Match(statuses=(413,))),
    Row("content_filter", "request", "rotate", 0, "request", "content_filter",
        "the provider refuses the content, or cut the whole answer",
        "OpenRouter 403 requires moderation, your input was flagged; finish_reason content_filter",
        Match(statuses=(*_4XX, 498, 200), says=(
            r"content[_ ]?filter", r"content[_ ](?:management[_ ])?policy", r"moderation", r"flagged",
            r"prohibited_content", r"safety (?:filter|setting|system|polic)", r"responsible ?ai",
            r"content exists risk", r"unsafe or sensitive", r"blocked (?:input|output)"))),
    Row("tools_unsupported", "model", "rotate", 3600, "request", "tools_unsupported",
        "the model or its host cannot call tools; calls without tools are not affected",
        "OpenRouter 404 No endpoints found that support tool use",
        Match(statuses=(*_4XX, 500, 501), tools=True, says=(
            r"support tool use", r"does not support (?:tools|tool|function)", r"enable-auto-tool-choice",
            r"(?:tool|function)s?'? ?(?:use|calling|calls)? (?:is|are) not (?:supported|enabled)",
            r"tools param requires")),
        subset="tools"),
    Row("bad_tool_call", "request", "retry", 0, "provider", "unavailable",
        "the model wrote a tool call or JSON that its own host refused",
        "Groq 400 tool_use_failed; llama.cpp 500 Failed to parse input",
        Match(statuses=(400, 422, 500), says=(
            r"tool_use_failed", r"tool call validation failed", r"json_validate_failed", r"output_parse_failed",
            r"failed to parse (?:input|tool call)"))),

    # About money.
    Row("in_flight_budget", "account", "retry", 5, "account", "unavailable",
        "requests under way hold the rest of the credit", "OpenRouter 402 openrouter_in_flight_budget",
        Match(statuses=(402,), says=(r"in_flight_budget",))),
    Row("too_dear", "model", "rotate", 600, "account", "refused",
        "the credit does not suffice for this model's price",
        "OpenRouter 402 This request requires more credits … can only afford 120",
        Match(statuses=(402,), says=(r"can only afford", r"weight_exceeds_budget"))),
    Row("account_quota", "account", "rotate", 3600, "account", "quota",
        "what the account may use or spend until a time is used up, for all its models",
        "Anthropic 400 You will regain access on 2027-01-01; OpenRouter 403 Budget limit exceeded, resets_at; "
        "z.ai 429 Usage limit reached for 5 hour",
        Match(statuses=(400, 402, 403, 429), beyond=SOONEST, says=(
            r"regain access", r"budget limit exceeded", r"(?:guardrail|workspace)_budget", r"key_limit",
            r"key limit exceeded", r"usage limit reached", r"limit exhausted"))),
    Row("account_quota", "account", "rotate", 3600, "account", "quota",
        "what the account may use in a month is used up, for all its models",
        "Cohere 429 Trial key, which is limited to 1000 API calls / month",
        Match(statuses=(429,), says=(r"calls ?/ ?month", r"monthly (?:limit|quota)", r"usage limit reached",
                                     r"limit exhausted"))),
    Row("out_of_credit", "account", "rotate", 600, "account", "refused",
        "the account has no credit, or its key has spent its limit",
        "OpenAI 429 insufficient_quota; Anthropic 400 Your credit balance is too low; z.ai 429 Insufficient balance",
        Match(statuses=(400, 403, 429), says=(
            r"insufficient_quota", r"credit balance", r"insufficient (?:credit|balance|funds)", r"key_limit",
            r"key limit exceeded", r"billing[_ ]hard[_ ]limit", r"budget limit exceeded", r"package has expired",
            r"(?:any|no|all available|out of) credits", r"exceeded_current_quota"))),
    Row("out_of_credit", "account", "rotate", 600, "account", "refused",
        "the account has no credit", "OpenRouter 402 Insufficient credits; DeepSeek 402 Insufficient Balance",
        Match(statuses=(402,))),

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
    Row("rate_limited_upstream", "model", "retry", 10, "provider", "unavailable",
        "a host behind the provider refuses its requests: no limit of ours, and nothing to be learnt from it",
        "OpenRouter 429 Provider returned error; Vertex AI 429 Resource exhausted, shared with everybody",
        Match(statuses=(429,), says=(
            r"provider returned error", r"rate-limited upstream", r"resource exhausted\. please try again"))),
    Row("overloaded", "model", "retry", 10, "provider", "unavailable",
        "the provider has no capacity for this model now, whatever we sent",
        "Cerebras 429 queue_exceeded; Mistral 429 Service tier capacity exceeded; Groq 498",
        Match(statuses=(429, 498), says=(
            r"overloaded", r"capacity[_ ](?:exceeded|exhausted|constraints)", r"(?:no|at|over|exceeded) capacity",
            r"queue_exceeded", r"high traffic", r"server (?:is )?busy"))),
    Row("no_quota", "model", "rotate", 3600, "account", "refused",
        "the account has no quota at all for this model", "Gemini 429 RESOURCE_EXHAUSTED … limit: 0",
        Match(statuses=(429,), providers=("gemini", "vertex_ai"), says=(r"limit: 0(?![\d.])",))),
    Row("model_daily_quota", "model", "rotate", 3600, "account", "quota",
        "the day's requests or tokens for this model are used up; the delay that Gemini names is the minute's",
        "Gemini 429 GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        Match(statuses=(429,), providers=("gemini", "vertex_ai"), says=(r"perday",)), until=_PACIFIC),
    Row("model_daily_quota", "model", "rotate", 3600, "account", "quota",
        "the day's requests or tokens for this model are used up",
        "OpenRouter 429 limit_rpd/…; Groq 429 on tokens per day (TPD): try again in 7m12s",
        Match(statuses=(429,), says=(
            r"limit_rpd", r"(?:requests|tokens) per day", r"daily (?:rate |call |token |request )?(?:limit|quota)",
            r"per-day", r"bymodelbyday"))),
    Row("model_forbidden", "model", "rotate", 600, "account", "refused",
        "the account's plan does not hold this model", "z.ai 429 plan does not yet include access to …",
        Match(statuses=(429,), says=(r"does not (?:yet )?include access",))),
    Row("long_limit", "model", "rotate", 3600, "account", "quota",
        f"a limit that the provider says will last longer than {LONG:g} s", "429 with retry-after: 7200",
        Match(statuses=(429,), beyond=LONG)),
    Row("rate_limited_account", "account", "retry", 20, "account", "unavailable",
        "the account's requests of the minute are used up, for all its models",
        "Cohere 429 Trial key, which is limited to 20 API calls / minute",
        Match(statuses=(429,), says=(r"trial key",))),
    Row("rate_limited_account", "account", "retry", 2, "account", "unavailable",
        "the account's requests of the second are used up, for all its models",
        "Mistral 429 Requests rate limit exceeded", Match(statuses=(429,), providers=("mistral",))),
    Row("rate_limited", "model", "retry", 20, "provider", "unavailable",
        "too many requests or tokens for this model",
        "Groq 429 on requests per minute; Gemini 429 GenerateRequestsPerMinute…",
        Match(statuses=(429,))),

    # Refusals.
    Row("bad_key", "account", "rotate", 600, "account", "refused",
        "the key is wrong, revoked or of another provider",
        "Gemini 400 API key not valid; 403 API key was reported as leaked", Match(statuses=(400, 403), says=(
            r"api[_ ]key (?:not valid|expired|was reported)", r"(?:invalid|incorrect|expired)[_ ]api[_ ](?:key|token)",
            r"api_key_invalid"))),
    Row("bad_key", "account", "rotate", 600, "account", "refused",
        "the key is wrong, revoked or of another provider", "OpenRouter 401 No auth credentials found",
        Match(statuses=(401,))),
    Row("forbidden", "account", "rotate", 600, "account", "refused",
        "the account, or the place it is asked from, is shut out",
        "Gemini 400 User location is not supported; Groq 400 organization_restricted", Match(statuses=(400,), says=(
            r"location is not supported", r"organization (?:has been|is) (?:restricted|disabled)",
            r"organization_restricted"))),
    Row("data_policy", "model", "rotate", 600, "account", "refused",
        "the account's settings leave no host for this model",
        "OpenRouter 404 No endpoints found matching your data policy",
        Match(statuses=(400, 403, 404), says=(r"data policy", r"no allowed providers", r"guardrail restrictions"))),
    Row("model_not_found", "model", "rotate", 3600, "request", "refused",
        "there is no such model, or no longer",
        "OpenRouter 404 No endpoints found; Ollama 404 try pulling it first", Match(statuses=(404, 410))),
    Row("model_not_found", "model", "rotate", 3600, "request", "refused",
        "there is no such model, or no longer",
        "OpenRouter 400 … is not a valid model ID; Groq 400 model_decommissioned",
        Match(statuses=(400, 422), says=(
            r"not a valid model", r"model_not_found", r"model_decommissioned", r"provider not provided",
            r"model .*(?:does not exist|not found|not exist)", r"invalid model", r"model_not_supported",
            r"no models? loaded", r"unknown model"))),
    Row("model_forbidden", "model", "rotate", 600, "account", "refused",
        "the account may not use this model", "OpenAI 403 Project does not have access to model",
        Match(statuses=(403,), says=(r"\bmodel",))),
    Row("forbidden", "account", "rotate", 600, "account", "refused",
        "the account, or the place it is asked from, is shut out",
        "Gemini 403 PERMISSION_DENIED; OpenAI 403 unsupported_country_region_territory", Match(statuses=(403, 451))),

    # Faults that pass.
    Row("overloaded", "model", "retry", 10, "provider", "unavailable",
        "the provider has no capacity for this model now, or loads it",
        "Anthropic 529 overloaded_error; Gemini 503; HuggingFace 503 estimated_time; llama.cpp 503 Loading model",
        Match(statuses=(503, 529))),
    Row("timeout", "model", "rotate", 10, "provider", "unavailable",
        "a server on the way gave up waiting", "408, 504, Cloudflare 524", Match(statuses=(408, 504, 524))),
    Row("timeout", "model", "rotate", 30, "provider", "unavailable",
        f"no answer in the time that the caller allows, which was {PATIENT:g} s or more: nobody else need wait as long",
        "no answer within 600 s", Match(["timeout"], patience=PATIENT)),
    Row("timeout", "request", "rotate", 0, "request", "unavailable",
        f"no answer in the time that the caller allows, which was less than {PATIENT:g} s",
        "no answer within 3 s", Match(["timeout"])),
    Row("not_loadable", "model", "rotate", 600, "provider", "unavailable",
        "a local server cannot load the model", "Ollama 500 model requires more system memory",
        Match(statuses=(500,), says=(r"requires more system memory", r"out of memory", r"unable to load model"))),
    Row("server_error", "model", "retry", 5, "provider", "unavailable",
        "the provider failed or broke off; also error pages in HTML",
        "500, 502 <html>Bad Gateway</html>, Gemini 499 CANCELLED",
        Match(statuses=(409, 423, 424, 425, 499, *range(500, 600)))),
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
        "an HTTP 200 that holds an error of no known kind", "OpenRouter 200 finish_reason error",
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
    hint = reset_hint(failure.headers, failure.body, failure.message, now)
    row = next(row for row in TABLE if row.match.holds(failure, hint))
    midnight = row.until or row.or_until
    if hint is not None and row.heeds_hints:
        return Verdict(row, max(hint, SOONEST), True)
    if midnight:
        return Verdict(row, until_midnight(Clock.of(failure.headers, now).now, midnight), True)
    return Verdict(row, row.cooldown, False)
