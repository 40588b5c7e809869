from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.gateway.error_policy import SOONEST, TABLE, judge
from pytest_agenttasks.gateway.failure import Failure, Fault

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC).timestamp()
DATA = Path(__file__).parents[1] / "data" / "gateway"


def failure(model: str, status: int | None, message: str = "", *, tools: bool = False, **error: Any) -> Failure:
    body = {"error": {"message": message, **error}}
    return Failure(model, "http", status, str(error.get("code", "")), message, body, {}, tools)


OR, GEMINI, GROQ, OPENAI, CLAUDE = "openrouter/x/y:free", "gemini/g", "groq/l", "openai/o", "anthropic/c"

CASES = [
    (failure(OR, 429, "Rate limit exceeded: free-models-per-day. Add 10 credits"),
     "daily_quota", "account", "rotate"),
    (failure(OR, 429, metadata={"limit_source": "openrouter_free_tier_daily"}),
     "daily_quota", "account", "rotate"),
    (failure(OR, 429, "Rate limit exceeded: free-models-per-day-high-balance"),
     "daily_quota", "account", "rotate"),
    (failure(OR, 429, "Rate limit exceeded: free-models-per-min."),
     "rate_limited_account", "account", "retry"),
    (failure(OR, 429, "Rate limit exceeded: limit_rpm/x/y"), "rate_limited", "model", "retry"),
    (failure(OR, 429, "Rate limit exceeded: limit_rpd/x/y"), "model_daily_quota", "model", "rotate"),
    (failure(OR, 402, "Insufficient credits"), "out_of_credit", "account", "rotate"),
    (failure(OR, 402, "openrouter_key_limit"), "out_of_credit", "account", "rotate"),
    (failure(OR, 402, "openrouter_in_flight_budget"), "in_flight_budget", "account", "retry"),
    (failure(OR, 402, "more credits, or fewer max_tokens: can only afford 120"), "too_dear", "model", "rotate"),
    (failure(OR, 404, "No endpoints found that support tool use.", tools=True),
     "tools_unsupported", "model", "rotate"),
    (failure(OR, 404, "No endpoints found for x/y:free."), "model_not_found", "model", "rotate"),
    (failure(OR, 404, "No endpoints found matching your data policy"), "data_policy", "model", "rotate"),
    (failure(OR, 400, "x/y is not a valid model ID"), "model_not_found", "model", "rotate"),
    (failure(OR, 403, "x requires moderation. Your input was flagged"),
     "content_filter", "request", "rotate"),
    (failure(OR, 400, "This endpoint's maximum context length is 8192 tokens"),
     "context_length", "request", "rotate"),
    (failure(OR, 401, "No auth credentials found"), "bad_key", "account", "rotate"),
    (failure("vertex_ai/g", 429, "Resource exhausted. Please try again later."),
     "rate_limited_upstream", "model", "retry"),
    (failure("vertex_ai/g", 429, "Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute"),
     "rate_limited", "model", "retry"),
    (failure("vertex_ai/g", 400, "vertexai import failed please run `pip install google-cloud-aiplatform`"),
     "package_missing", "provider", "rotate"),
    (failure("mistral/m", 429, "Requests rate limit exceeded"), "rate_limited_account", "account", "retry"),
    (failure(OR, 503, "There is no available model provider"), "overloaded", "model", "retry"),
    (failure(GEMINI, 429, "RESOURCE_EXHAUSTED", details=[{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]),
     "rate_limited", "model", "retry"),
    (failure(GEMINI, 429, "Quota exceeded, limit: 0, model: g"), "no_quota", "model", "rotate"),
    (failure(GEMINI, 429, "Quota exceeded, limit: 0.5"), "rate_limited", "model", "retry"),
    (failure(GEMINI, 400, "API key not valid. Please pass a valid API key."), "bad_key", "account", "rotate"),
    (failure(GEMINI, 403, "PERMISSION_DENIED"), "forbidden", "account", "rotate"),
    (failure(GROQ, 429, "Rate limit reached on tokens per day (TPD): Limit 100000"),
     "model_daily_quota", "model", "rotate"),
    (failure(GROQ, 413, "Request too large for model l on tokens per minute"),
     "request_too_large", "request", "rotate"),
    (failure(GROQ, 400, "gone", code="model_decommissioned"), "model_not_found", "model", "rotate"),
    (failure(OPENAI, 429, "You exceeded your current quota", code="insufficient_quota"),
     "out_of_credit", "account", "rotate"),
    (failure(OPENAI, 403, "Project does not have access to model gpt"), "model_forbidden", "model", "rotate"),
    (failure(OPENAI, 400, "too long", code="context_length_exceeded"), "context_length", "request", "rotate"),
    (failure(OPENAI, 400, "Unsupported value", code="unsupported_value"), "bad_request", "request", "rotate"),
    (failure(CLAUDE, 400, "Your credit balance is too low"), "out_of_credit", "account", "rotate"),
    (failure(CLAUDE, 400, "prompt is too long: 210000 tokens > 200000"),
     "context_length", "request", "rotate"),
    (failure(CLAUDE, 529, "Overloaded"), "overloaded", "model", "retry"),
    # a status that litellm rewrites by the words is judged by the status
    (failure(OPENAI, 503, "Rate limit exceeded"), "overloaded", "model", "retry"),
    (failure(OPENAI, 500, "<html>"), "server_error", "model", "retry"),
    (failure(OPENAI, 504, ""), "timeout", "model", "rotate"),
    (failure(OPENAI, 302, ""), "unknown", "model", "retry"),
    (failure(OPENAI, None, ""), "unknown", "model", "retry"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "reason", "scope", "action"), CASES)
def test_providers_words_become_verdicts(given: Failure, reason: str, scope: str, action: str) -> None:
    row = judge(given, NOW).row
    assert (row.reason, row.scope, row.action) == (reason, scope, action)


@pytest.mark.parametrize(
    ("fault", "code", "status", "reason"),
    [
        ("dependency", "", None, "dependency_missing"), ("no_key", "", None, "no_key"),
        ("no_tools", "", None, "tools_unsupported"), ("timeout", "", None, "timeout"),
        ("unreachable", "", None, "unreachable"), ("lost", "", None, "connection_lost"),
        ("unreadable", "", None, "unreadable_answer"), ("answer", "empty", None, "empty_answer"),
        ("answer", "no_choices", None, "empty_answer"), ("answer", "content_filter", 200, "content_filter"),
        ("answer", "", 429, "rate_limited"), ("answer", "", 502, "server_error"),
        ("answer", "strange", None, "error_in_answer"),
    ],
)  # fmt: skip
def test_faults_without_an_error_status(fault: Fault, code: str, status: int | None, reason: str) -> None:
    assert judge(Failure("openai/m", fault, status, code), NOW).row.reason == reason


def test_a_missing_package_is_ours_and_no_other_model_is_asked() -> None:
    row = judge(Failure("openai/m", "dependency"), NOW).row
    assert (row.action, row.blame) == ("give_up", "us")


def test_requests_without_tools_are_not_told_about_tools() -> None:
    given = failure(OR, 404, "No endpoints found that support tool use.")
    assert judge(given, NOW).row.reason == "model_not_found"


def test_the_real_429_of_openrouter() -> None:
    for sample in json.loads((DATA / "openrouter_429.json").read_text()):
        error = sample["body"]["error"]
        verdict = judge(Failure(OR, "http", sample["status"], "", error["message"], sample["body"]), NOW)
        assert (verdict.row.reason, verdict.row.scope, verdict.hinted) == ("rate_limited_upstream", "model", False)


def test_what_a_model_wrote_is_not_the_providers_word() -> None:
    for sample in json.loads((DATA / "groq_400.json").read_text()):
        error = sample["body"]["error"] | {"failed_generation": "context length, invalid api key"}
        verdict = judge(Failure(GROQ, "http", 400, error["code"], error["message"], {"error": error}), NOW)
        assert verdict.row.reason == "bad_tool_call"


def test_a_used_up_day_ends_when_the_provider_says() -> None:
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((NOW + 5000) * 1000))}
    given = failure(OR, 429, "free-models-per-day", metadata={"headers": reset})
    assert judge(given, NOW).seconds == pytest.approx(5000)


def test_a_used_up_day_without_a_time_ends_at_midnight_utc() -> None:
    verdict = judge(failure(OR, 429, "free-models-per-day"), NOW)
    assert (verdict.seconds, verdict.hinted) == (8 * 3600, True)


def test_the_delay_of_a_gemini_day_misleads() -> None:
    details = [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}, {"retryDelay": "36s"}]
    assert judge(failure(GEMINI, 429, "RESOURCE_EXHAUSTED", details=details), NOW).seconds == 16 * 3600


@pytest.mark.parametrize(("seconds", "scope", "blame"), [(None, "model", "provider"), (600.0, "model", "provider"),
                                                         (3.0, "request", "request")])  # fmt: skip
def test_only_a_patient_attempt_says_that_a_model_hangs(seconds: float | None, scope: str, blame: str) -> None:
    row = judge(Failure(OPENAI, "timeout", seconds=seconds), NOW).row
    assert (row.reason, row.scope, row.blame) == ("timeout", scope, blame)


def test_a_limit_that_lasts_is_a_quota() -> None:
    short, long = (Failure(OPENAI, "http", 429, headers={"retry-after": text}) for text in ("299", "7200"))
    assert [judge(one, NOW).row.ends for one in (short, long)] == ["unavailable", "quota"]
    assert judge(long, NOW).seconds == 7200


def test_a_refusal_does_not_pass_with_time() -> None:
    given = Failure(OPENAI, "http", 429, "insufficient_quota", "", {}, {"retry-after": "1"})
    assert (judge(given, NOW).seconds, judge(given, NOW).hinted) == (600, False)


def test_at_once_is_not_quite_at_once() -> None:
    assert judge(Failure(OPENAI, "http", 429, headers={"retry-after": "0"}), NOW).seconds == SOONEST


def test_midnight_is_by_the_providers_clock() -> None:
    """This machine is an hour slow."""
    date = format_datetime(datetime.fromtimestamp(NOW + 3600, UTC), usegmt=True)
    given = Failure(OR, "http", 429, "", "free-models-per-day", {}, {"date": date})
    assert judge(given, NOW).seconds == 7 * 3600


def test_what_a_caller_wrote_is_not_the_providers_word() -> None:
    given = failure("mistral/m", 422, "bad", detail=[{"msg": "missing", "input": "insufficient_quota context length"}])
    assert judge(given, NOW).row.reason == "bad_request"


def test_a_body_without_end_is_survived() -> None:
    body: dict[str, object] = {}
    for _ in range(3000):
        body = {"error": body}
    assert judge(Failure(OPENAI, "http", 429, body=body), NOW).row.reason == "rate_limited"


def test_a_hint_does_not_cool_where_nothing_is_to_be_cooled() -> None:
    given = Failure(OPENAI, "http", 400, "", "bad", {}, {"retry-after": "60"})
    assert judge(given, NOW).seconds == 0


def test_every_row_can_be_documented() -> None:
    for row in TABLE:
        assert row.means, row
        assert row.example, row
        assert row.reason.replace("_", "").isalpha(), row


def test_whatever_fails_gets_a_verdict() -> None:
    faults: list[Fault] = ["http", "answer", "unreachable", "lost", "timeout", "unreadable", "dependency", "no_key"]
    for fault in faults:
        for status in (None, 100, 204, 302, 418, 451, 599, 999):
            assert judge(Failure("m", fault, status), NOW).row in TABLE
