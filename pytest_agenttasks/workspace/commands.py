"""One command, run in either isolation: the same shell, environment, output and end."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from functools import cache
from typing import Literal

from pytest_agenttasks.results import CommandResult
from pytest_agenttasks.workspace import bubblewrap, plain
from pytest_agenttasks.workspace.environment import SYSTEM_PATH
from pytest_agenttasks.workspace.folders import Folders
from pytest_agenttasks.workspace.order import Order
from pytest_agenttasks.workspace.output import BoundedOutput
from pytest_agenttasks.workspace.running import follow

Isolation = Literal["bubblewrap", "none"]

# Linux takes no longer one, with the NUL at its end: MAX_ARG_STRLEN in execve(2).
LONGEST_WORD_BYTES = 131_071


def run(order: Order, folders: Folders, isolation: Isolation) -> CommandResult:
    """Run the command to its end.

    Raises:
        IsolationError: the sandbox could not be made.
        WorkspaceError: a folder of `writable` or `readable` cannot be shown.
    """
    begun = time.monotonic()
    folders.make_private()
    words, output = command_words(order.command), BoundedOutput(order.output_limit, folders.shown())
    if isolation == "bubblewrap":
        started = bubblewrap.start(words, folders, order)
    else:
        started = plain.start(words, folders, order.env)
    ended = follow(started, output, order.seconds, order.cancel)
    text, left_out = output.end()
    code: int | None = None
    if not ended.stopped:
        sandboxed = isolation == "bubblewrap"
        code = bubblewrap.exit_code(ended, text) if sandboxed else plain.exit_code(ended)
    return CommandResult(code, text, left_out, time.monotonic() - begun)


def command_words(command: str | Sequence[str]) -> list[str]:
    """Return what is started. A shell starts a list too: it tells a missing program by 127 and a message.

    Raises:
        ValueError: no program can be given such words.
    """
    given = [shell(), "-c", command] if isinstance(command, str) else ["sh", "-c", 'exec "$@"', "sh", *command]
    for word in given:
        if "\0" in word:
            raise ValueError("a command cannot hold a NUL character")
        if len(os.fsencode(word)) > LONGEST_WORD_BYTES:
            raise ValueError(f"the command is longer than {LONGEST_WORD_BYTES} bytes: write long texts to a file first")
    return given


@cache
def shell() -> str:
    """Return `bash`, or `sh` where there is none."""
    return "bash" if shutil.which("bash", path=SYSTEM_PATH) else "sh"
