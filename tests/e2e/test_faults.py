"""Faults of providers through a whole run of pytest: what becomes of a task is what the error policy says."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing

from pytest_agenttasks.gateway.error_policy import Ends
from pytest_agenttasks.gateway.router import TRIES_PER_MODEL
from tests.e2e.project import KEY, Project, turn_of
from tests.gateway.documented import DOCUMENTED
from tests.gateway.fault_forms import Documented
from tests.provider import Answer, Asked, Provider, completion

MAX_WAIT = 1.5
"""Seconds that a call may wait for limits here."""

OUTCOMES: dict[Ends, str] = {
    "unavailable": "error", "quota": "quota", "refused": "error", "content_filter": "error",
    # The agent's work ends, and the check finds that the file is missing.
    "context_length_exceeded": "failed",
    # The agent begins again with tools as text, which the model can do.
    "tools_unsupported": "passed",
}  # fmt: skip
"""What becomes of a task whose only model fails so."""

TEXT_TURNS = (
    '<tool name="write_file"><arg name="path">out.txt</arg><arg name="content">42</arg></tool>',
    '<tool name="finish"><arg name="answer">done</arg></tool>',
)

NOBODY = Documented("nobody listens", "openai/m", Answer(hang_up=True), "unreachable")
# Gemini's and Ollama's formats of an answer are not needed here.
ANSWERED = [one for one in DOCUMENTED if not one.tools or one.model.split("/")[0] not in ("gemini", "ollama_chat")]

CASES = (*{(one.model, one.reason): one for one in ANSWERED}.values(), NOBODY)
"""One for each provider and reason."""

Ending = tuple[str, str, int]
"""Outcome, reason and number of attempts."""


def expected(case: Documented) -> Ending:
    """What the policy says of a case."""
    row = case.row
    if case.tools:
        return OUTCOMES[row.ends], case.reason, 1 + len(TEXT_TURNS)
    waits = case.seconds or row.cooldown
    again = row.action == "retry" and waits * (TRIES_PER_MODEL - 1) < MAX_WAIT
    return OUTCOMES[row.ends], case.reason, TRIES_PER_MODEL if again else 1


def found(name: str, project: Project) -> Ending:
    """What result.json and the gateway's log say."""
    result = project.results()[name]
    log = (project.run_folder / "gateway.log").read_text("utf-8")
    reason = re.search(rf" {name}: {name}: (\w+) ", log)
    return result["outcome"], reason.group(1) if reason else "", result["attempts"]


def name_of(case: Documented) -> str:
    return re.sub(r"\W+", "-", case.name).strip("-")


def answer(asked: Asked) -> Answer:
    """The case's answer; a model without tools has them as text."""
    number = re.search(r"/f(\d+)", asked.path)
    assert number is not None, asked.path
    case = CASES[int(number.group(1))]
    if case.tools and not asked.body.get("tools"):
        return completion(TEXT_TURNS[turn_of(asked)])
    return case.answer


def test_every_fault_ends_as_the_policy_says(project: Project) -> None:
    """One run, one task for each fault, each with a model of its own that always answers so."""
    assert len(CASES) >= 40
    names = [name_of(case) for case in CASES]
    with Provider(answer) as provider, closing(socket.socket()) as dead:
        dead.bind(("127.0.0.1", 0))  # bound, never listening: connections are refused
        bases = [f"{provider.base}/f{n}" for n in range(len(CASES))]
        bases[CASES.index(NOBODY)] = f"http://127.0.0.1:{dead.getsockname()[1]}/v1"
        presets = {
            name: {"model": case.model, "api_base": base, "api_key_env": "FAULTS_API_KEY"}
            for name, case, base in zip(names, CASES, bases, strict=True)
        }
        tasks = [
            {"id": name, "prompt": "x", "model": [name], "checks": [{"contains": {"file": "out.txt", "text": "42"}}]}
            for name in names
        ]
        project.write("models.yaml", json.dumps({"presets": presets, "chain": names[:1]}))
        project.write("tasks/faults.yaml", json.dumps({"tasks": tasks}))
        project.write("pytest.ini", f"[pytest]\nagenttasks_max_wait = {MAX_WAIT}\n")
        project.setenv("FAULTS_API_KEY", KEY)
        project.live("tasks", "-n2", "--no-model-rotation", "-q")
    assert {name: found(name, project) for name in names} == {
        name: expected(case) for name, case in zip(names, CASES, strict=True)
    }
