"""A project in a temporary folder, in which pytest is really run, and a provider that plays a model."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.models.answers import answered
from tests.provider import Answer, Asked, Json, Provider, completion

RunResult = pytest.RunResult

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
"""A key of OpenRouter's shape that opens nothing."""

LIVE = ("--agent-isolation=none",)
"""Live work without a sandbox must be asked for; most of these tests are not about it."""


def tool(name: str, **arguments: Any) -> Json:
    """A tool call as models send it."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": f"call_{name}", "type": "function", "function": function}


def turn_of(asked: Asked) -> int:
    """How many answers the conversation has already."""
    return sum(message["role"] == "assistant" for message in asked.body["messages"])


def plays(*turns: Answer | Sequence[Json]) -> Callable[[Asked], Answer]:
    """A model that takes these turns in every conversation: answers, or lists of tool calls."""

    def answer(asked: Asked) -> Answer:
        turn = turns[min(turn_of(asked), len(turns) - 1)]
        return turn if isinstance(turn, Answer) else completion(None, model=asked.body["model"], tool_calls=list(turn))

    return answer


WRITES = plays([tool("write_file", path="out.txt", content="42\n")], [tool("finish", answer="written")])
"""Writes out.txt and finishes."""


def gateway(standing: Answer, *trouble: str) -> Provider:
    """A gateway that somebody else runs, which says this when asked for quotas and health; its models just finish."""
    done = answered(calls=[{"id": "1", "function": {"name": "finish", "arguments": '{"answer": "x"}'}}])

    def answer(asked: Asked) -> Answer:
        return standing if asked.path.endswith("/standing") else Answer(200, done.body)

    def look_up(asked: Asked) -> Answer:
        return Answer(200, {"trouble": list(trouble)} if asked.path == "/health" else {"data": []})

    return Provider(answer, look_up=look_up)


ONE_TASK = """
    id: answer
    prompt: Write 42 into out.txt.
    checks:
      - contains: {file: out.txt, text: "42"}
"""


RECORDED: dict[str, str] = {}
"""The cassette of ONE_TASK, recorded by the first test of this process that needs it."""


@dataclass(frozen=True)
class Case:
    """A `<testcase>` of the JUnit report."""

    outcome: str
    message: str
    properties: dict[str, str]


class Project:
    """A folder with models.yaml and tasks, and a run of pytest in it."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = pytester.path
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        pytester.makeini("[pytest]\n")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8")
        return file

    def models(self, provider: Provider, *names: str, more: str = "") -> None:
        """models.yaml with presets of these names at the provider, in this order, and a key for them."""
        self._monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
        options = f"api_base: '{provider.base}', api_key_env: OPENROUTER_API_KEY"
        presets = "".join(
            f"  {name}: {{model: 'openrouter/test/{name}:free', {options}}}\n" for name in names or ("m",)
        )
        self.write("models.yaml", f"presets:\n{presets}chain: [{', '.join(names or ('m',))}]\n{more}")

    def setenv(self, name: str, value: str) -> None:
        """Set a variable for the runs of this project."""
        self._monkeypatch.setenv(name, value)

    def pytest(self, *arguments: str) -> RunResult:
        """Run pytest in a process of its own, with a JUnit report."""
        return self._pytester.run(sys.executable, "-P", "-m", "pytest", "--junitxml=junit.xml", *arguments, timeout=120)

    def live(self, *arguments: str) -> RunResult:
        """Run pytest with models really asked, nothing recorded."""
        return self.pytest("--agent-cassettes=live", *LIVE, *arguments)

    def record(self, *arguments: str) -> RunResult:
        """Run pytest and record."""
        return self.pytest("--agent-cassettes=record", *LIVE, *arguments)

    def recorded(self) -> None:
        """Write ONE_TASK and a cassette of it, which preset `m` really recorded."""
        self.write("tasks/answer.yaml", ONE_TASK)
        with Provider(WRITES) as provider:
            self.models(provider)
            if not RECORDED:
                self.record("tasks").assert_outcomes(passed=1)
                RECORDED.update(
                    {name: (self.path / "cassettes" / name).read_text("utf-8") for name in self.cassettes()}
                )
        for name, text in RECORDED.items():
            self.write(f"cassettes/{name}", "").write_text(text, "utf-8")

    def live_at(self, gateway: Provider, *arguments: str) -> RunResult:
        """Run pytest with a gateway that somebody else runs."""
        self.setenv("AGENTTASKS_GATEWAY_TOKEN", "the-token")
        url = gateway.base.removesuffix("/api/v1")
        return self.pytest("--agent-cassettes=live", f"--agent-gateway={url}", *arguments)

    def cases(self) -> dict[str, Case]:
        """The JUnit report of the last run, by name of the test."""
        return {case.get("name", ""): _case(case) for case in ET.parse(self.path / "junit.xml").iter("testcase")}

    def case(self, name: str = "answer") -> Case:
        """One test of the last run."""
        return self.cases()[name]

    def results(self) -> dict[str, Json]:
        """result.json of the last run, by name of the task."""
        found = [json.loads(file.read_text()) for file in (self.run_folder).rglob("result.json")]
        return {one["task"]: one for one in found}

    def trajectory(self, name: str = "answer") -> Json:
        """What the agent did in the last run: an ATIF document."""
        folder = self.results()[name]["slug"]
        document: Json = json.loads((self.run_folder / folder / "trajectory.json").read_text("utf-8"))
        return document

    def told(self, name: str = "answer") -> list[str]:
        """What the model was told in the last run, without its system prompt: user messages, outputs of tools."""
        found: list[str] = []
        for step in self.trajectory(name)["steps"]:
            found += [step["message"]] if step["source"] == "user" else []
            found += [result["content"] for result in step.get("observation", {}).get("results", ())]
        return found

    @property
    def run_folder(self) -> Path:
        """Of the last run."""
        return self.path / ".agenttasks/runs/latest"

    def cassettes(self) -> list[str]:
        """Names of the cassettes, below their folder."""
        folder = self.path / "cassettes"
        return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.yaml"))


def _case(case: ET.Element) -> Case:
    for outcome in ("failure", "error", "skipped"):
        element = case.find(outcome)
        if element is not None:
            break
    else:
        outcome, element = "passed", None
    message = "" if element is None else element.get("message", "")
    properties = {p.get("name", ""): p.get("value", "") for p in case.iter("property")}
    return Case(outcome, message, {k.removeprefix("agenttasks."): v for k, v in properties.items()})
