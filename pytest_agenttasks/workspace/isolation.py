"""Which isolation commands get: bubblewrap where it works, and no silent fallback where it matters."""

from __future__ import annotations

import shutil
import sys
from functools import cache
from typing import Literal

from pytest_agenttasks.exceptions import AgentTasksError, IsolationError
from pytest_agenttasks.workspace.commands import Isolation, limits_of, run
from pytest_agenttasks.workspace.folders import temporary_folders
from pytest_agenttasks.workspace.order import Order
from pytest_agenttasks.workspace.resources import Resources

PROBE_SECONDS = 20.0
SETTING = "kernel.apparmor_restrict_unprivileged_userns"
UNGUARDED = "ask for no sandbox with --agent-isolation=none"


def choose_isolation(asked: Literal["auto", "bubblewrap", "none"], *, live: bool) -> Isolation:
    """Decide on the isolation.

    Args:
        asked: what the user said; `auto` is bubblewrap where it works, else none for a replay.
        live: whether models will be asked; their commands run unguarded only where `none` was asked for.

    Raises:
        IsolationError: bubblewrap is needed and does not work.
    """
    if asked == "none":
        return "none"
    reason = probe_bubblewrap()
    if reason is None:
        return "bubblewrap"
    if asked == "auto" and not live:
        return "none"
    raise IsolationError(
        f"the sandbox does not work here: {reason}; "
        "install bubblewrap, or ask for no sandbox with --agent-isolation=none"
    )


def mend_of(reason: str) -> str:
    """What makes a sandbox work that does not for this reason; a command, or a hint."""
    if "needs Linux" in reason:
        return UNGUARDED
    if "not installed" in reason or "or newer" in reason:
        return "sudo apt-get install bubblewrap   # or dnf, pacman, apk"
    if SETTING in reason:
        return f"sudo sysctl -w {SETTING}=0   # Ubuntu; in a container {UNGUARDED}"
    return f"see docs/sandbox.md, or {UNGUARDED}"


@cache
def probe_bubblewrap() -> str | None:
    """Start a sandbox with the options of real ones. Return None if it works, else why not, in one line."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    if shutil.which("bwrap") is None:
        return "the program bwrap is not installed"
    # The interpreter, because it lies where the user put it, and without it no check can run.
    order = Order([sys.executable, "-I", "-S", "-c", "print('ready')"], PROBE_SECONDS, 10_000)
    try:
        with temporary_folders() as folders, limits_of(folders, Resources()) as limits:
            folders.workspace.mkdir()
            result = run(order, folders, "bubblewrap", limits)
    except (AgentTasksError, OSError) as error:
        return _explained(str(error))
    if result.exit_code == 0 and result.output == "ready\n":
        return None
    told = result.output.strip().splitlines()
    return f"{sys.executable} does not run in the sandbox: {told[-1] if told else 'it says nothing'}"


def _explained(reason: str) -> str:
    reason = reason.splitlines()[0]
    if "nknown option" in reason:
        return f"{reason} (bubblewrap 0.8 or newer is needed)"
    if "uid map" in reason or "namespace" in reason:
        return f"{reason} (this machine forbids user namespaces; on Ubuntu see the setting {SETTING})"
    return reason
