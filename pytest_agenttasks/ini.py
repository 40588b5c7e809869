"""Values of options and ini settings: wrong ones are told before anything runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_agenttasks.models import Budget
    from pytest_agenttasks.workspace import Resources

CASSETTES = ("replay", "record", "auto", "live")
ISOLATION = ("auto", "bubblewrap", "none")
ON_QUOTA = ("end", "wait")
ORDERS = ("expected", "file")
PREFLIGHT = ("warn", "strict", "off")
LIVE = ("auto", "off")

MOST_TRIALS = 1000
"""More in one run are a slip of the finger: every trial is an item of its own, and costs what it costs."""

MOST_IN_FLIGHT = 1000
"""Each is a thread, a connection, and often a process: with more the machine is in the way, whatever it is."""

_CHOICES = {
    "agenttasks_cassettes": CASSETTES,
    "agenttasks_isolation": ISOLATION,
    "agenttasks_on_quota": ON_QUOTA,
    "agenttasks_order": ORDERS,
    "agenttasks_preflight": PREFLIGHT,
    "agenttasks_live": LIVE,
}


SETTINGS: tuple[tuple[str, str | list[str], str], ...] = (
    ("paths", ["tasks"], "folders, in the root or where pytest is started, whose YAML files are task files"),
    ("models", "", "models file of the project (default: models.yaml in the root, if there)"),
    ("cassettes", "replay", "default of --agent-cassettes"),
    ("cassette_dir", "cassettes", "folder of the cassettes"),
    ("cassette_max_age", "",
     "age from which `agenttasks cassettes ls` calls a cassette expired: 12h, 90d, 8w (default: none is)"),
    ("allow_hosts", [],
     "hosts that the code of replayed tasks may reach besides this machine: names, addresses, networks "
     "(10.0.0.0/8), or * for all"),
    ("secrets", [],
     "variables whose values are secret, besides those whose names look so and those that models.yaml names"),
    ("isolation", "auto", "default of --agent-isolation"),
    ("resources", [],
     "what a command may use of the machine: memory_mb=4096 processes=1024 file_mb=2048 disk_mb=8192"),
    ("max_wait", "120", "seconds that one call waits for cooldowns before the task ends"),
    ("on_quota", "end", "default of --agent-on-quota"),
    ("max_run_time", "21600", "seconds since the run began after which no quota is waited for; 0: no end"),
    ("preflight", "warn",
     "before live work, where less is left of daily quotas than the tasks need: warn, strict (do not begin), off"),
    ("order", "expected",
     "what tasks of the same priority start by: expected (length in earlier runs, so that workers end together; "
     "similar ones together), file (as they are listed)"),
    ("live", "auto",
     "how a run stands while it runs: auto (a live line on a terminal, a plain line now and then in a log), or off"),
    ("log_every", "60", "seconds between two of the lines in a log; 0: none"),
    ("state", "",
     "where cooldowns, requests and spend of accounts are kept: a file, redis://…, or memory (default: a file of "
     "the user's); the variable AGENTTASKS_STATE comes before it"),
)  # fmt: skip
"""Each ini setting: its name behind `agenttasks_`, its default (a list: it takes several words), and its help."""


def add_settings(parser: pytest.Parser) -> None:
    """Make the ini settings known to pytest."""
    for name, default, told in SETTINGS:
        kind: Any = {"type": "args"} if isinstance(default, list) else {}
        parser.addini(f"agenttasks_{name}", told, default=default, **kind)


def check_values(config: pytest.Config) -> None:
    """Look at every value that a person gave.

    Raises:
        UsageError: one is wrong.
    """
    presets = config.getoption("model_preset") or []
    twice = next((name for name in presets if presets.count(name) > 1), None)
    if twice:
        raise pytest.UsageError(f"--model-preset {twice} is given twice; for repeated trials there is --agent-repeat")
    repeat_of(config)
    in_flight(config)
    for name, allowed in _CHOICES.items():
        value = config.getini(name)
        if value not in allowed:
            raise pytest.UsageError(f"{name} = {value}: expected one of {', '.join(allowed)}")
    for name in ("agenttasks_max_wait", "agenttasks_max_run_time", "agenttasks_log_every"):
        seconds_of(config, name)
    if config.getoption("agent_budget"):
        budget_of(config)
    if config.getini("agenttasks_allow_hosts"):
        _check_hosts(config)
    if config.getini("agenttasks_cassette_max_age"):
        _check_age(config)
    if config.getini("agenttasks_resources"):
        resources_of(config)


def _check_hosts(config: pytest.Config) -> None:
    from pytest_agenttasks.network import Hosts

    try:
        Hosts(config.getini("agenttasks_allow_hosts"))
    except ValueError as error:
        raise pytest.UsageError(f"agenttasks_allow_hosts = {error}") from None


def _check_age(config: pytest.Config) -> None:
    from pytest_agenttasks.cassettes import seconds_of_age

    try:
        seconds_of_age(config.getini("agenttasks_cassette_max_age"))
    except ValueError as error:
        raise pytest.UsageError(f"agenttasks_cassette_max_age = {error}") from None


def seconds_of(config: pytest.Config, name: str) -> float:
    """An ini setting that is a time.

    Raises:
        UsageError: it is no number of seconds.
    """
    value = config.getini(name)
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise pytest.UsageError(f"{name} = {value}: expected seconds")
    return seconds


def resources_of(config: pytest.Config) -> Resources:
    """What the commands of a workspace may use of the machine.

    Raises:
        UsageError: a limit is unknown, or no positive whole number.
    """
    from dataclasses import fields

    from pytest_agenttasks.workspace import Resources

    known = [field.name for field in fields(Resources)]
    found: dict[str, int] = {}
    for one in config.getini("agenttasks_resources"):
        name, _, number = one.partition("=")
        if name not in known or not number.isascii() or not number.isdecimal() or not int(number):
            expected = ", ".join(f"{name}=NUMBER" for name in known)
            raise pytest.UsageError(f"agenttasks_resources = {one}: expected one of {expected}, above 0")
        found[name] = int(number)
    return Resources(**found)


def repeat_of(config: pytest.Config) -> int | None:
    """`--agent-repeat`: trials of each task; None: as many as the task files say.

    Raises:
        UsageError: it is no whole number from 1 to `MOST_TRIALS`.
    """
    value: str | None = config.getoption("agent_repeat")
    if value is None:
        return None
    if not _is_number(value, MOST_TRIALS):
        raise pytest.UsageError(
            f"--agent-repeat {value}: expected how many trials to make of each task, from 1 to {MOST_TRIALS}"
        )
    return int(value)


def in_flight(config: pytest.Config) -> int | None:
    """`--agents-in-flight`: agents that work at the same time in this process; None: one after the other.

    Raises:
        UsageError: it is no whole number from 1 to `MOST_IN_FLIGHT`, or xdist has workers.
    """
    value: str | None = config.getoption("agents_in_flight")
    if value is None:
        return None
    if not _is_number(value, MOST_IN_FLIGHT):
        raise pytest.UsageError(
            f"--agents-in-flight {value}: expected how many agents work at the same time, from 1 to {MOST_IN_FLIGHT}"
        )
    if config.getoption("tx", None):
        raise pytest.UsageError(
            "--agents-in-flight is for runs without xdist's workers: give -n0 as well, or -n alone; "
            "docs/in-flight.md tells which is for what"
        )
    return int(value)


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most


def budget_of(config: pytest.Config) -> Budget:
    """`--agent-budget`.

    Raises:
        UsageError: an amount is wrong, or there are two of a kind.
    """
    from pytest_agenttasks.models import Budget

    try:
        return Budget.of(config.getoption("agent_budget") or ())
    except ValueError as error:
        raise pytest.UsageError(f"--agent-budget {error}") from None
