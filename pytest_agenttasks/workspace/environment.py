"""The environment of commands: built from nothing, the same on every machine, no key in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

# A fixed date makes the hashes of an agent's commits, which git prints, the same in every run.
_COMMIT_DATE = "2020-01-01T00:00:00Z"

_FIXED = {
    # A pytest that an agent starts must not load this plugin: it may lie outside the sandbox, and has no part there.
    "PYTEST_ADDOPTS": "-p no:agenttasks",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "COLUMNS": "80",
    "LINES": "24",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "USER": "agent",
    "LOGNAME": "agent",
    "GIT_AUTHOR_NAME": "agent",
    "GIT_AUTHOR_EMAIL": "agent@example.invalid",
    "GIT_AUTHOR_DATE": _COMMIT_DATE,
    "GIT_COMMITTER_NAME": "agent",
    "GIT_COMMITTER_EMAIL": "agent@example.invalid",
    "GIT_COMMITTER_DATE": _COMMIT_DATE,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def search_path() -> str:
    """Where commands look for programs: beside the interpreter, then in the system's folders."""
    return f"{Path(sys.executable).parent}:{SYSTEM_PATH}"


def command_environment(home: str, tmp: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Return all variables a command gets; `extra` wins."""
    return {"PATH": search_path(), "HOME": home, "TMPDIR": tmp, **_FIXED, **extra}
