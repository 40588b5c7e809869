"""Models that the selected tasks ask, the keys for them, and whether their servers can be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pytest_agenttasks.doctor.finding import Finding, error, note, ok, warning
from pytest_agenttasks.doctor.odd_keys import looks_wrong
from pytest_agenttasks.doctor.patient import Patient
from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.health import asked_of, different, judges_of, lacks_key, left_out
from pytest_agenttasks.models import Chain, Models, Preset

CONNECT_SECONDS = 5.0
"""How long a server may take to accept a connection."""

SHOWN = 3
"""Names of presets in a line."""


def presets(patient: Patient) -> Iterator[Finding]:
    """Retired models at the head of a chain, and chains with nothing else."""
    plans = list(patient.plans.values())
    for chain in (*different(plans), *judges_of(plans)):
        head = chain.presets[0]
        if not asked_of(chain):
            told = f"every model of the chain {_names(chain.presets)} is retired"
            mend = "name another one: --model-preset NAME, or `model` in the task file"
            yield error(told, mend) if patient.asking else warning(f"{told}: only replays work", mend)
        elif head.retired:
            fate = "tried first, as it was named" if chain.by_name else "passed over"
            where = f"{chain.source}: {head.name} is retired ({head.retired})"
            yield note(f"{where}: where models are asked it is {fate}", "name another one in models.yaml")
        else:
            yield ok(f"{chain.source}: {_names(chain.presets)}")


def keys(patient: Patient) -> Iterator[Finding]:
    """Variables with keys: whether they are set, whom they serve, and whether they look like keys."""
    if patient.settings is None:
        return
    if patient.remote:
        yield note("keys are the gateway's own (--agent-gateway)")
        return
    environ = patient.environ
    asking = [*different(patient.asking), *judges_of(patient.judging)]
    for told in dict.fromkeys(_missing(chain, environ) for chain in asking):
        if told:
            yield error(told, f"export {told.partition('the variable ')[2].split()[0].rstrip(',')}=…")
    usable = [chain for chain in asking if asked_of(chain)]
    yield from (note(line) for line in left_out(usable, environ))
    for variable, served in _served(patient, patient.settings.models).items():
        value = environ.get(variable, "")
        if value and (why := looks_wrong(variable, value)):
            yield warning(f"{variable} {why}", f"export {variable}=…   # the key alone")
        elif value:
            yield ok(f"{variable} is set: for {_names(served)}")
        elif not asking:
            yield note(f"{variable} is not set, for {_names(served)}: a replay needs none", f"export {variable}=…")


def servers(patient: Patient) -> Iterator[Finding]:
    """With --live: whether the servers that models.yaml names accept a connection. Nothing is sent."""
    from urllib.request import getproxies, proxy_bypass

    if not patient.live or patient.remote:
        return
    chains = [*different(patient.asking), *judges_of(patient.judging)]
    bases = dict.fromkeys(one.api_base for chain in chains for one in asked_of(chain) if one.api_base)
    for where in dict.fromkeys(_address(base) for base in bases):
        scheme, host, port = where
        if scheme in getproxies() and not proxy_bypass(host):
            yield note(f"{host} is asked through a proxy, and was not tried")
            continue
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
        except (OSError, ValueError, OverflowError) as trouble:
            yield error(f"{host}:{port} does not accept connections: {trouble}", "see api_base in models.yaml")
        else:
            yield ok(f"{host}:{port} accepts connections")


def _address(base: str) -> tuple[str, str, int]:
    parts = urlsplit(base)
    return parts.scheme, parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def _missing(chain: Chain, environ: Mapping[str, str]) -> str | None:
    try:
        return lacks_key(chain, environ)
    except ModelsConfigError:  # all are retired, which is told
        return None


def _served(patient: Patient, models: Models) -> dict[str, list[Preset]]:
    """Variable → presets that it serves, of the selected tasks; without tasks, of the default chain."""
    plans = list(patient.plans.values())
    chains = [*different(plans), *judges_of(plans)]
    presets = [one for chain in chains for one in chain.presets] or list(models.default_chain())
    found: dict[str, dict[str, Preset]] = {}
    for preset in presets:
        for account in preset.accounts:
            if account.variable and not preset.retired:
                found.setdefault(account.variable, {})[preset.name] = preset
    return {variable: list(served.values()) for variable, served in found.items()}


def _names(presets: list[Preset] | tuple[Preset, ...]) -> str:
    names = [preset.name for preset in presets]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
