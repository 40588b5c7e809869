"""Chains and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.forecast import usable
from pytest_agenttasks.models import Chain, Preset
from pytest_agenttasks.settings import Plan


def different(plans: Iterable[Plan]) -> list[Chain]:
    """The different chains of these plans."""
    return _each_once(plan.chain for plan in plans if plan.chain)


def judges_of(plans: Iterable[Plan]) -> list[Chain]:
    """The different chains of the judges of these plans."""
    return _each_once(judge.chain for plan in plans for judge in plan.judges)


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


def own_judges(plans: Iterable[Plan]) -> list[str]:
    """Models that would judge the work that they are asked for, a line for each."""
    found: dict[tuple[str, str], list[str]] = {}
    for plan in plans:
        for judge in plan.judges if plan.chain else ():
            head = plan.chain.presets[0] if plan.chain else None
            own = [preset.name for preset in judge.chain.presets if head and preset.model == head.model]
            if own and not judge.options.same_model:
                found.setdefault((own[0], plan.requested), []).append(f"{plan.task.document.path}::{plan.task.name}")
    return [
        f"{judge} would judge its own work in {_some(tasks)}, which asks {asked}: choose another model "
        "with --model-preset, or another judge (`model` of the check, or `judge` in models.yaml), or allow it with "
        "`same_model: true`"
        for (judge, asked), tasks in found.items()
    ]


def judges_at_work(plans: Iterable[Plan]) -> list[str]:
    """Judges all of whose models are fallbacks of the work that they judge, a line for each."""
    found: dict[str, int] = {}
    for plan in plans:
        fallbacks = {preset.model for preset in plan.chain.presets[1:]} if plan.chain else set()
        for judge in plan.judges:
            if not judge.options.same_model and {preset.model for preset in judge.chain.presets} <= fallbacks:
                found[judge.chain.requested] = found.get(judge.chain.requested, 0) + 1
    return [
        f"the judge {name} is also a fallback in {count} task(s): where it does the work, nobody is left to judge it"
        for name, count in found.items()
    ]


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


def _each_once(chains: Iterable[Chain]) -> list[Chain]:
    return list({tuple(preset.name for preset in chain.presets): chain for chain in chains}.values())


def _some(names: Sequence[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
