"""Chains and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.forecast import usable
from pytest_agenttasks.models import Chain, Preset
from pytest_agenttasks.settings import Plan


def different(plans: Iterable[Plan]) -> list[Chain]:
    """The different chains of these plans."""
    chains = [plan.chain for plan in plans if plan.chain]
    return list({tuple(preset.name for preset in chain.presets): chain for chain in chains}.values())


def asked_of(chain: Chain) -> tuple[Preset, ...]:
    """The models of a chain that are really asked; none where all are retired."""
    try:
        return chain.live
    except ModelsConfigError:
        return ()


def variables_of(preset: Preset) -> str:
    """The variables that could hold a key for it."""
    return " or ".join(account.variable for account in preset.accounts if account.variable)


def lacks_key(chain: Chain, environ: Mapping[str, str]) -> str | None:
    """That the first model of a chain has a key for none of its accounts.

    Raises:
        ModelsConfigError: all models of the chain are retired.
    """
    head = chain.live[0]
    if usable(head, environ):
        return None
    return f"{head.name} ({head.model}) needs the variable {variables_of(head)}, which is not set"


def left_out(chains: Iterable[Chain], environ: Mapping[str, str]) -> list[str]:
    """Fallbacks without a key, a line for each variable: the run goes on without them.

    Raises:
        ModelsConfigError: all models of a chain are retired.
    """
    found: dict[str, set[str]] = {}
    for preset in (preset for chain in chains for preset in chain.live[1:]):
        if not usable(preset, environ):
            found.setdefault(variables_of(preset), set()).add(preset.name)
    return [f"left out for want of {key}: {', '.join(sorted(names))}" for key, names in found.items()]
