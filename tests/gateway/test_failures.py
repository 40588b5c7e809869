from __future__ import annotations

from pytest_agenttasks.gateway.failures import Overheard, from_answer, from_exception, one_line


class APIConnectionError(Exception):
    """As litellm's: it also stands for faults that have nothing to do with a connection."""

    status_code = 500


def caught(cause: Exception) -> Exception:
    try:
        try:
            raise cause
        except Exception:
            raise APIConnectionError("litellm.APIConnectionError: it failed")  # noqa: B904 - as litellm does
    except APIConnectionError as error:
        return error


def test_a_missing_package_is_not_taken_for_a_lost_connection() -> None:
    failure = from_exception(caught(ModuleNotFoundError("No module named 'mcp'")), "openai/m", tools=True)
    assert failure.fault == "dependency"


def test_an_answer_that_litellm_stumbles_over_is_unreadable() -> None:
    assert from_exception(caught(KeyError("content")), "openai/m", tools=False).fault == "unreadable"


def test_the_error_in_an_overheard_body_counts() -> None:
    heard = Overheard()
    heard({"original_response": '{"error": {"type": "overloaded_error", "message": "busy"}}'})
    failure = from_exception(caught(AttributeError("service_tier")), "groq/m", tools=False, overheard=heard)
    assert (failure.fault, failure.status, failure.message) == ("answer", 503, "busy")


def test_numbers_that_are_no_status_of_an_error() -> None:
    codes: tuple[object, ...] = (200, "200", "1302", 1302, "²", 10**30, None, True, [], {})
    for code in codes:
        error = {"code": code, "status": "RESOURCE_EXHAUSTED", "message": "m"}
        choice = {"message": {"content": "half"}, "provider_specific_fields": {"error": error}}
        failure = from_answer({"choices": [choice]}, "gemini/m", tools=False)
        assert failure is not None
        assert failure.status == 429, code


def test_what_was_overheard_may_be_an_answer() -> None:
    heard = Overheard()
    assert heard.answer is None
    heard({"original_response": None})
    for text in (
        "[",
        "[1]",
        "{}",
        '{"choices": []}',
        '{"choices": [1]}',
        '{"choices": [{"message": {}}], "error": {}}',
    ):
        heard({"original_response": text})
        assert (heard.answer is None) == ('"message"' not in text), text
    heard({"original_response": '{"choices": [{"message": {"content": "x"}}]}'})
    assert heard.answer == {"choices": [{"message": {"content": "x"}}]}


def test_how_long_a_timed_out_attempt_was_given_is_kept() -> None:
    assert from_exception(caught(TimeoutError()), "openai/m", tools=False, seconds=7).seconds == 7


def test_an_answer_that_broke_off() -> None:
    for ended, status in (("error", None), ("insufficient_system_resource", 503), ("network_error", 502)):
        choice = {"message": {"content": "half"}, "finish_reason": "stop",
                  "provider_specific_fields": {"native_finish_reason": ended}}  # fmt: skip
        failure = from_answer({"choices": [choice]}, "openai/m", tools=False)
        assert failure is not None
        assert (failure.fault, failure.status) == ("answer", status)


def test_reasoning_alone_is_an_answer() -> None:
    message = {"content": None, "provider_specific_fields": {"reasoning": "hm"}}
    assert from_answer({"choices": [{"message": message}]}, "openai/m", tools=False) is None


def test_a_wholly_filtered_answer() -> None:
    choice = {"message": {"content": ""}, "finish_reason": "content_filter"}
    failure = from_answer({"choices": [choice]}, "openai/m", tools=False)
    assert failure is not None
    assert failure.code == "content_filter"


def test_long_texts_are_cut_in_the_middle() -> None:
    cut = one_line("a" * 400 + "\n" + "b" * 400)
    assert cut.startswith("aaa")
    assert cut.endswith("bbb")
    assert len(cut) < 310
