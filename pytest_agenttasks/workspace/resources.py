"""How much the commands of a workspace may use of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields


def _default_processes() -> int:
    # Numerical libraries start a thread for each core in each process, and test runners a process for each core.
    return 1024 + 64 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits for each command with all that it starts. They are there for accidents and attacks: work does not meet
    the defaults.

    Attributes:
        memory_mb: memory of all processes together, in MiB; what they share counts once, mapped files do not count.
        processes: processes and threads alive at once. By default 1024, and 64 for each core.
        file_mb: size of a single file, in MiB.
        disk_mb: what workspace, /tmp and home take together on the disk, in MiB, and no more than half of what was
            free on it at the beginning.

    Raises:
        ValueError: a limit is not positive.
    """

    memory_mb: int = 4096
    processes: int = field(default_factory=_default_processes)
    file_mb: int = 2048
    disk_mb: int = 8192

    def __post_init__(self) -> None:
        for one in fields(self):
            if getattr(self, one.name) <= 0:
                raise ValueError(f"{one.name} is {getattr(self, one.name)}, but must be positive")

    @property
    def refused_processes(self) -> int:
        """At this number the kernel starts no more, where it can be told: a little above that which ends a command."""
        return self.processes + self.processes // 8 + 8

    def told(self, exceeded: str) -> str:
        """Say what a command was ended for, for its output."""
        how = {
            "memory": f"it used more than {self.memory_mb} MiB of memory",
            "processes": f"it had more than {self.processes} processes and threads",
            "file size": f"it wrote a file of more than {self.file_mb} MiB",
            "disk": f"workspace, /tmp and home take more than {self.disk_mb} MiB, or half of the free disk",
        }
        return f"[the command was ended: {how[exceeded]}]"
