"""Recorded calls of one task on one preset: record them, and replay them exactly, offline.

A cassette stands between an agent's session and the gateway. It is kept by vcrpy, as a plain object: nothing
in the process is patched, so that many tasks record and replay side by side in threads.
"""

from __future__ import annotations

from pytest_agenttasks.cassettes.cassette import Cassette, Drift, Send, open_cassette
from pytest_agenttasks.cassettes.glance import calls_recorded
from pytest_agenttasks.cassettes.normalise import VOLATILE, Normaliser, Volatile, own_patterns
from pytest_agenttasks.cassettes.paths import Action, Mode, cassette_path, plan, presets_recorded
from pytest_agenttasks.cassettes.scrub import Secrets

__all__ = [
    "VOLATILE",
    "Action",
    "Cassette",
    "Drift",
    "Mode",
    "Normaliser",
    "Secrets",
    "Send",
    "Volatile",
    "calls_recorded",
    "cassette_path",
    "open_cassette",
    "own_patterns",
    "plan",
    "presets_recorded",
]
