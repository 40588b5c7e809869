"""`python -P -m pytest_agenttasks.gateway`: how a host starts the gateway of a run.

The token comes in the variable AGENTTASKS_GATEWAY_TOKEN, not as an argument that every `ps` shows; so does the URL of a
Redis, which may hold a password, in AGENTTASKS_STATE.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.gateway.service import serve
from pytest_agenttasks.gateway.state import StateError

TOKEN_VARIABLE = "AGENTTASKS_GATEWAY_TOKEN"
STATE_VARIABLE = "AGENTTASKS_STATE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; comes back only when it cannot, with exit code 2 and one line on stderr."""
    options = _parser().parse_args(arguments)
    if options.fd is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # imports take a while; Ctrl-C may come meanwhile
    os.dup2(2, 1)  # libraries that print must not reach the stdout of whoever started this
    # Not for litellm, and not for a child of it.
    token = os.environ.pop(TOKEN_VARIABLE, "")
    state = options.state or os.environ.get(STATE_VARIABLE)
    try:
        serve(token=token, fd=options.fd, port=options.port or 0, models=options.models,
              max_wait=options.max_wait, state=state, life=options.life, log=options.log)  # fmt: skip
    except (ModelsConfigError, StateError, OSError, ValueError) as error:
        sys.stderr.write(f"agenttasks gateway: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("pytest_agenttasks.gateway", description="an OpenAI-compatible gateway")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, help="descriptor of a listening socket")
    where.add_argument("--port", type=int, help="port on loopback, 0 for a free one")
    parser.add_argument("--life", type=int, metavar="PID", help="end with this process; default: the parent")
    parser.add_argument("--models", type=Path, help="models.yaml of the project")
    parser.add_argument("--max-wait", type=float, default=120.0, help="seconds a call may wait for limits")
    parser.add_argument(
        "--state",
        help="where accounts' state is kept: a file, redis://…, memory; default: what AGENTTASKS_STATE says, else the "
        "user's file",
    )
    parser.add_argument("--log", type=Path, help="file to append to; default: stderr")
    return parser


if __name__ == "__main__":
    sys.exit(main())
