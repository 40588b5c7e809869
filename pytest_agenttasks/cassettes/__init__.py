"""Recorded calls of one task on one preset: record them, and replay them exactly, offline.

A cassette stands between an agent's session and the gateway. It is recorded by vcrpy, as a plain object: nothing
in the process is patched, so that many tasks record and replay side by side in threads.
"""

from __future__ import annotations

from pytest_agenttasks.cassettes.age import seconds_of_age, shown_age
from pytest_agenttasks.cassettes.cassette import Cassette, Drift, Send, open_cassette
from pytest_agenttasks.cassettes.compare import Difference, call_differences, header_differences
from pytest_agenttasks.cassettes.glance import calls_recorded
from pytest_agenttasks.cassettes.normalise import VOLATILE, Normaliser, Volatile, own_patterns
from pytest_agenttasks.cassettes.paths import Action, Mode, cassette_path, plan, presets_recorded
from pytest_agenttasks.cassettes.recording import Recording, Step, is_cassette, tokens_of
from pytest_agenttasks.cassettes.store import leftovers

__all__ = [
    "VOLATILE",
    "Action",
    "Cassette",
    "Difference",
    "Drift",
    "Mode",
    "Normaliser",
    "Recording",
    "Send",
    "Step",
    "Volatile",
    "call_differences",
    "calls_recorded",
    "cassette_path",
    "header_differences",
    "is_cassette",
    "leftovers",
    "open_cassette",
    "own_patterns",
    "plan",
    "presets_recorded",
    "seconds_of_age",
    "shown_age",
    "tokens_of",
]
