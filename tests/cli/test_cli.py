"""The command `agenttasks`: what it prints, writes and refuses."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from pytest_agenttasks import __version__
from pytest_agenttasks.cli import main
from pytest_agenttasks.spec import json_schema, load_tasks
from tests.provider import Answer, Asked, Provider, completion

ROOT = Path(__file__).parents[2]
WRITTEN = ["tasks", "tasks/hello.yaml", "tasks/task.schema.json"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def ends_with(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_help_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with("--help") == 0
    told = capsys.readouterr().out
    assert all(f"\n    {command} " in told for command in ("init", "schema", "gateway", "apply"))


@pytest.mark.parametrize("command", ["init", "schema", "gateway", "apply"])
def test_help_of_a_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(command, "--help") == 0
    assert "example: " in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with("--version") == 0
    assert capsys.readouterr().out == f"pytest-agenttasks {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["nope"], ["gateway", "--port", "x"], ["init", "a", "b"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(*arguments) == 2
    assert capsys.readouterr().err.startswith("usage: agenttasks")


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


class TestInit:
    """A first task for a project."""

    def test_it_writes_a_task_and_its_schema(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["init"]) == 0
        assert files_of(here) == WRITTEN
        (task,) = load_tasks(here / "tasks/hello.yaml")
        assert task.spec.agent.name == "oracle"
        assert json.loads((here / "tasks/task.schema.json").read_text("utf-8")) == json_schema()
        assert "next:  pytest tasks/" in capsys.readouterr().out

    def test_another_folder(self, here: Path) -> None:
        assert main(["init", "a/b"]) == 0
        assert files_of(here / "a/b") == WRITTEN

    def test_a_second_time_what_was_changed_stays(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["init"])
        (here / "tasks/hello.yaml").write_text("mine")
        capsys.readouterr()
        assert main(["init"]) == 0
        assert (here / "tasks/hello.yaml").read_text() == "mine"
        assert capsys.readouterr().out.startswith("there    tasks/hello.yaml\nthere    tasks/task.schema.json\n")

    def test_where_it_cannot_write(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "tasks").touch()
        assert main(["init"]) == 1
        assert capsys.readouterr().err.startswith("agenttasks init: tasks: ")

    def test_the_task_passes_without_a_key(self, here: Path) -> None:
        main(["init"])
        done = self.pytest(here)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout

    def test_nop_does_not_pass_it(self, here: Path) -> None:
        main(["init"])
        done = self.pytest(here, "--agent=nop")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "1 failed" in done.stdout

    def pytest(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "pytest", "tasks/", "-q", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd=folder)


class TestGateway:
    """A gateway alone."""

    def test_it_needs_a_token(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["gateway"]) == 2
        assert capsys.readouterr().err == (
            "agenttasks gateway: set a token in the variable AGENTTASKS_GATEWAY_TOKEN; clients must send it\n"
        )

    @pytest.fixture
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "AGENTTASKS_GATEWAY_TOKEN": "secret-token"}

    def refused(self, environment: dict[str, str], folder: Path, *arguments: str) -> str:
        """What it says when it cannot serve."""
        program = "import sys; from pytest_agenttasks.cli import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", program, "gateway", *arguments],
            env=environment, cwd=folder, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        return done.stderr

    def test_a_port_that_is_taken(self, environment: dict[str, str], tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            told = self.refused(environment, tmp_path, "--port", str(taken.getsockname()[1]))
        assert told.startswith("agenttasks gateway: [Errno 98] Address already in use")

    def test_an_address_that_others_reach_is_warned_of(self, environment: dict[str, str], tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            told = self.refused(environment, tmp_path, "--host", "0.0.0.0", "--port", str(taken.getsockname()[1]))
        warning, error = told.splitlines()
        assert warning.startswith("warning: it listens on 0.0.0.0, in plain HTTP: everybody who reaches it and knows")
        assert error.startswith("agenttasks gateway: [Errno 98] Address already in use")

    @pytest.mark.parametrize("given", ["option", "variable"])
    def test_a_redis_that_is_not_there(self, given: str, environment: dict[str, str], tmp_path: Path) -> None:
        pytest.importorskip("redis")
        url = "redis://:hunter2@127.0.0.1:9/0"
        environment["AGENTTASKS_STATE"] = url if given == "variable" else str(tmp_path / "x.sqlite")
        told = self.refused(environment, tmp_path, "--port", "0", *(["--state", url] if given == "option" else []))
        assert told.startswith("agenttasks gateway: redis://")
        assert len(told.splitlines()) == 1
        assert "hunter2" not in told

    def test_no_such_port(self, environment: dict[str, str], tmp_path: Path) -> None:
        assert "port must be 0-65535" in self.refused(environment, tmp_path, "--port", "99999")

    def test_a_broken_models_file(self, environment: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "models.yaml").write_text("chain: nope\n")
        assert "models.yaml:1:8: unknown preset 'nope'" in self.refused(environment, tmp_path)

    @pytest.fixture
    def served(self, environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        (tmp_path / "stub/litellm").mkdir(parents=True)
        (tmp_path / "stub/litellm/__init__.py").write_text("raise ImportError('a stub')\n")
        path = os.pathsep.join([str(tmp_path / "stub"), str(ROOT)])
        program = "import sys; from pytest_agenttasks.cli import main; sys.exit(main())"
        with subprocess.Popen(
            [sys.executable, "-c", program, "gateway", "--port", "0"],
            env={**environment, "PYTHONPATH": path}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            yield process
            process.kill()

    def test_it_serves_until_interrupted(self, served: subprocess.Popen[str]) -> None:
        assert served.stdout is not None
        base = served.stdout.readline().strip()
        with urlopen(f"{base}/health", timeout=60) as response:
            assert json.load(response)["pid"] == served.pid
        served.send_signal(signal.SIGINT)
        assert served.wait(30) == 0

    def test_any_client_of_openai_gets_rotation_and_is_told_of_it(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        """With nothing but a base URL and a key, as such clients are set up."""
        limited = Answer(429, {"error": {"code": 429, "message": "slow down"}}, {"retry-after": "30"})

        def answer(asked: Asked) -> Answer:
            return limited if asked.body["model"] == "t/first" else completion("hello", model=asked.body["model"])

        program = "import sys; from pytest_agenttasks.cli import main; sys.exit(main())"
        state = tmp_path / "kept/accounts.sqlite"
        with Provider(answer) as provider:
            options = f"api_base: '{provider.base}', api_key_env: OPENROUTER_API_KEY"
            presets = "".join(f"  {name}: {{model: openrouter/t/{name}, {options}}}\n" for name in ("first", "second"))
            (tmp_path / "models.yaml").write_text(f"presets:\n{presets}chain: [first, second]\n")
            with subprocess.Popen(
                [sys.executable, "-c", program, "gateway", "--port", "0", "--state", str(state)],
                env={**environment, "OPENROUTER_API_KEY": "sk-or-v1-none"}, cwd=tmp_path, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            ) as process:  # fmt: skip
                assert process.stdout is not None
                base = f"{process.stdout.readline().strip()}/v1"
                try:
                    offered = self.asked(f"{base}/models")
                    answers = [self.asked(f"{base}/chat/completions", "first") for _ in range(2)]
                finally:
                    process.kill()
        assert {"first", "second"} <= {one["id"] for one in offered["data"]}
        assert [one["choices"][0]["message"]["content"] for one in answers] == ["hello", "hello"]
        served = [one["agenttasks"]["served"] for one in answers]
        assert served == ["openrouter/t/second"] * 2
        assert [asked.body["model"] for asked in provider.asked] == ["t/first", "t/second", "t/second"]
        assert state.is_file()

    def asked(self, url: str, model: str = "") -> Any:
        """What a GET, or a chat completion of this model, is answered."""
        body = {"model": model, "messages": [{"role": "user", "content": "hello"}]}
        headers = {"authorization": "Bearer secret-token", "content-type": "application/json"}
        request = Request(url, json.dumps(body).encode() if model else None, headers)
        with urlopen(request, timeout=60) as response:
            return json.load(response)
