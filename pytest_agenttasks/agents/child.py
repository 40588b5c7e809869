"""A program that works on a task: started in the workspace, led to the session's models, ended by the task's limits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from pytest_agenttasks.agents.limits import Meter
from pytest_agenttasks.exceptions import AgentError
from pytest_agenttasks.models import Session
from pytest_agenttasks.results import AgentResult, CommandResult
from pytest_agenttasks.spec import Limits, TaskSpec
from pytest_agenttasks.workspace import Workspace

if TYPE_CHECKING:
    from pytest_agenttasks.models import Endpoint

OUTPUT_BYTES = 400_000
"""Of a program's output that are kept, half from its start and half from its end."""

TAIL_LINES = 20

LOOK_SECONDS = 0.1
GRACE_SECONDS = 5.0
"""How long a program may go on, to write down what it has, once no model will answer it any more."""

DAYS = 86400.0 * 7
"""The workspace's own limit of time is no help here: waits for limits do not count as work."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its conditions.

    Attributes:
        name: of the agent.
        command: program and arguments.
        env: variables beside those that lead it to the models.
        folders: of the host, to be shown read-only.
        replace: regular expressions for what differs from run to run in its prompts, and what stands there instead.
        endings: what its exit codes mean, as `AgentResult.stopped`; with any other one it has gone wrong.

    In `command` and `env`, `{prompt}`, `{prompt_file}`, `{base_url}` (OpenAI's, with /v1) and `{token}` are filled in.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folders: Sequence[Path] = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    endings: Mapping[int, str] = field(default_factory=lambda: {0: "finished"})


def run_program(
    program: Program, task: TaskSpec, workspace: Workspace, session: Session, limits: Limits
) -> AgentResult:
    """Run the program to its end, and say how it ended.

    Raises:
        AgentError: it cannot be started, its exit code says that something is wrong, or it asked no model.
        AgentTasksError: the workspace or the sandbox failed.
    """
    meter = Meter(session, limits)
    with session.serve() as endpoint, workspace.door(endpoint.accept) as door:
        endpoint.on_call = lambda: meter.check(answers(session))
        endpoint.seconds = meter.answer_seconds
        endpoint.rewrite = _replacer(program.replace) if program.replace else None
        variables = endpoint.environment(door.host, door.port)
        fill = _filler(task.prompt, workspace, variables)
        with _ended_in_time(meter, session, endpoint) as cancel:
            try:
                result = workspace.execute(
                    [fill(word) for word in program.command],
                    env={**variables, **{name: fill(value) for name, value in program.env.items()}},
                    seconds=DAYS,
                    output_limit=OUTPUT_BYTES,
                    cancel=cancel,
                    door=door,
                    readable=program.folders,
                )
            except ValueError as error:
                raise AgentError(
                    f"the agent {program.name} cannot be started: {error}; {{prompt_file}} names a file with the prompt"
                ) from None
        stopped = endpoint.stopped
    session.log = result.output
    return _judged(program, result, session, stopped, out_of_time=meter.seconds_left() <= 0)


def answers(session: Session) -> int:
    """Answers of models so far: the steps of a program."""
    return sum(call.status == 200 for call in session.calls)


def final_words(session: Session) -> str:
    """The text of the last answer."""
    answer = next((one.answer for one in reversed(session.exchanges) if one.answer), {})
    content = answer.get("content")
    return content if isinstance(content, str) else ""


def _filler(prompt: str, workspace: Workspace, variables: Mapping[str, str]) -> Callable[[str], str]:
    values: dict[str, Callable[[], str]] = {
        "{prompt_file}": lambda: workspace.stash("prompt.txt", prompt),
        "{base_url}": lambda: variables["OPENAI_BASE_URL"],
        "{token}": lambda: variables["OPENAI_API_KEY"],
        "{prompt}": lambda: prompt,  # the last one: what stands in a prompt is not filled in
    }

    def fill(text: str) -> str:
        for name, value in values.items():
            text = text.replace(name, value()) if name in text else text
        return text

    return fill


def _replacer(replace: Mapping[str, str]) -> Callable[[str], str]:
    patterns = [(re.compile(pattern), text) for pattern, text in replace.items()]

    def rewrite(prompt: str) -> str:
        for pattern, text in patterns:
            prompt = pattern.sub(text.replace("\\", r"\\"), prompt)
        return prompt

    return rewrite


@contextmanager
def _ended_in_time(meter: Meter, session: Session, endpoint: Endpoint) -> Iterator[Event]:
    """Give an event that is set once the program has to end."""
    cancel, over = Event(), Event()

    def watch() -> None:
        hopeless: float | None = None
        while not over.wait(LOOK_SECONDS):
            if hopeless is None and (endpoint.stopped or session.failure):
                hopeless = time.monotonic()
            late = meter.seconds_left() <= 0 and not endpoint.busy
            if late or (hopeless is not None and time.monotonic() - hopeless > GRACE_SECONDS):
                cancel.set()
                return

    thread = Thread(target=watch, name="agent-limits", daemon=True)
    thread.start()
    try:
        yield cancel
    finally:
        over.set()
        thread.join()


def _judged(
    program: Program, result: CommandResult, session: Session, stopped: str | None, *, out_of_time: bool
) -> AgentResult:
    steps = answers(session)
    if session.failure is not None:  # told by whoever runs the task
        return AgentResult("", final_words(session), steps)
    if stopped is None and result.exit_code is None and out_of_time:
        stopped = "seconds"
    if stopped is None and session.exchanges and session.exchanges[-1].refused == "context":
        stopped = "context"
    if stopped is not None:
        return AgentResult(stopped, final_words(session), steps)
    ending = program.endings.get(-1 if result.exit_code is None else result.exit_code)
    if ending is None:
        how = f"was ended: {result.exceeded}" if result.exceeded else f"ended with exit code {result.exit_code}"
        raise AgentError(_told(program, how, result))
    if not session.exchanges:
        hint = "does it take its server from OPENAI_BASE_URL or ANTHROPIC_BASE_URL?"
        raise AgentError(_told(program, f"asked no model; {hint}", result))
    return AgentResult(ending, final_words(session), steps)


def _told(program: Program, what: str, result: CommandResult) -> str:
    tail = "\n".join(result.output.rstrip().splitlines()[-TAIL_LINES:])
    return f"the agent {program.name} {what}\n{tail}".rstrip()
