"""Who is compared: a worker's call through the gateway, or through litellm.Router in the worker itself."""

from __future__ import annotations

import asyncio
import importlib
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

from benchmarks.table import Json
from pytest_agenttasks.models import GatewayClient

SECONDS = 60.0
"""That one attempt may take."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call.

    Attributes:
        outcome: `quota` where the contender tells that an account is used up, `lost` for any other end.
        text: the answer, or why there is none.
        served: full id of the model that answered, where it is told.
    """

    outcome: Literal["done", "quota", "lost"]
    text: str
    served: str | None = None


class Ask(Protocol):
    """One call of a task: its request without a model, and who answered the call before."""

    def __call__(self, task: int, request: Json, last: str | None) -> Said:
        """The answer."""


def contender(setup: Json) -> Ask:
    """The one of that `kind`."""
    return {"gateway": through_gateway, "router": through_router}[setup["kind"]](setup)


def through_gateway(setup: Json) -> Ask:
    """As a session of this project asks: `url`, `token`, `chain` (names of presets), `run`."""
    client = GatewayClient(setup["url"], setup["token"])

    def ask(task: int, request: Json, last: str | None) -> Said:
        headers = {
            "x-agenttasks-chain": ",".join(setup["chain"]), "x-agenttasks-seconds": f"{SECONDS:.0f}",
            "x-agenttasks-task": f"task-{task}", "x-agenttasks-run": setup["run"],
            "x-agenttasks-call": uuid.uuid4().hex, **({"x-agenttasks-last": last} if last else {}),
        }  # fmt: skip
        reply = client.send({"model": setup["chain"][0], **request}, headers, SECONDS)
        if reply.status == 200:
            message = reply.body["choices"][0]["message"]
            return Said("done", message["content"], reply.body["agenttasks"]["served"])
        error = reply.body["error"]
        return Said("quota" if error["code"] == "quota" else "lost", f"{error['code']}: {error['message']}")

    return ask


def through_router(setup: Json) -> Ask:
    """litellm.Router, set up as README.md says.

    `models`: name → litellm's parameters.
    """
    names = list(setup["models"])
    router = litellm().Router(
        model_list=[{"model_name": name, "litellm_params": setup["models"][name]} for name in names],
        fallbacks=[{name: names[n + 1 :] + names[:n]} for n, name in enumerate(names)],
        max_fallbacks=len(names),
        num_retries=3,
        timeout=SECONDS,
    )

    def ask(task: int, request: Json, last: str | None) -> Said:  # noqa: ARG001 - it keeps no such thing
        try:
            answer = router.completion(model=names[task % len(names)], **request)
        except Exception as error:
            return Said("lost", f"{type(error).__name__}: {error}"[:200])
        return Said("done", answer.choices[0].message.content)

    return ask


@cache
def litellm() -> Any:
    """litellm, set up and warmed as the gateway does it."""
    from pytest_agenttasks.gateway.upstream import Litellm

    async def load() -> None:
        loading = Litellm()
        loading.start()
        await loading.loaded()
        if loading.error:
            raise RuntimeError(loading.error)

    asyncio.run(load())
    return importlib.import_module("litellm")
