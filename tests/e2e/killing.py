"""A live run that is killed again and again, and resumed until nothing is left."""

from __future__ import annotations

import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.project import LIVE, WRITES, Project, turn_of
from tests.provider import Answer, Asked

TASKS = 41
TASK_FILE = f"""
    tasks:
      - id: work
        matrix: {{n: {list(range(TASKS))}}}
        prompt: "Task number {{{{ n }}}}: write 42 into out.txt."
        checks: [{{contains: {{file: out.txt, text: "42"}}}}]
"""
"""As many as the first system had."""

WORKERS = 2

VICTIMS = ("worker", "gateway", "controller", "gateway", "worker")
MARKS = {"gateway": "pytest_agenttasks.gateway", "worker": "sys.stdin.readline"}
"""What the command lines of the controller's children are known by; execnet starts workers so."""

PATIENCE = 120.0
"""Seconds without a request after which a test gives up."""


class Model:
    """Plays the model of all tasks, and tells when it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, asked: Asked) -> Answer:
        """Answer as the task's model does."""
        prompt = json.dumps(asked.body["messages"])
        number = re.search(r"Task number (\d+)", prompt)
        assert number is not None
        with self._changed:
            self.asked.append(f"{number[1]} turn {turn_of(asked)}")
            self._changed.notify_all()
        return WRITES(asked)

    def wait_for(self, count: int, run: subprocess.Popen[bytes]) -> bool:
        """Wait for so many requests in all; False if the run is over before."""
        with self._changed:
            while len(self.asked) < count:
                if run.poll() is not None:
                    return False
                self._changed.wait(0.1)
        return True


@dataclass
class Killer:
    """Kills processes of runs.

    Attributes:
        seed: of the moments and victims.
        kills: how many.
        killed: what was killed, in order.
        done_again: tasks that were asked about after they had passed.
        outputs: of each run.
    """

    project: Project
    model: Model
    seed: int
    kills: int
    killed: list[str] = field(default_factory=list)
    done_again: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    _family: set[int] = field(default_factory=set)

    def run_to_the_end(self) -> None:
        """Run and resume until all has passed."""
        chance = random.Random(self.seed)
        while True:
            assert len(self.outputs) < self.kills + 10, self.outputs[-1]
            if self.one_run(chance, "tasks", "--agent-resume") == 0:
                return
            for task in sorted(set(re.findall(r"ERROR (\S+) - set aside", self.outputs[-1]))):
                self.one_run(chance, task)

    def one_run(self, chance: random.Random, *arguments: str) -> int:
        """Run once, killing on the way; gives the exit code."""
        done, before = self.passed(), len(self.model.asked)
        with (self.project.path / f"output-{len(self.outputs)}.txt").open("w+b") as output:
            run = subprocess.Popen(
                [sys.executable, "-P", "-m", "pytest", f"-n{WORKERS}", "--agent-cassettes=live", *LIVE,
                 *arguments], cwd=self.project.path, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            self._kill_at_moments(run, chance)
            code = run.wait(PATIENCE)
            output.seek(0)
            self.outputs.append(output.read().decode())
        wait_for_end(self._family)
        self.done_again += sorted({name.partition(" ")[0] for name in self.model.asked[before:]} & done)
        return code

    def _kill_at_moments(self, run: subprocess.Popen[bytes], chance: random.Random) -> None:
        while len(self.killed) < self.kills:
            if not self.model.wait_for(len(self.model.asked) + chance.randint(1, 6), run):
                return
            victim = VICTIMS[len(self.killed) % len(VICTIMS)]
            self._kill(victim, run.pid, chance)
            if victim == "controller":
                return

    def _kill(self, victim: str, run: int, chance: random.Random) -> None:
        children = below(run)
        self._family |= {run, *children}
        chosen = [pid for pid in children if MARKS[victim] in _command(pid)] if victim in MARKS else [run]
        if chosen:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(chosen), signal.SIGKILL)
                self.killed.append(victim)

    def passed(self) -> set[str]:
        """Numbers of the tasks that passed in any run so far."""
        found = set()
        for file in (self.project.path / ".agenttasks/runs").glob("*/tasks/*/*/result.json"):
            result = json.loads(file.read_bytes())
            if result["outcome"] == "passed":
                found.add(re.sub(r"\D", "", result["task"]))
        return found


def below(pid: int) -> list[int]:
    """Processes that a process started, and those they started."""
    parents = {int(one.name): _parent(one) for one in Path("/proc").iterdir() if one.name.isdecimal()}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def wait_for_end(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                assert select.select([descriptor], [], [], PATIENCE)[0], f"{pid} lives on: {_command(pid)}"
            finally:
                os.close(descriptor)
