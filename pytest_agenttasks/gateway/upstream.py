"""One attempt at one model, through litellm."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_agenttasks.gateway.candidates import Candidate
from pytest_agenttasks.gateway.failure import Failure
from pytest_agenttasks.gateway.failures import Overheard, from_answer, from_exception, one_line
from pytest_agenttasks.gateway.loading import NO_KEY, load, no_mcp
from pytest_agenttasks.gateway.wire import clean_answer, upstream_request
from pytest_agenttasks.models import Preset, provider_of
from pytest_agenttasks.results import Json

_log = logging.getLogger(__name__)

# litellm drops `max_retries` for these, and the OpenAI client behind it would ask three times.
_DROP_RETRIES = ("deepinfra", "nvidia_nim", "sambanova", "zai")


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer.

    Attributes:
        body: an OpenAI chat completion.
        cost_usd: None if nobody knows.
        headers: of the provider's answer, names in lower case.
    """

    body: Json
    cost_usd: float | None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens; 0 where the provider did not tell."""
        usage = self.body.get("usage") or {}
        return int(usage.get("prompt_tokens") or 0) + int(usage.get("completion_tokens") or 0)


class Litellm:
    """litellm, imported in a thread: it takes 2 to 5 seconds, and the server answers meanwhile.

    Attributes:
        error: one line on why it cannot be used; None as long as nothing is wrong.
    """

    def __init__(self) -> None:
        self.error: str | None = None
        self._module: Any = None
        self._done = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether calls can be made."""
        return self._module is not None

    def start(self) -> None:
        """Begin the import; to be called inside the event loop."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._load, args=(loop,), name="import-litellm", daemon=True).start()

    async def loaded(self) -> None:
        """Wait until the import has ended, well or not."""
        await self._done.wait()

    async def ask(self, candidate: Candidate, body: Json, seconds: float, *, same_model: bool) -> Answer | Failure:
        """One request to one model.

        Args:
            candidate: the model, and the account to ask it with.
            body: the chat request as it came.
            seconds: how long the caller waits.
            same_model: see `upstream_request`.
        """
        tools, key, preset = bool(body.get("tools")), candidate.key, candidate.preset
        request = upstream_request(body, preset, same_model=same_model) | self._fixed(preset, key, seconds)
        heard, response = Overheard(), None
        try:
            with _unlogged():
                async with asyncio.timeout(seconds):
                    response = await self._module.acompletion(**request, logger_fn=heard)
            answer = response.model_dump()
        except TimeoutError:
            told = f"no answer within {seconds:g} s"
            return Failure(preset.model, "timeout", message=told, tools=tools, seconds=seconds)
        except Exception as error:
            fault = from_exception(error, preset.model, tools=tools, overheard=heard, seconds=seconds)
            if fault.fault != "unreadable" or heard.answer is None:
                return _without_key(fault, key)
            answer = heard.answer
        failure = from_answer(answer, preset.model, tools=tools)
        return failure or Answer(clean_answer(answer), _cost(answer, response, preset), _headers(response))

    def _fixed(self, preset: Preset, key: str | None, seconds: float) -> Json:
        fixed: Json = {"model": preset.model, "timeout": seconds, "max_retries": 0, "num_retries": 0}
        fixed |= {"drop_params": True, "stream": False, **no_mcp()}
        if provider_of(preset.model) in _DROP_RETRIES:
            fixed["allowed_openai_params"] = ["max_retries"]
        if preset.api_base:
            fixed |= {"api_base": preset.api_base, "api_key": key or NO_KEY}
        elif key:
            fixed["api_key"] = key
        return fixed

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._module = load()
            _log.info("litellm is ready")
        except BaseException as error:  # a broken package may raise anything, SystemExit included
            self.error = f"litellm cannot be imported: {type(error).__name__}: {one_line(str(error))}"
            _log.error("%s", self.error)
        loop.call_soon_threadsafe(self._done.set)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Calls of litellm whose success it does not prepare for loggers: there are none, and it takes a fifth of its time.

    The switch is litellm's own, for calls that it makes itself; a release without it takes that time.
    """
    try:
        from litellm._internal_context import is_internal_call
    except ImportError:
        yield
        return
    before = is_internal_call.set(True)
    try:
        yield
    finally:
        is_internal_call.reset(before)


def _cost(answer: Json, response: Any, preset: Preset) -> float | None:
    """What the provider says, else what litellm reckons, else what models.yaml says of the price."""
    usage = answer.get("usage") or {}
    told = usage.get("cost")
    if told is None:
        told = (getattr(response, "_hidden_params", None) or {}).get("response_cost")
    if isinstance(told, int | float):
        return float(told)
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if preset.price is None or prompt is None or completion is None:
        return None
    return float(prompt * preset.price.prompt + completion * preset.price.completion) / 1e6


def _headers(response: Any) -> Mapping[str, str]:
    told = getattr(response, "_response_headers", None) or {}
    return {str(name).lower(): str(value) for name, value in told.items()}


def _without_key(failure: Failure, key: str | None) -> Failure:
    if key is None or key not in failure.message:
        return failure
    return replace(failure, message=failure.message.replace(key, "***"))
