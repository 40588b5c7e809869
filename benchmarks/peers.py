"""Others that do the same work, where they are installed: README.md says how."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.made_up import prompts
from benchmarks.spent import Spent, run

KEY = "made-up"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program.

    Attributes:
        program: what starts it.
        name: for people.
        variable: that tells where it is.
        command: what it is called on PATH.
        environ: variables that it needs.
    """

    program: str
    name: ClassVar[str]
    variable: ClassVar[str]
    command: ClassVar[str]
    environ: ClassVar[Mapping[str, str]]

    def write(self, folder: Path, tasks: int, base: str | None) -> list[str]:
        """Write so many tasks into a new folder, and return what does them there.

        Args:
            folder: to be made.
            tasks: a call each, all at once.
            base: of the model, as OpenAI clients want it; None for a model of its own that answers at once.
        """
        raise NotImplementedError


class Inspect(Peer):
    """Inspect AI: `inspect eval`, a sample for each task."""

    name = "Inspect AI"
    variable = "BENCHMARK_INSPECT"
    command = "inspect"
    environ: ClassVar[Mapping[str, str]] = {"BENCH_API_KEY": KEY, "INSPECT_LOG_LEVEL": "error"}

    def write(self, folder: Path, tasks: int, base: str | None) -> list[str]:
        """With `mockllm/model` where there is no address."""
        folder.mkdir()
        (folder / "prompts.json").write_text(json.dumps(list(prompts(tasks).values())), "utf-8")
        shutil.copy(Path(__file__).with_name("projects") / "inspect_task.py", folder / "bench.py")
        model = ["--model", "mockllm/model"] if base is None else [
            "--model", "openai-api/bench/m00", "--model-base-url", base,
            "--max-connections", str(tasks), "--max-samples", str(tasks),
        ]  # fmt: skip
        return [self.program, "eval", "bench.py", *model, "--display", "none", "--log-dir", "logs"]


class Promptfoo(Peer):
    """promptfoo: `promptfoo eval`, a test for each task."""

    name = "promptfoo"
    variable = "BENCHMARK_PROMPTFOO"
    command = "promptfoo"
    environ: ClassVar[Mapping[str, str]] = {
        "OPENAI_API_KEY": KEY, "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1", "PROMPTFOO_CONFIG_DIR": "state",
    }  # fmt: skip

    def write(self, folder: Path, tasks: int, base: str | None) -> list[str]:
        """With `echo` where there is no address."""
        folder.mkdir()
        model = "echo" if base is None else {"id": "openai:chat:m00", "config": {"apiBaseUrl": base}}
        tests = [{"vars": {"asked": asked}, "assert": [{"type": "contains", "value": "function"}]}
                 for asked in prompts(tasks).values()]  # fmt: skip
        config = {"prompts": ["{{asked}}"], "providers": [model], "tests": tests}
        (folder / "promptfooconfig.json").write_text(json.dumps(config), "utf-8")
        return [self.program, "eval", "-c", "promptfooconfig.json", "-j", str(tasks), "--no-cache", "--no-table",
                "--no-progress-bar", "--no-write"]  # fmt: skip


def installed() -> Iterator[Peer]:
    """Those that are there; of the others it is said that they are not."""
    kinds: tuple[type[Peer], ...] = (Promptfoo, Inspect)
    for kind in kinds:
        program = os.environ.get(kind.variable) or shutil.which(kind.command)
        if program is None:
            print(f"{kind.name} is left out: no `{kind.command}` on PATH and no {kind.variable}", file=sys.stderr)
        else:
            yield kind(program)


def started(peer: Peer, folder: Path, command: list[str]) -> Spent:
    """One run of it."""
    return run(command, folder, environ=peer.environ)
