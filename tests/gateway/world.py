"""A gateway process and a provider for many tests: each test gets models of its own, so that none cools another's."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.provider import Answer, Asked, Provider, completion

Json = dict[str, Any]

TOKEN = "gateway-token"
MAX_WAIT = 2.0
ROOT = Path(__file__).parents[2]
GROUPS = 200
MODELS: dict[str, Json] = {
    "a": {"model": "openrouter/t/a{n}:free", "api_key_env": "KEY_ONE"},
    "b": {"model": "openai/b{n}", "api_key_env": "KEY_ONE"},
    "c": {"model": "groq/c{n}", "api_key_env": "KEY_ONE"},
    "d": {"model": "openrouter/t/d{n}:free", "api_key_env": "KEY_ONE"},
    "e": {"model": "openrouter/t/e{n}:free", "api_key_env": "KEY_TWO"},
    "p": {"model": "openrouter/t/p{n}", "api_key_env": "KEY_ONE", "params": {"temperature": 0.5, "top_p": 0.9}},
    "g": {"model": "gemini/g{n}", "api_key_env": "KEY_ONE"},
    "h": {"model": "anthropic/h{n}", "api_key_env": "KEY_ONE"},
    "k": {"model": "openai/k{n}", "api_key_env": "KEY_NOT_SET"},
    "n": {"model": "openai/n{n}", "tools": False, "api_key_env": "KEY_ONE"},
    "x": {"model": "hosted_vllm/x{n}"},
    "q": {"model": "openai/q{n}", "api_key_env": "KEY_ONE"},
    "r": {"model": "openai/r{n}", "api_key_env": "KEY_ONE"},
    "s": {"model": "openai/s{n}", "api_key_env": "KEY_ONE"},
    "w": {"model": "openrouter/t/w{n}:free", "api_key_env": "KEY_ONE"},
    "v": {"model": "openai/v{n}", "api_key_env": "KEY_ONE", "price": {"prompt": 1.0, "completion": 2.0}},
}

PACE = {"requests": 2, "seconds": 1}
A_DAY = 2
TERMS: dict[str, dict[str, Json]] = {
    "quotas": {
        "pace{n}": {"presets": ["q{n}"], "scope": "model", **PACE},
        "day{n}": {"presets": ["r{n}", "s{n}"], "scope": "account", "rpd": A_DAY},
    },
    "accounts": {"second{n}": {"presets": ["w{n}"], "api_key_env": "KEY_TWO"}},
}
"""Limits and further accounts of the models above, for each group."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.text)
        return body

    @property
    def story(self) -> list[tuple[str, int | None, str, str]]:
        """Model letter, status, verdict and reason of each attempt."""
        return [
            (letter_of(one["model"]), one["status"], one["verdict"], one["reason"])
            for one in self.body["agenttasks"]["attempts"]
        ]


def letter_of(model: str) -> str:
    found = re.search(r"([a-z])\d+", model)
    assert found is not None, model
    return found.group(1)


def request(port: int, method: str, path: str, body: object = None, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        data = body if isinstance(body, str) or body is None else json.dumps(body)
        sent = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **headers}
        connection.request(method, path, data, {k.replace("_", "-"): v for k, v in sent.items()})
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
    finally:
        connection.close()


@dataclass
class Group:
    """The models of one test: letters of `MODELS`; what they answer; what they were asked."""

    number: int
    port: int
    provider: Provider
    scripts: dict[str, Callable[[Asked], Answer]] = field(default_factory=dict)
    account: Json = field(default_factory=dict)

    def look_up(self, asked: Asked) -> Answer:
        """How OpenRouter tells what is left of an account."""
        return Answer(200, {"data": self.account}) if asked.path.endswith("/key") else Answer(404)

    def on(self, letter: str, *answers: Answer) -> None:
        """Let a model give these answers in turn; the last one for ever."""
        left = list(answers)
        self.scripts[letter] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def answer(self, asked: Asked) -> Answer:
        letter = letter_of(asked.body.get("model") or asked.path.rsplit("/", 1)[1])
        script = self.scripts.get(letter)
        return script(asked) if script else completion("done", model=f"real-{letter}")

    def standing(self, letters: str) -> Json:
        names = [self.name(letter) for letter in letters]
        return request(self.port, "POST", "/v1/agenttasks/standing", {"presets": names}).body

    def asked(self, letter: str = "") -> list[Asked]:
        mine = [one for one in self.provider.asked if f"/g{self.number}/" in one.path]
        return [
            one for one in mine
            if not letter or letter_of(one.body.get("model") or one.path.rsplit("/", 1)[1]) == letter
        ]  # fmt: skip

    def name(self, letter: str) -> str:
        return f"{letter}{self.number}"

    def id(self, letter: str) -> str:
        return str(MODELS[letter]["model"]).format(n=self.number)

    def chat(self, letters: str, body: Json | None = None, **headers: str) -> Reply:
        names = [self.name(letter) for letter in letters]
        request_body = {"model": names[0], "messages": [{"role": "user", "content": "hello"}], **(body or {})}
        headers = {"x_agenttasks_chain": ",".join(names), **headers}
        return request(self.port, "POST", "/v1/chat/completions", request_body, **headers)


@contextmanager
def gateway(
    models: Path | None, environ: dict[str, str], *arguments: str, path: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A gateway process with a socket that this process keeps, as a host does."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        command = [sys.executable, "-P", "-m", "pytest_agenttasks.gateway", "--fd", str(listening.fileno())]
        command += ["--life", str(os.getpid()), "--max-wait", str(MAX_WAIT), "--state", "memory", *arguments]
        command += ["--models", str(models)] if models else []
        clean = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        environ = {**clean, "PYTHONPATH": os.pathsep.join(filter(None, [path, str(ROOT)])), **environ}
        process = subprocess.Popen(
            command, pass_fds=[listening.fileno()], env={"AGENTTASKS_GATEWAY_TOKEN": TOKEN, **environ},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process, listening.getsockname()[1]
        finally:
            process.kill()
            process.communicate()


class World:
    """The shared gateway and provider."""

    def __init__(self, port: int, provider: Provider, raw: socket.socket) -> None:
        self.port = port
        self.provider = provider
        self.raw = raw
        self.groups: dict[int, Group] = {}

    def group(self) -> Group:
        number = len(self.groups)
        assert number < GROUPS, "more tests than groups: raise GROUPS"
        self.groups[number] = Group(number, self.port, self.provider)
        return self.groups[number]


def write_models(path: Path, base: str, raw_port: int, dead_port: int, groups: int = GROUPS) -> None:
    presets: dict[str, Json] = {
        f"{letter}{n}": {
            **options,
            "model": options["model"].format(n=n),
            "api_base": f"{base}/g{n}" + ("" if letter != "h" else "/x"),
        }
        for n in range(groups)
        for letter, options in MODELS.items()
    }
    presets["raw1"] = {"model": "openai/raw1", "api_base": f"http://127.0.0.1:{raw_port}/v1", "api_key_env": "KEY_ONE"}
    for provider in ("openrouter", "openai"):
        presets[f"dead-{provider}"] = {
            "model": f"{provider}/q1", "api_base": f"http://127.0.0.1:{dead_port}/v1", "api_key_env": "KEY_ONE",
        }  # fmt: skip
    terms = {
        kind: {name.format(n=n): {**entry, "presets": [one.format(n=n) for one in entry["presets"]]}
               for n in range(groups) for name, entry in entries.items()}
        for kind, entries in TERMS.items()
    }  # fmt: skip
    path.write_text(json.dumps({"presets": presets, "chain": ["a0", "b0"], **terms}))


def wait_ready(port: int) -> Json:
    """Ask /health until litellm is loaded, or cannot be."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        health = request(port, "GET", "/health").body
        if health["ready"] or health["error"]:
            return health
        select.select([], [], [], 0.05)
    raise AssertionError("the gateway is not ready after 120 s")
