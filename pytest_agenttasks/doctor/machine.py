"""What does the work on this machine: the sandbox, the agents, the disks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from pytest_agenttasks.agents import BUILT_IN, READY, Agent, find_agent
from pytest_agenttasks.doctor.finding import Finding, advised, error, note, ok, warning
from pytest_agenttasks.doctor.patient import Patient
from pytest_agenttasks.exceptions import IsolationError, WorkspaceError
from pytest_agenttasks.health import spaces
from pytest_agenttasks.workspace import bytes_below, choose_isolation, left_behind, mend_of, probe_bubblewrap

MIB = 1 << 20
GIB = 1 << 30
LOW = GIB
"""Bytes below which a person is told."""

MUCH = GIB
"""Bytes of old runs from which on a person is told how to be rid of them."""


def sandbox(patient: Patient) -> Iterator[Finding]:
    """Whether commands are held, by a sandbox that is really started."""
    asked = patient.settings.isolation if patient.settings else "auto"
    reason = None if asked == "none" else probe_bubblewrap()
    live = bool(patient.asking)
    try:
        isolation = choose_isolation(asked, live=live)
    except IsolationError:
        yield error(f"the sandbox does not work here: {reason}", mend_of(str(reason)))
        return
    if isolation == "bubblewrap":
        yield ok("bubblewrap works: commands of agents are held in it")
    elif asked == "none":
        told = note if live else ok
        yield told("commands of agents run without a sandbox, as it was asked for (none)")
    else:
        what = "commands of replays run without it, and live work is refused"
        yield warning(f"the sandbox does not work here, so {what}: {reason}", mend_of(str(reason)))


def agents(patient: Patient) -> Iterator[Finding]:
    """Those that selected tasks name must be here; the others are told."""
    named = {plan.agent.name for plan in patient.plans.values()}
    for line in dict.fromkeys(plan.agent.missing() for plan in patient.plans.values()):
        if line:
            yield error(*advised(line))
    known: list[Agent] = [*(find_agent(name) for name in (*BUILT_IN, *READY)), *patient.agents]
    lacking = {agent.name: missing for agent in known if (missing := agent.missing())}
    here = [agent.name for agent in known if agent.name not in lacking]
    yield ok(f"here: {', '.join(here)}")
    for name, missing in lacking.items():
        if name not in named:
            found, mend = advised(missing)
            yield note(f"{name} is not here; no selected task names it" if mend else found, mend)


def space(patient: Patient) -> Iterator[Finding]:
    """Room for the run folder and the workspaces."""
    root = patient.settings.root if patient.settings else Path.cwd()
    try:
        found = list(spaces(root))
    except WorkspaceError as trouble:
        yield error(str(trouble), "export TMPDIR=…   # a folder that lies in no project")
        return
    for one in found:
        left = f"{one.what} ({one.folder}) has {shown(one.free)} left"
        if full := one.full:
            yield error(full, "free some room there; or TMPDIR=… for workspaces")
        elif one.free < LOW:
            yield warning(left, f"df -h {shlex.quote(str(one.folder))}")
        else:
            yield ok(left)


def leftovers(patient: Patient) -> Iterator[Finding]:
    """Old runs, and what killed runs have left."""
    root = patient.settings.root if patient.settings else Path.cwd()
    runs = root / ".agenttasks/runs"
    kept = [one for one in runs.iterdir() if one.is_dir() and not one.is_symlink()] if runs.is_dir() else []
    if kept:
        size = _size(runs)
        told = f"{len(kept)} old runs take {shown(size)} in {runs}"
        yield note(told, f"rm -r {shlex.quote(str(runs))}   # if nobody needs them") if size > MUCH else ok(told)
    left = left_behind()
    if left:
        size = sum(map(_size, left))
        where = ", ".join(sorted({str(folder.parent) for folder in left}))
        yield note(
            f"{len(left)} workspaces of killed runs take {shown(size)} in {where}",
            shlex.join(["rm", "-r", *map(str, left[:5])]) + (" …" if len(left) > 5 else ""),
        )


def _size(folder: Path) -> int:
    try:
        return bytes_below(folder)
    except OSError:
        return 0  # something in it may not be looked at


def shown(size: int) -> str:
    """`312 MiB`, `4.1 GiB`."""
    return f"{size / MIB:.0f} MiB" if size < GIB else f"{size / GIB:.1f} GiB"
