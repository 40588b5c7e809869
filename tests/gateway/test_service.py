"""The life of the process. A broken litellm makes it start at once: litellm is not what is tested here."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.world import ROOT, TOKEN, gateway, request, wait_ready

BODY = {"model": "openai/m", "messages": [{"role": "user", "content": "x"}]}

CONTROLLER = """
import os, socket, subprocess, sys, time
listening = socket.create_server(("127.0.0.1", 0))
gateway = subprocess.Popen(
    [sys.executable, "-P", "-m", "pytest_agenttasks.gateway", "--fd", str(listening.fileno()), *sys.argv[1:],
     *(["--life", str(os.getpid())] if not sys.argv[1:] else [])],
    pass_fds=[listening.fileno()], start_new_session=True, stderr=subprocess.DEVNULL)
print(gateway.pid, listening.getsockname()[1], flush=True)
time.sleep(60)
"""


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A folder with a litellm that cannot be imported, for PYTHONPATH."""
    package = tmp_path / "broken" / "litellm"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('no wheels\\non this road')")
    return str(package.parent)


def environ(broken: str) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([broken, str(ROOT)])}


def test_a_broken_litellm_is_told_with_every_call(broken: str) -> None:
    with gateway(None, environ(broken)) as (_, port):
        assert "no wheels on this road" in wait_ready(port)["error"]
        for _ in range(2):
            reply = request(port, "POST", "/v1/chat/completions", BODY)
            assert (reply.status, reply.body["error"]["code"]) == (500, "litellm_unavailable")
            assert reply.body["error"]["message"] == (
                "litellm cannot be imported: RuntimeError: no wheels on this road"
            )


def test_sigint_is_ignored_and_sigterm_ends_it(broken: str) -> None:
    with gateway(None, environ(broken)) as (process, port):
        wait_ready(port)
        process.send_signal(signal.SIGINT)
        assert request(port, "GET", "/health").status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="pidfds are Linux's")
@pytest.mark.parametrize("arguments", [[], ["--max-wait", "1"]], ids=["pidfd", "parent"])
def test_it_ends_with_its_controller(broken: str, arguments: list[str]) -> None:
    controller = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, *arguments], stdout=subprocess.PIPE,
        env={**os.environ, **environ(broken), "AGENTTASKS_GATEWAY_TOKEN": TOKEN},
    )  # fmt: skip
    assert controller.stdout is not None
    pid, port = map(int, controller.stdout.readline().split())
    watched = os.pidfd_open(pid)
    wait_ready(port)
    controller.kill()
    controller.communicate()
    assert select.select([watched], [], [], 10)[0], "the gateway outlives its controller"
    os.close(watched)


@pytest.mark.parametrize(
    ("token", "models", "message"),
    [("", "", "needs a token"), (TOKEN, "no/such.yaml", "no/such.yaml"), (TOKEN, "bad.yaml", "bad.yaml")],
)
def test_it_says_in_a_line_why_it_does_not_start(tmp_path: Path, token: str, models: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text("presets: 7")
    options = ["--models", models] if models else []
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest_agenttasks.gateway", "--port", "0", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AGENTTASKS_GATEWAY_TOKEN": token},
    )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_token_is_not_passed_on(broken: str, tmp_path: Path) -> None:
    """A child of the gateway, or litellm, would find it in the environment."""
    Path(broken, "litellm", "__init__.py").write_text(
        "import os\nraise RuntimeError('token' if 'AGENTTASKS_GATEWAY_TOKEN' in os.environ else 'none')"
    )
    with gateway(None, environ(broken)) as (_, port):
        assert wait_ready(port)["error"].endswith("none")


def test_serve_runs_in_the_process_that_calls_it(broken: str, tmp_path: Path) -> None:
    program = (
        "from pytest_agenttasks.gateway import serve\nserve(token='t', announce=lambda url: print(url, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, **environ(broken)},
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    assert request(int(url.rsplit(":", 1)[1]), "GET", "/health").status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()
