"""Where a cassette lies, and what is done with it for one task."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

Mode = Literal["replay", "record", "auto", "live"]
"""What was asked for, for all tasks."""

Action = Literal["replay", "record", "live"]
"""What is done for one task."""

SUFFIX = ".yaml"
_BETWEEN = "--"
_TRIAL = re.compile(r"-trial(\d{1,9})(?=-)")


def plan(mode: Mode, path: Path, *, ci: bool) -> Action:
    """What to do for the task whose cassette is `path`.

    `auto` replays where there is a file and records where there is none; under CI it is `replay`, which
    never spends. A replay without a file stays one, so that it fails with the way to record it.
    """
    if mode != "auto":
        return mode
    return "replay" if ci or path.exists() else "record"


def cassette_path(root: Path, folder: str, task_slug: str, preset_slug: str) -> Path:
    """`root/folder/<task_slug>--<preset_slug>.yaml`."""
    return root / folder / f"{task_slug}{_BETWEEN}{preset_slug}{SUFFIX}"


def shown(path: Path) -> str:
    """A cassette as a person can type it: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def presets_recorded(path: Path) -> list[str]:
    """Slugs of the presets that have a cassette for the task of this one, sorted."""
    task, _, _ = path.stem.rpartition(_BETWEEN)
    begin = task + _BETWEEN
    if not task or not path.parent.is_dir():
        return []
    names = (file.name for file in path.parent.iterdir() if file.name.endswith(SUFFIX))
    presets = (name.removesuffix(SUFFIX).removeprefix(begin) for name in names if name.startswith(begin))
    # With another `--` in what is left it is a cassette of a task whose slug begins like this one's.
    return sorted(preset for preset in presets if _BETWEEN not in preset)


def trials_recorded(path: Path, slug_of_trial: Callable[[int], str]) -> list[int]:
    """Which trials of a task have a cassette on the preset of this one, sorted; 0 is the task without trials.

    Args:
        path: the cassette of one of them.
        slug_of_trial: gives the slug of each.
    """
    _, between, preset = path.name.rpartition(_BETWEEN)
    if not path.parent.is_dir():
        return []
    stems = {file.name.removesuffix(between + preset) for file in path.parent.iterdir() if file.name.endswith(preset)}
    numbers = {int(number) for stem in stems for number in _TRIAL.findall(stem)}
    return sorted(number for number in {0, *numbers} if slug_of_trial(number) in stems)
