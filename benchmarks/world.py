"""The processes of a benchmark: a provider, a gateway, and what is told by them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.provider import Rules
from benchmarks.table import Json
from pytest_agenttasks.models import GatewayHost

ROOT = Path(__file__).parents[1]
KEY_VARIABLE = "AGENTTASKS_BENCHMARK_KEY"
KEY = "sk-or-v1-benchmark"
"""Opens nothing."""

READY_SECONDS = 60.0


def names(prefix: str = "m") -> tuple[str, ...]:
    """Twelve presets, in the order of their chain."""
    return tuple(f"{prefix}{n:02}" for n in range(12))


def model_id(name: str) -> str:
    """The provider's name for a preset."""
    return f"bench/{name}:free"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A provider process, by its address on loopback."""

    origin: str

    @property
    def base(self) -> str:
        """To give as `api_base`."""
        return f"{self.origin}/api/v1"

    def begin(self, rules: Rules) -> None:
        """Forget everything and go on by these rules."""
        _http(f"{self.origin}/rules", asdict(rules))

    def stats(self) -> Json:
        """What was answered since: see `provider.Provider`."""
        return _http(f"{self.origin}/stats")


@contextmanager
def upstream(rules: Rules) -> Iterator[Upstream]:
    """A provider while the block lasts."""
    command = [sys.executable, "-m", "benchmarks.provider", json.dumps(asdict(rules))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield Upstream(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where it is, and what lets callers in."""

    url: str
    token: str
    pid: int

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Resident memory now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def gateway(models: Json) -> Iterator[Gateway]:
    """A gateway process as the plugin starts it, with this models.yaml, ready to be asked, and nothing remembered."""
    os.environ[KEY_VARIABLE] = KEY
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "models.yaml")
        file.write_text(json.dumps(models), "utf-8")
        host = GatewayHost(["--models", str(file), "--state", "memory"], Path(folder, "gateway.log"))
        try:
            host.start_now()
            yield Gateway(host.url, host.token, _ready(host))
        finally:
            host.close()


def presets(bases: dict[str, str]) -> Json:
    """The presets of models.yaml, and the chain of all: name → `api_base`."""
    entries = {
        name: {"model": f"openrouter/{model_id(name)}", "api_base": base, "api_key_env": KEY_VARIABLE}
        for name, base in bases.items()
    }
    return {"presets": entries, "chain": list(bases)}


def _ready(host: GatewayHost) -> int:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        health = _http(f"{host.url}/health")
        if health["ready"]:
            return int(health["pid"])
        if health["error"]:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the gateway is not ready: {health}")


def _http(url: str, body: Json | None = None) -> Json:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=READY_SECONDS) as answer:
        told: Json = json.load(answer)
    return told
