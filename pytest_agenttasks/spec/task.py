"""A task: one work item as its file says it, and where in the file that stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_agenttasks.spec.schema import TaskSpec
from pytest_agenttasks.spec.slug import folder, slug
from pytest_agenttasks.yamlfile import Document, Location

MERGED = ("limits", "workspace")
"""Mappings of which a task may give some keys and `defaults` the others."""


@dataclass(frozen=True, slots=True)
class Task:
    """One work item, ready to run.

    Attributes:
        spec: with defaults and matrix values filled in.
        name: its id, with the matrix values in brackets.
        path: the task file.
        document: the file as parsed, for positions.
        location: where the task stands in the document.
        preset: the preset that this item is bound to, where a run compares several; then `name` ends in it.
        unbound: the name without that preset; empty where it is the same.
        unit: the name without preset and trial: what trials and comparisons have in common.
        trial: which of several independent trials it is, from 1; 0 where there is one.
        place: which of the presets that a run compares it is bound to, from 1 as they were given; else 0.
    """

    spec: TaskSpec
    name: str
    path: Path
    document: Document
    location: Location
    preset: str | None = None
    unbound: str = ""
    unit: str = ""
    trial: int = 0
    place: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether a rate is made of it: one of several trials, or one of the presets that a run compares."""
        return bool(self.trial or self.preset)

    @property
    def line(self) -> int:
        """1-based line where the task begins."""
        return self.document.at(self.location)[0]

    @property
    def check_lines(self) -> list[int]:
        """1-based line of each check."""
        return [self.at("checks", index)[0] for index in range(len(self.spec.checks))]

    @property
    def judges(self) -> list[Path]:
        """Files beside it that its checks read: no agent may see them, and its outcome depends on them."""
        return [self.path.parent / name for check in self.spec.checks for name in check.options.beside()]

    @property
    def hidden_folders(self) -> list[Path]:
        """Folders with hidden inputs of its checks."""
        hidden = [check.hidden for check in self.spec.checks if check.hidden is not None]
        return [self.path.parent / one.from_ for one in hidden if one.from_]

    def at(self, *keys: str | int) -> tuple[int, int]:
        """Line and column of a key's value, in `defaults` if the task does not give it."""
        return self.document.at(home_of(self.document, self.location, keys))

    def folder(self, root: Path) -> str:
        """Relative folder for all that belongs to its task file."""
        return folder(self.path, root)

    @property
    def slug(self) -> str:
        """Its name as a path name, unique in the folder of its file; the preset, if bound to one, is not in it."""
        return slug(self.unbound or self.name)

    def slug_of_trial(self, trial: int) -> str:
        """The slug of another trial of the same task; 0: of the task where it is not repeated."""
        return slug(trial_name(self.unit, trial, in_matrix=bool(self.spec.matrix)))


def trial_name(unit: str, trial: int, *, in_matrix: bool) -> str:
    """What a trial of a task is called.

    Args:
        unit: what the task is called where it is not repeated.
        trial: from 1; 0: not repeated.
        in_matrix: whether the first brackets of the name are those of a matrix, which the trial is put into.
    """
    if not trial:
        return unit
    stem, bracket, rest = unit.partition("[")
    if not in_matrix:
        return f"{stem}[trial{trial}]{bracket}{rest}"
    values, _, parameters = rest.partition("]")
    return f"{stem}[{values}-trial{trial}]{parameters}"


def home_of(document: Document, location: Location, keys: Location) -> Location:
    """The location of a task's key: in the task, else in `defaults`."""
    own, in_defaults = (*location, *keys), ("defaults", *keys)
    first = keys[: 2 if keys[0] in MERGED else 1] if keys else ()
    while first:
        if document.has((*location, *first)):
            return own
        if document.has(("defaults", *first)):
            return in_defaults
        first = first[:-1]
    return own
