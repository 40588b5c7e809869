"""One thing that is wrong with a task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_agenttasks.results import Json
from pytest_agenttasks.validation.codes import CODES, Level

Found = tuple[str, int, str]
"""What a rule of reading finds: code, line, message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        code: one of `CODES`.
        message: one line.
        file: the task file, as pytest shows it.
        line: 1-based.
        task: node id; empty for a file that could not be read.
        evidence: further lines.
    """

    code: str
    message: str
    file: str
    line: int
    task: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """How bad it is."""
        return CODES[self.code].level

    @property
    def mend(self) -> str:
        """What to do."""
        return CODES[self.code].mend

    @classmethod
    def from_json(cls, data: Json) -> Finding:
        """From what `dataclasses.asdict` made."""
        return cls(**{**data, "evidence": tuple(data["evidence"])})


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place; what is the same for several tasks stays side by side."""
    return sorted(findings, key=lambda one: (one.file, one.line, list(CODES).index(one.code), one.task))
