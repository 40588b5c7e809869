"""The last look at a draft: what no file can hold, what nobody should publish, and the comment on top of the file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.importing.draft import Draft, grouped, one_line
from pytest_agenttasks.cli.importing.yaml_text import file_text
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.scrub import Secrets

SCHEMA = "task.schema.json"

_SURROGATE = re.compile("[\ud800-\udfff]")


def finished(draft: Draft, target: Path) -> str:
    """The text of a draft's task file. Lone surrogates, which UTF-8 does not have, are replaced and told."""
    for task in draft.tasks:
        held = "".join(_texts(task))
        if _SURROGATE.search(held):
            draft.remark("changed", "lone surrogates, which no file can hold: each is U+FFFD now", task["id"])
        if "\0" in held:
            draft.remark("look", "it holds a NUL, which no program can be given as an argument", task["id"])
        if Secrets({}).found(held):
            draft.remark("look", "it holds something shaped like a key; take it out before you commit", task["id"])
    draft.tasks[:] = [_writable(task) for task in draft.tasks]
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
    return [*lines, *(_SURROGATE.sub("\ufffd", line) for line in grouped([draft])), ""]


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_writable(key): _writable(one) for key, one in value.items()}
    return [_writable(one) for one in value] if isinstance(value, list) else value
