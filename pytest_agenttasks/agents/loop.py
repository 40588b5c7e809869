"""The built-in agent: ask the model, do what it asks for, tell it what came out, until it is done."""

from __future__ import annotations

from pytest_agenttasks import __version__
from pytest_agenttasks.agents.limits import ANSWER_SECONDS, Meter
from pytest_agenttasks.agents.protocols import NativeTools, TextTools, ToolProtocol
from pytest_agenttasks.agents.tools import DEFINITIONS, ToolCall, mistake_in, use
from pytest_agenttasks.exceptions import LimitReached, ModelUnavailableError, ToolsUnsupportedError
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult, Json
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace

SYSTEM = """\
You are a careful software engineer who works alone in a folder, the workspace.
Use the tools to look, change and test; nobody answers questions. Use relative paths.
Do what the task says and nothing else. When it is done and you have checked it, call finish."""

NUDGE = "Your answer used no tool. Go on with a tool, or call finish if the work is done."

PATIENCE = 3
"""Answers without a tool in a row after which the work ends."""


class LoopAgent:
    """Works with five tools: bash, read_file, write_file, edit_file, finish."""

    name = "loop"
    version = __version__
    asks_models = True

    def run(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> AgentResult:
        """Work on a task until the model finishes or a limit is reached.

        Raises:
            AgentTasksError: no model answered, or the workspace is gone.
        """
        return _Work(task, workspace, session, limits).run()

    def missing(self) -> None:
        """It needs nothing."""

    def shape(self) -> list[object]:
        """Its prompts and tools."""
        return [SYSTEM, NUDGE, TextTools.explanation, DEFINITIONS]


class _Work:
    def __init__(self, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits) -> None:
        self.task, self.workspace, self.session = task, workspace, session
        self.meter = Meter(session, limits)
        self.steps = 0
        self.idle = 0
        self.answer: str | None = None
        self.protocol: ToolProtocol = NativeTools() if session.tools else TextTools()
        self.begin()

    def begin(self) -> None:
        self.messages: list[Json] = [
            {"role": "system", "content": SYSTEM + self.protocol.explanation},
            {"role": "user", "content": self.task.prompt},
        ]
        self.session.transcript = self.messages

    def run(self) -> AgentResult:
        stopped = "finished"
        try:
            while self.answer is None:
                self.step()
        except LimitReached as reached:
            stopped = reached.limit
        return AgentResult(stopped, self.answer or "", self.steps)

    def step(self) -> None:
        self.meter.check(self.steps)
        message = self.ask()
        self.steps += 1
        self.messages.append(message)
        calls = self.protocol.calls(message)
        self.idle = 0 if calls else self.idle + 1
        if not calls:
            self.nudge(message)
        for call in calls:
            self.messages.append(self.protocol.output(call, self.act(call)))

    def ask(self) -> Json:
        try:
            return self.complete()
        except ToolsUnsupportedError:
            self.protocol = TextTools()
            self.begin()
            return self.complete()

    def complete(self) -> Json:
        seconds = self.meter.answer_seconds()
        try:
            completion = self.session.complete(self.messages, seconds=seconds, **self.protocol.parameters)
        except ModelUnavailableError:
            # The task's own time cut the answer short. Without any answer before it, the provider is to blame.
            if self.steps and seconds < ANSWER_SECONDS and self.meter.seconds_left() <= 0:
                self.session.failure = None
                raise LimitReached("seconds") from None
            raise
        kept = (
            "content",
            "tool_calls",
            "reasoning",
            "reasoning_content",
            "reasoning_details",
            "thinking_blocks",
        )
        message = {key: completion.message[key] for key in kept if completion.message.get(key)}
        return {"role": "assistant", "content": "", **message}

    def nudge(self, message: Json) -> None:
        """A model that only talks is asked to go on; one that keeps talking has given its answer."""
        if self.idle < PATIENCE:
            self.messages.append({"role": "user", "content": NUDGE})
        else:
            self.answer = str(message["content"])

    def act(self, call: ToolCall) -> str:
        mistake = mistake_in(call)
        if mistake is not None:
            return mistake
        if call.name == "finish":
            assert isinstance(call.arguments, dict)
            self.answer = call.arguments["answer"]
            return "[finished]"
        return use(call, self.workspace, max(self.meter.seconds_left(), 1.0))
