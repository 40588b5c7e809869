"""The last look at a draft: what nobody should publish, and the comment on top of the file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pytest_agenttasks.cli.importing.draft import Draft, grouped, one_line
from pytest_agenttasks.cli.importing.letters import texts
from pytest_agenttasks.cli.importing.yaml_text import file_text
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.scrub import Secrets

SCHEMA = "task.schema.json"


def finished(draft: Draft, target: Path) -> str:
    """The text of a draft's task file."""
    for task in draft.tasks:
        held = "\n".join(texts(task))
        if "\0" in held:
            draft.remark("look", "it holds a NUL, which no program can be given as an argument", task["id"])
        if Secrets({}).found(held):
            draft.remark("look", "it holds something shaped like a key; take it out before you commit", task["id"])
    return file_text(_comment(draft, target), draft.tasks)


def shown(path: Path) -> str:
    """A path for people, and for files that others read: relative, or its name alone."""
    try:
        text = str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        text = path.name
    return one_line(text)


def _comment(draft: Draft, target: Path) -> Sequence[str]:
    schema = next((folder / SCHEMA for folder in (target, target.parent) if (folder / SCHEMA).is_file()), None)
    lines = [f"yaml-language-server: $schema={os.path.relpath(schema, target)}"] if schema else []
    lines.append(f"{number(len(draft.tasks), 'task')} from {shown(draft.source)}, by agenttasks import.")
    return [*lines, *grouped([draft]), ""]
