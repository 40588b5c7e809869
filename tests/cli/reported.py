"""Real runs to report on: one with every outcome, one that was killed, and one with another agent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.project import KEY, LIVE, WRITES, Project, plays, tool, turn_of
from tests.provider import Answer, Asked, Provider
from tests.reports.told import EVIL

RAW = json.dumps(f"EVIL {{% raw %}}{EVIL}{{% endraw %}}")
"""In YAML, and no template."""

TASKS = f"""
tasks:
  - id: answer
    title: The right answer
    category: simple
    prompt: Write 42 into out.txt.
    artifacts: ["*.txt"]
    checks: [{{contains: {{file: out.txt, text: "42"}}}}]
  - id: limited
    category: simple
    prompt: LIMITED
    checks: [{{files: out.txt}}]
  - id: wrong
    title: {RAW}
    category: hard
    prompt: {RAW}
    artifacts: ["**"]
    checks:
      - files: "*.txt"
      - contains: {{file: out.txt, text: "43"}}
  - id: nobody
    category: hard
    prompt: NOBODY
    checks: [{{files: out.txt}}]
  - id: quota
    category: hard
    priority: low
    model: [capped]
    prompt: QUOTA
    checks: [{{files: out.txt}}]
"""

SLOW = "tasks:\n" + "".join(f"  - {{id: slow{n}, prompt: SLOW, checks: [{{files: out.txt}}]}}\n" for n in range(3))

RESETS_IN = 7200.0


def answers(asked: Asked) -> Answer:
    """Models that do what the prompt of the task says."""
    text = " ".join(str(message.get("content")) for message in asked.body["messages"])
    if "QUOTA" in text:
        limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((time.time() + RESETS_IN) * 1000))}
        message = "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
        return Answer(429, {"error": {"code": 429, "message": message, "metadata": {"headers": limits}}})
    if "NOBODY" in text:
        return Answer(400, {"error": {"code": 400, "message": f"broken {EVIL}"}})
    if "LIMITED" in text and asked.body["model"].endswith("first:free"):
        return Answer(429, {"error": {"code": 429, "message": "slow down"}}, {"retry-after": "30"})
    if "EVIL" in text:
        writes = [
            tool("write_file", path="<img src=x onerror=alert(1)>.txt", content=EVIL),
            tool("bash", command="\x1b[1m"),
        ]
        return plays(writes, [tool("write_file", path="out.txt", content="42"), tool("finish", answer=EVIL)])(asked)
    return WRITES(asked)


def make(project: Project) -> None:
    """Do the three runs in a project: `FIRST`, `KILLED`, `NOP` name their folders by what they hold."""
    project.write("tasks/work.yaml", "").write_text(TASKS)
    project.write("tasks/slow.yaml", "").write_text(SLOW)
    project.write(".git/HEAD", "ref: refs/heads/main\n")
    with Provider(answers) as provider:
        project.models(provider, "first", "second")
        project.setenv("CAPPED_KEY", KEY[::-1])
        capped = f"  capped: {{model: 'openrouter/test/capped:free', api_base: '{provider.base}'"
        models = project.path / "models.yaml"
        models.write_text(models.read_text().replace("presets:\n", f"presets:\n{capped}, api_key_env: CAPPED_KEY}}\n"))
        project.setenv("GITHUB_ACTIONS", "true")
        result = project.live("tasks/work.yaml", "-n0")
        project.write("output.txt", "").write_text(result.stdout.str())
    keep_as(project, "first")
    known = models.read_text()
    _killed(project)
    keep_as(project, "killed")
    models.write_text(known)
    project.pytest("tasks/work.yaml", "-n0", "--agent", "nop", "--junitxml=nop.xml")
    keep_as(project, "nop")


def keep_as(project: Project, name: str) -> None:
    """Copies of runs have the names of the artifacts that they came in."""
    (project.path / name).mkdir()
    run = project.run_folder.resolve()
    run.rename(project.path / name / run.name)
    shutil.rmtree(project.path / ".agenttasks")


def _killed(project: Project) -> None:
    """A live run whose controller and workers are killed while a model thinks."""
    command = [sys.executable, "-P", "-m", "pytest", "tasks/slow.yaml", "-n0", "--agent-cassettes=live", *LIVE]
    process: subprocess.Popen[bytes] | None = None

    def answer(asked: Asked) -> Answer:
        if turn_of(asked) == 1 and process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Answer(hang_up=True)
        return plays([tool("bash", command="echo at work")])(asked)

    with Provider(answer) as provider:
        project.models(provider, "first")
        process = subprocess.Popen(command, cwd=project.path, stdout=subprocess.DEVNULL, start_new_session=True)
        process.wait(timeout=120)


def copy(made: Path, to: Path) -> None:
    """What was made, in another project."""
    shutil.copytree(made, to, symlinks=True, dirs_exist_ok=True)
