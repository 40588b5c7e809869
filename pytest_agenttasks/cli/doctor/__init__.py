"""`agenttasks doctor`: whether a run would work here, and what mends it."""

from __future__ import annotations

import argparse

from pytest_agenttasks.cli.command import Command


def doctor(options: argparse.Namespace) -> int:
    """Print findings; the exit code is 1 if one is an error, or with --strict a warning."""
    from pytest_agenttasks.cli.doctor.doctor import report

    return report(options.passed_on, live=options.live, strict=options.strict, as_json=options.json)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--live",
        action="store_true",
        help="look at what live work needs as well: keys, servers, and quotas, which a gateway is started for. "
        "No model is asked and nothing is spent. Options behind -- go to pytest",
    )
    parser.add_argument("--strict", action="store_true", help="exit code 1 for warnings too")
    parser.add_argument("--json", action="store_true", help="print JSON")


DOCTOR = Command(
    "doctor",
    "Look whether a run would work here: what is wrong, and the command that mends it.",
    "agenttasks doctor --live -- -m unit_tests",
    _options,
    doctor,
    passes_on=True,
)
