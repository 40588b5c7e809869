"""The subcommands `init`, `schema` and `gateway`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from pytest_agenttasks.cli.command import Command

TEMPLATE = Path(__file__).with_name("template")
TOKEN_VARIABLE = "AGENTTASKS_GATEWAY_TOKEN"
STATE_VARIABLE = "AGENTTASKS_STATE"


def init(options: argparse.Namespace) -> int:
    """Write a first task that passes without a key, and its schema. Existing files are left alone."""
    from pytest_agenttasks.spec import json_schema

    folder: Path = options.folder
    files = {Path("tasks") / file.name: file.read_text("utf-8") for file in sorted(TEMPLATE.glob("*.yaml"))}
    files[Path("tasks/task.schema.json")] = json.dumps(json_schema(), indent=2) + "\n"
    try:
        for name, text in files.items():
            print(_write_new(folder / name, text), name)
    except OSError as error:
        print(f"agenttasks init: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print("\nnext:  pytest tasks/\nthen:  OPENROUTER_API_KEY=… pytest tasks/ --agent loop --agent-cassettes=record")
    return 0


def _write_new(target: Path, text: str) -> str:
    """Write a file unless it is there; gives the word for what was done."""
    if target.exists():
        return "there   "
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    return "written "


def schema(_: argparse.Namespace) -> int:
    """Print the JSON Schema of task files."""
    from pytest_agenttasks.spec import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0


def gateway(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from pytest_agenttasks.exceptions import AgentTasksError
    from pytest_agenttasks.gateway import serve

    token = os.environ.pop(TOKEN_VARIABLE, "")
    if not token:
        print(
            f"agenttasks gateway: set a token in the variable {TOKEN_VARIABLE}; clients must send it", file=sys.stderr
        )
        return 2
    models = options.models or (Path("models.yaml") if Path("models.yaml").is_file() else None)
    if options.host != "localhost" and not options.host.startswith("127."):
        print(
            f"warning: it listens on {options.host}, in plain HTTP: everybody who reaches it and knows the token can "
            "spend with your keys",
            file=sys.stderr,
        )
    try:
        serve(
            token=token,
            host=options.host,
            port=options.port,
            models=models,
            max_wait=options.max_wait,
            state=options.state or os.environ.get(STATE_VARIABLE) or None,
            announce=lambda base: print(base, flush=True),
        )
    except (AgentTasksError, OSError, ValueError, OverflowError) as error:  # the last: no such port
        print(f"agenttasks gateway: {error}", file=sys.stderr)
        return 2
    return 0


def _init_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="the project (default: this folder)")


def _gateway_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=4100, help="its port (default: 4100; 0: a free one)")
    parser.add_argument("--models", type=Path, help="models file (default: models.yaml, if there)")
    parser.add_argument("--max-wait", type=float, default=120.0, help="seconds a call may wait for limits")
    parser.add_argument(
        "--state",
        help="where accounts' state is kept: a file, redis://…, or memory "
        f"(default: the variable {STATE_VARIABLE}, else a file of the user's)",
    )


INIT = Command("init", "Write a first task into a project.", "cd my-project && agenttasks init", _init_options, init)
SCHEMA = Command(
    "schema",
    "Print the JSON Schema of task files.",
    "agenttasks schema > tasks/task.schema.json",
    lambda _: None,
    schema,
)
GATEWAY = Command(
    "gateway",
    "Run a gateway alone: any OpenAI client gets the models of models.yaml, with rotation.",
    f"{TOKEN_VARIABLE}=secret OPENROUTER_API_KEY=… agenttasks gateway --port 4100",
    _gateway_options,
    gateway,
)
