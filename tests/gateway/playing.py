"""A gateway in front of a provider that gives one answer to each model: what a test wants to see judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.gateway.world import Json, Reply, gateway, request, wait_ready
from tests.provider import Answer, Asked, Provider

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


@dataclass(frozen=True)
class Stage:
    """The gateway, to be asked for presets by the names that were given."""

    port: int
    numbers: Mapping[str, int]
    provider: Provider

    def ask(self, name: str, tools: list[Json] | None = None) -> Reply:
        """One call that may go to this preset only."""
        preset = f"s{self.numbers[name]}"
        body = {
            "model": preset,
            "messages": [{"role": "user", "content": "hello"}],
            **({"tools": tools} if tools else {}),
        }
        headers = {"x_agenttasks_chain": preset, "x_agenttasks_pinned": "1"}
        return request(self.port, "POST", "/v1/chat/completions", body, **headers)

    def asked(self, name: str) -> int:
        """Requests that a model's provider has had so far."""
        return sum(f"/s{self.numbers[name]}/" in f"{one.path}/" for one in self.provider.asked)


@contextmanager
def stage(folder: Path, plays: Mapping[str, tuple[str, Answer]]) -> Iterator[Stage]:
    """Serve models that always answer the same.

    Args:
        folder: for models.yaml.
        plays: by name: full litellm id, and the answer to every request.
    """
    answers = [answer for _, answer in plays.values()]

    def answer(asked: Asked) -> Answer:
        found = re.search(r"/s(\d+)", asked.path)
        assert found is not None, asked.path
        return answers[int(found.group(1))]

    with Provider(answer) as provider:
        presets = {
            f"s{n}": {"model": model, "api_base": f"{provider.base}/s{n}", "api_key_env": "KEY_ONE"}
            for n, (model, _) in enumerate(plays.values())
        }
        models = folder / "models.yaml"
        models.write_text(json.dumps({"presets": presets, "chain": ["s0"]}))
        # No time to wait: a call ends with what the first attempt told.
        with gateway(models, {"KEY_ONE": "secret-key-one"}, "--max-wait", "0.01") as (_, port):
            assert wait_ready(port)["ready"]
            yield Stage(port, {name: n for n, name in enumerate(plays)}, provider)
