"""What the subcommand `doctor` does; imported only when it is run, with all that it looks at."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.cassettes.project import USAGE_ERRORS, Ran, project_of, run_pytest, words_of
from pytest_agenttasks.cli.command import Refused, tell
from pytest_agenttasks.cli.doctor.recordings import RECORDINGS
from pytest_agenttasks.cli.doctor.table import json_of, lines
from pytest_agenttasks.doctor import CHECKS, PROJECT, Finding, Patient, error, examine, note
from pytest_agenttasks.health import unsupported
from pytest_agenttasks.scrub import Secrets

NARROW = 80
"""Columns where the output is no terminal."""


def report(passed_on: Sequence[str], *, live: bool, strict: bool, as_json: bool) -> int:
    """Print findings; 1 if one is an error, or where it is strict a warning.

    Raises:
        Refused: there is no current folder.
    """
    _need_a_folder()
    findings = _scrubbed(examined(passed_on, live=live))
    bad = ("error", "warning") if strict else ("error",)
    code = int(any(finding.level in bad for finding in findings))
    if as_json:
        print(json_of(findings, code))
        return code
    columns = shutil.get_terminal_size((NARROW, 24)).columns if sys.stdout.isatty() else NARROW
    for line in lines(findings, columns):
        tell(line)
    return code


def _need_a_folder() -> None:
    try:
        os.getcwd()  # noqa: PTH109 - whether it is there is all that is asked
    except OSError as trouble:
        raise Refused(f"the current folder cannot be used ({trouble.strerror}); cd into the project") from None


def examined(passed_on: Sequence[str], *, live: bool) -> list[Finding]:
    """Everything that is found: in pytest where it can be asked, else what can be known without it."""
    if unsupported():
        return examine([check for check in CHECKS if check.name == "python"], Patient())
    try:
        ran, found = _asked_of_pytest(passed_on, live)
    except OSError as trouble:  # no temporary folder, no more processes
        ran, found = None, None
        words = f"pytest could not be started: {trouble}"
    if found is None:
        found = examine(CHECKS, Patient(live=live))
    if ran is None:
        return [*found, _of_pytest(words, "make room, or set TMPDIR to a folder that can be written to")]
    recordings = _cassettes(ran)
    if live:  # whatever is wrong with recordings, live work does not play them
        recordings = [one if one.level == "ok" else replace(one, level="note") for one in recordings]
    return [*found, *_trouble(ran, found), *recordings]


def _asked_of_pytest(passed_on: Sequence[str], live: bool) -> tuple[Ran, list[Finding] | None]:
    with tempfile.TemporaryDirectory(prefix="agenttasks-") as folder:
        file = Path(folder) / "findings.json"
        plugin = ["-p", "pytest_agenttasks.examination", f"--agent-examination={file}"]
        wanted = ["--agent-examination-live"] if live else []
        ran = run_pytest(["--collect-only", "-q", *plugin, *wanted, *passed_on])
        try:
            found: list[Any] = json.loads(file.read_bytes())
        except (OSError, ValueError):
            return ran, None
    return ran, [Finding(**one) for one in found]


def _trouble(ran: Ran, found: Sequence[Finding]) -> Iterator[Finding]:
    """Why pytest would run nothing, in its words, unless a check has said so."""
    if ran.code not in USAGE_ERRORS and ran.found is not None:
        return
    words = words_of(ran.output) or f"it ended with {ran.code} and said nothing"
    if not any(one.level == "error" and one.found in words for one in found):
        yield _of_pytest(f"pytest would run nothing: {words}", "mend what it says, then look again")


def _of_pytest(found: str, mend: str) -> Finding:
    return replace(error(found, mend), check="pytest", group=PROJECT)


def _cassettes(ran: Ran) -> list[Finding]:
    if ran.found is None:
        return [replace(note("not looked at, as pytest could not be asked"), check="cassettes", group=RECORDINGS.group)]
    try:
        return examine([RECORDINGS], project_of(ran.found))
    except Refused as refused:
        return [replace(error(str(refused), "mend what it says"), check="cassettes", group=RECORDINGS.group)]


def _scrubbed(findings: Sequence[Finding]) -> list[Finding]:
    """Without secrets: URLs with passwords are in the words of others."""
    scrub = Secrets(os.environ).scrub
    return [replace(one, found=scrub(one.found), mend=scrub(one.mend)) for one in findings]
