"""What is known of accounts, and what is left of the day: asked of a gateway that is started for it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pytest_agenttasks.doctor.finding import Finding, error, note, ok, warning
from pytest_agenttasks.doctor.patient import Patient
from pytest_agenttasks.exceptions import GatewayError
from pytest_agenttasks.forecast import blocked, out_of_quota, shortages
from pytest_agenttasks.health import asked_of, different, judges_of, unusable_state
from pytest_agenttasks.models import Standing, span

ELSEWHERE = "come back later, select fewer tasks, or add an account in models.yaml"


def state(patient: Patient) -> Iterator[Finding]:
    """The place of accounts' state."""
    if told := unusable_state(patient.state):
        found, colon, mend = told.partition(": pip")
        yield error(found, f"pip{mend}" if colon else "mend agenttasks_state, or the variable AGENTTASKS_STATE")


def quotas(patient: Patient) -> Iterator[Finding]:
    """With --live: what is left of daily quotas, and which models are cooled."""
    if unusable_state(patient.state):
        return
    if patient.ask is None:
        yield note("what is left of quotas was not asked", "agenttasks doctor --live   # asks no model, spends nothing")
        return
    asking = [*patient.asking, *(plan for plan in patient.judging if plan not in patient.asking)]
    plans = [plan for plan in asking if all(asked_of(chain) for chain in (*different([plan]), *judges_of([plan])))]
    chains = [asked_of(chain) for chain in (*different(plans), *judges_of(plans))]
    names = dict.fromkeys(preset.name for chain in chains for preset in chain)
    if not names:
        yield ok("no selected task would ask a model")
        return
    try:
        standing = patient.ask(list(names))
    except GatewayError as trouble:
        own = "AGENTTASKS_GATEWAY_TOKEN=x agenttasks gateway   # shows more"
        yield error(str(trouble), "start that gateway, or another one" if patient.remote else own)
        return
    yield ok(f"the gateway comes up; accounts' state: {standing.where or 'told by nobody'}")
    yield from (warning(line, "see agenttasks_state") for line in standing.trouble)
    yield from (note(line) for line in _left(standing))
    strict = patient.settings is not None and patient.settings.preflight == "strict"
    heads, now = [chain[0] for chain in chains], time.time()
    for shortage in shortages(plans, standing, None if patient.remote else patient.environ):
        yield (error if strict else warning)(shortage.told(now), ELSEWHERE)
    for line in blocked(heads, standing, now):
        worse = strict and out_of_quota(heads, standing)
        yield (error if worse else warning)(line, ELSEWHERE)


def _left(standing: Standing) -> Iterator[str]:
    for pool in standing.pools:
        until = f", refilled in {span(pool.resets_in)}" if pool.resets_in is not None else ""
        yield f"{pool.left} of {pool.limit} left today for {pool.what}{until}"
