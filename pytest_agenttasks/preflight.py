"""What must hold before the first task, and what a person is told of it: no pytest in here."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pytest_agenttasks.exceptions import AgentTasksError, GatewayError, ModelsConfigError
from pytest_agenttasks.forecast import blocked, out_of_quota, shortages
from pytest_agenttasks.health import (
    different,
    full_disks,
    judges_at_work,
    judges_of,
    lacking_tools,
    lacks_key,
    left_out,
    own_judges,
    unsupported,
)
from pytest_agenttasks.models import Chain, moment
from pytest_agenttasks.settings import Plan, Settings
from pytest_agenttasks.workspace import choose_isolation, probe_bubblewrap

MOST_LINES = 6
"""Lines about models in the header."""

WORDS = {"replay": "replayed", "record": "recorded live", "live": "live", "none": "without a model"}


class PreflightError(AgentTasksError):
    """The run must not begin; the message says why and what to do."""


def preflight(plans: list[Plan], settings: Settings, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Look at everything that would make tasks fail one by one.

    Returns:
        Lines for the header.

    Raises:
        PreflightError: this is Windows; a tool of a check, an agent, a key or a package is missing; a disk is full;
            a model would judge its own work; quotas do not suffice and `settings.preflight` is strict.
        GatewayError: the gateway of `--agent-gateway` is not there.
        ModelsConfigError: a chain has only retired models.
        IsolationError: the sandbox that was asked for does not work.
    """
    live, judged = [plan for plan in plans if plan.live], [plan for plan in plans if plan.asks_judges]
    _refuse(own_judges(plans))
    isolation = check_machine(plans, settings)
    if settings.remote_gateway:
        notes = _need_gateway([*live, *judged], settings)
    else:
        notes = _need_keys_and_packages(live, judged, environ)
    counted = Counter(WORDS[plan.action] for plan in plans)
    how = " · ".join(f"{count} {word}" for word, count in counted.items()) or "none to be done"
    head = f"agent tasks: {how} · sandbox {isolation}{_why_none(settings, isolation)}"
    lines = [head, *_models_lines(different(plans), bool(live)), *_judges_lines(plans, judged), *notes]
    if not live and not judged:
        return lines
    return [*lines, *_bounds(settings), *_quota_lines(live, judged, settings, environ)]


def check_machine(plans: list[Plan], settings: Settings) -> str:
    """Look at what a machine must have that does these tasks.

    Returns:
        The isolation that commands get.

    Raises:
        PreflightError: this is Windows; a tool of a check, an agent or a package is missing; a disk is full.
        IsolationError: the sandbox that was asked for does not work.
    """
    if told := unsupported():
        raise PreflightError(told)
    _refuse(lacking_tools(plans))
    _refuse(sorted({reason for plan in plans if (reason := plan.agent.missing())}))
    _refuse(full_disks(settings.root))
    return choose_isolation(settings.isolation, live=any(plan.live for plan in plans))


def _why_none(settings: Settings, isolation: str) -> str:
    """Why a replay does without a sandbox that nobody has declined."""
    reason = probe_bubblewrap() if settings.isolation == "auto" and isolation == "none" else None
    return f" ({reason})" if reason else ""


def _need_gateway(live: list[Plan], settings: Settings) -> list[str]:
    client = settings.client()
    if live and client is not None:
        client.check()
    return []


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise PreflightError("\n".join(reasons))


def _need_keys_and_packages(live: list[Plan], judged: list[Plan], environ: Mapping[str, str]) -> list[str]:
    """The first model of each chain needs a key for one of its accounts; fallbacks without are told and left out."""
    if not live and not judged:
        return []
    chains, judges = different(live), judges_of(judged)
    for chain in chains:
        if lack := lacks_key(chain, environ):
            raise PreflightError(
                f"{lack}; {len(live)} task(s) would ask models. Set it, choose another model with --model-preset, "
                "or replay with --agent-cassettes=replay"
            )
    for chain in judges:
        if lack := lacks_key(chain, environ):
            raise PreflightError(
                f"the judge {lack}; {len(judged)} task(s) would ask judges. Set it, name another judge (`model` of the "
                "check, or `judge` in models.yaml), or replay with --agent-cassettes=replay"
            )
    from pytest_agenttasks.packages import live_trouble

    stops, odd = live_trouble()
    _refuse(stops)
    return [*left_out([*chains, *judges], environ), *(f"warning: {line}" for line in odd)]


def _bounds(settings: Settings) -> list[str]:
    """What bounds a live run as a whole."""
    lines = [f"budget of the run: {settings.budget}"] if str(settings.budget) else []
    if settings.quota_until is not None:
        endless = settings.quota_until == float("inf")
        lines.append(f"quotas: waited for{'' if endless else f', until {moment(settings.quota_until)} at the latest'}")
    return lines


def _quota_lines(live: list[Plan], judged: list[Plan], settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """What the gateway knows that a person should know before it begins.

    Raises:
        PreflightError: it does not suffice, and `settings.preflight` is strict.
    """
    client = settings.client() if settings.preflight != "off" else None
    if client is None:
        return []
    chains = [*different(live), *judges_of(judged)]
    names = dict.fromkeys(preset.name for chain in chains for preset in chain.live)
    try:
        standing = client.standing(list(names))
    except GatewayError as error:
        return [f"warning: what is left of quotas is not known: {error}"]
    keys = None if settings.remote_gateway else environ
    heads, now = [chain.live[0] for chain in chains], time.time()
    asking = [*live, *(plan for plan in judged if not plan.live)]
    short = [shortage.told(now) for shortage in shortages(asking, standing, keys)]
    cooled = blocked(heads, standing, now)
    if settings.preflight == "strict" and (short or out_of_quota(heads, standing)):
        raise PreflightError("\n".join([*short, *cooled, _STRICT]))
    return [f"warning: {line}" for line in (*standing.trouble, *short, *cooled)]


_STRICT = (
    "the run does not begin, as agenttasks_preflight = strict; select fewer tasks or other models, come back later, "
    "or set it to warn"
)


def _models_lines(chains: list[Chain], live: bool) -> list[str]:
    lines = []
    for chain in chains:
        head, *rest = chain.presets
        usable = [preset.name for preset in rest if not preset.retired]
        follow = f", then {', '.join(usable[:3])}{', …' if len(usable) > 3 else ''}" if usable else ", pinned"
        lines.append(f"models: {head.name} ({chain.source}){follow}")
        if live and head.retired:
            fate = "tried first, as it was named" if chain.by_name else "passed over"
            lines.append(f"warning: {head.name} is retired ({head.retired}): {fate}")
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"… {len(chains)} different chains"]


def _judges_lines(plans: list[Plan], judged: list[Plan]) -> list[str]:
    """Who judges."""
    lines = []
    for chain in judges_of(plans):
        head, *rest = chain.presets
        follow = f", then {', '.join(preset.name for preset in rest[:3])}{', …' if len(rest) > 3 else ''}"
        lines.append(f"judge: {head.name}{follow if rest else ''}")
        if judged and head.retired:
            lines.append(f"warning: the judge {head.name} is retired ({head.retired})")
    if judged:
        lines += [f"warning: {line}" for line in judges_at_work(judged)]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"… {len(lines)} lines on judges"]


def check_names(settings: Settings) -> None:
    """Resolve what the command line and the environment name.

    Raises:
        ModelsConfigError: a name is unknown.
    """
    named, fallbacks = settings.wishes.named(), settings.wishes.fallbacks or ()
    if named is not None:
        _told_by(named[1], settings.models.find, named[0])
    _told_by("--model-fallbacks", settings.models.expand, fallbacks)


def _told_by(source: str, look_up: Callable[[Any], object], name: object) -> None:
    try:
        look_up(name)
    except ModelsConfigError as error:
        raise ModelsConfigError(f"{source}: {error}") from None
