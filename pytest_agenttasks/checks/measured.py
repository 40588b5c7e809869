"""Run pytest under coverage.py and write its report: a program that a check starts in the workspace, never imported.

    python -P start.py measured JOB RECORD [arguments of pytest]

JOB is a JSON file: `include` (names of files), `branch`, `settings` (of coverage.py), and `report`: the JSON file that
is written. There is none where nothing of the files ran, or pytest was ended from inside; where they cannot be read any
more it holds an `error`.

Measured is what runs from where code of the workspace may run for the first time: to follow pytest's own start takes
as long again as the start.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_agenttasks.checks import launcher

if TYPE_CHECKING:
    from coverage import Coverage


def main() -> None:
    """Run the tests, then count."""
    from coverage import Coverage

    job, here = json.loads(Path(sys.argv.pop(1)).read_bytes()), Path.cwd()
    measured = Coverage(data_file=None, config_file=job["settings"], include=job["include"], branch=job["branch"])
    measured.set_option("run:disable_warnings", ["no-data-collected", "module-not-measured"])
    try:
        run(measured)
    finally:
        measured.stop()
        os.chdir(here)  # tests may have left another one; names of files are relative to it
        _report(measured, Path(job["report"]))


def run(measured: Coverage) -> None:
    """Run the tests, and measure from where code of the workspace may run."""
    if _names_plugins(sys.argv[2:]):
        measured.start()
        launcher.main()
    else:
        launcher.main(lambda _: measured.start())


def _names_plugins(arguments: list[str]) -> bool:
    """Whether the arguments or the settings may hold a `-p`: a plugin that it names runs before all else."""
    return any("-p" in text for text in (*arguments, Path(launcher.config()).read_text("utf-8", "replace")))


def _report(measured: Coverage, report: Path) -> None:
    from coverage.exceptions import CoverageException, NoDataError

    try:
        measured.json_report(outfile=str(report))
    except NoDataError:
        return
    except CoverageException as error:
        report.write_text(json.dumps({"error": str(error)}), "utf-8")
