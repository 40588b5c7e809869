"""What can be wrong with a run before it begins: small checks that give findings, each with what mends it.

They know nothing of pytest. What both they and the preflight look at lies in `health` and in `packages`.
"""

from __future__ import annotations

from pytest_agenttasks.doctor.checks import CHECKS
from pytest_agenttasks.doctor.finding import (
    CASSETTES,
    GROUPS,
    PROJECT,
    Check,
    Finding,
    error,
    examine,
    note,
    ok,
    warning,
)
from pytest_agenttasks.doctor.patient import Patient

__all__ = [
    "CASSETTES",
    "CHECKS",
    "GROUPS",
    "PROJECT",
    "Check",
    "Finding",
    "Patient",
    "error",
    "examine",
    "note",
    "ok",
    "warning",
]
