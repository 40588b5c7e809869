"""Contents by git's names of them, read through one process for all."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from pytest_agenttasks.patches.git import environment


class Contents:
    """Reads what a repository holds."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        """Start the process.

        Args:
            folder: where.
            env: variables that say which repository.
        """
        pipe = subprocess.PIPE
        command = ["git", "cat-file", "--batch"]
        self._process = subprocess.Popen(command, cwd=folder, env=environment(env), stdin=pipe, stdout=pipe)

    def read(self, blob: str) -> bytes:
        """The content of that name, which must be there."""
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answered is not None
        asked.write(f"{blob}\n".encode())
        asked.flush()
        size = int(answered.readline().split()[2])  # `<name> blob <size>`: git-cat-file(1), "BATCH OUTPUT"
        return answered.read(size + 1)[:-1]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
