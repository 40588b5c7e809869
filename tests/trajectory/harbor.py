"""Harbor's own models say whether a document is ATIF.

The package needs Python 3.12 and brings much along, so it is in no dependency list. Its models need pydantic only:
`pip install --no-deps harbor` and `pip install pydantic`, in an environment of its own whose Python the variable
`HARBOR_PYTHON` names, or in this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from pytest_agenttasks.results import Json

VALIDATE = """
import json, sys
from harbor.models.trajectories import Trajectory
for line in sys.stdin:
    try:
        Trajectory.model_validate(json.loads(line))
        trouble = ""
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"
    print(json.dumps(trouble), flush=True)
"""


class Harbor:
    """Harbor's models in a Python of their own."""

    def __init__(self, python: str) -> None:
        self.python = python
        self._process = subprocess.Popen(
            [python, "-c", VALIDATE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def trouble(self, document: Json) -> str:
        """What is wrong with a document; empty if nothing is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.python} cannot load harbor.models.trajectories"
        return str(json.loads(line))

    def trouble_with_file(self, file: Path) -> str:
        """What Harbor's validator of files says, which also looks for the images that a trajectory refers to."""
        command = [self.python, "-m", "harbor.utils.trajectory_validator", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def find_harbor() -> Harbor:
    """Harbor, or a skip of the test that needs it."""
    python = os.environ.get("HARBOR_PYTHON") or (sys.executable if find_spec("harbor") else "")
    if not python:
        pytest.skip("the package harbor is not here, and HARBOR_PYTHON names no Python that has it")
    return Harbor(python)
