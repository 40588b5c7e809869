from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.checks import run_checks
from pytest_agenttasks.results import CheckResult, CommandResult
from pytest_agenttasks.spec import Check


class Plain:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: dict[str, bytes] = {}

    def matching(self, pattern: str) -> list[Path]:
        found = sorted(self.path.glob(pattern)) if set("*?[") & set(pattern) else [self.path / pattern]
        if any(not path.resolve().is_relative_to(self.path) for path in found):
            raise ValueError(f"{pattern} leads out of the workspace")
        return [path for path in found if path.exists()]

    def changed(self) -> tuple[str, ...]:
        return tuple(
            sorted(p.relative_to(self.path).as_posix() for p in self.path.rglob("*") if not p.is_dir())
        )

    def execute(
        self,
        command: str | Sequence[str],
        *,
        seconds: float,
        output_limit: int = 30_000,
        env: Mapping[str, str] | None = None,
        writable: Sequence[Path] = (),
    ) -> CommandResult:
        argv = ["sh", "-c", command] if isinstance(command, str) else command
        start = time.monotonic()
        environ = {"PATH": "/usr/bin:/bin", "TMPDIR": "/tmp", **(env or {})}
        try:
            done = subprocess.run(argv, cwd=self.path, env=environ, timeout=seconds, capture_output=True)
        except subprocess.TimeoutExpired as e:
            return CommandResult(None, (e.stdout or b"").decode())
        out = (done.stdout + done.stderr).decode(errors="replace")
        return CommandResult(done.returncode, out, 0, time.monotonic() - start)


class Box:
    """A workspace that a test fills, and the checks on it."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace
        self.path: Path = workspace.path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def check(self, name: str, options: object) -> CheckResult:
        [result] = run_checks([Check.model_validate({name: options})], self.workspace, [7])
        assert (result.check, result.line) == (name, 7)
        return result

    def passes(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "passed", result.message
        return result.message

    def fails(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "failed", f"{result.status}: {result.message}"
        return result.message

    def errs(self, name: str, options: object) -> str:
        result = self.check(name, options)
        assert result.status == "error", f"{result.status}: {result.message}"
        return result.message


@pytest.fixture()
def box(tmp_path: Path) -> Box:
    return Box(Plain(tmp_path))
