"""Values of options and ini settings: wrong ones are told before anything runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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

_CHOICES = {
    "agenttasks_cassettes": CASSETTES,
    "agenttasks_isolation": ISOLATION,
    "agenttasks_on_quota": ON_QUOTA,
    "agenttasks_order": ORDERS,
    "agenttasks_preflight": PREFLIGHT,
    "agenttasks_live": LIVE,
}


def check_values(config: pytest.Config) -> None:
    """Look at every value that a person gave.

    Raises:
        UsageError: one is wrong.
    """
    presets = config.getoption("model_preset") or []
    twice = next((name for name in presets if presets.count(name) > 1), None)
    if twice:
        raise pytest.UsageError(f"--model-preset {twice} is given twice; repeated trials are `repeat` in a task file")
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
