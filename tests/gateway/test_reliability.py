"""Which models are asked after all others."""

from __future__ import annotations

from pytest_agenttasks.gateway.candidates import Candidate, candidates_of
from pytest_agenttasks.gateway.error_policy import judge
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.reliability import Reliability
from pytest_agenttasks.models import Preset

MODEL = "openai/m"


def candidate() -> Candidate:
    return candidates_of([Preset("m", MODEL)])[0]


def failed(reliability: Reliability, *failures: Failure) -> bool:
    for failure in failures:
        reliability.failed(candidate(), judge(failure, 0.0).row)
    return reliability.doubtful(candidate())


def http(status: int, message: str = "") -> Failure:
    return Failure(MODEL, "http", status, "", message)


def test_three_failures_in_a_row() -> None:
    reliability = Reliability()
    assert not failed(reliability, http(500), http(503))
    assert failed(reliability, http(502))
    reliability.answered(candidate())
    assert not reliability.doubtful(candidate())
    assert not failed(reliability, http(500))


def test_a_model_that_hangs_has_had_its_chance() -> None:
    assert failed(Reliability(), Failure(MODEL, "timeout", seconds=600))
    assert not failed(Reliability(), Failure(MODEL, "timeout", seconds=3)), "the caller had little time"


def test_limits_and_wrong_requests_say_nothing_about_a_model() -> None:
    assert not failed(Reliability(), *[http(429, "Rate limit reached")] * 9)
    assert not failed(Reliability(), *[http(400, "maximum context length is 8")] * 9)
    assert not failed(Reliability(), *[http(401)] * 9)
