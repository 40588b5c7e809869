"""Rows as tasks: each key is taken if a task can have it, and told if not."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.importing.draft import UNJUDGED, Draft
from pytest_agenttasks.cli.importing.fields import (
    PARTS,
    PRIORITIES,
    Field,
    UnreadableError,
    fields_of,
    plain_name,
    value_of,
)
from pytest_agenttasks.cli.importing.tables import Row
from pytest_agenttasks.cli.importing.words import identity, unused, word
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import refusal

LOST_VALUE = 40
"""Characters of a value that are shown where it is not carried over."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows.

    Attributes:
        target: folder of the task file that is written.
        workspace: of rows that say nothing of it.
        answer_file: where agents shall write the answer that a row expects; empty to leave it.
        unknown: why a name under `agent` or `model` is nobody's; empty if it is somebody's.
    """

    target: Path
    workspace: Json
    answer_file: str
    unknown: Callable[[str, Any], str]


def add_rows(rows: Iterable[Row], draft: Draft, terms: Terms) -> None:
    """Make tasks of rows."""
    taken: set[str] = set()
    for index, row in enumerate(rows, 1):
        task = _Reader(row, draft, terms).task(index)
        if task is not None:
            _name(task, taken, row.where, draft)
            draft.tasks.append(task)


class _Reader:
    """One row on its way to a task."""

    def __init__(self, row: Row, draft: Draft, terms: Terms) -> None:
        self.row, self.draft, self.terms = row, draft, terms
        self.data: Json = {}

    def task(self, index: int) -> Json | None:
        fields, unknown = fields_of(self.row.values)
        for field in fields:
            self.take(field)
        if not self.data.get("prompt", "").strip():
            self.lost("a row without a prompt")
            return None
        self.join_input(fields, unknown)
        for name in unknown:
            why = "braces are carried over as plain text" if plain_name(name) == "matrix" else "no task has such a key"
            self.lost(f"the column {name!r}: {why}")
        self.expect(next((field.name for field in fields if field.key == "expected"), ""))
        self.work_somewhere()
        self.judge()
        name = identity(str(self.data.pop("id", ""))) or f"{identity(self.draft.name) or 'task'}-{index}"
        return {"id": name} | self.data

    def take(self, field: Field) -> None:
        if field.key == "prompt" and plain_name(field.name) != "prompt":
            self.draft.remark("changed", f"the column {field.name!r} is taken for the prompt")
        try:
            value = value_of(field)
        except UnreadableError as error:
            self.lost(f"{field.name}: {error}")
            return
        if field.key in ("category", "tags", "priority"):
            value = self.reworded(field.key, value)
        if field.key == "id" and identity(str(value)) != str(value):
            self.draft.remark("changed", f"the id {value!r}, which pytest could not select", self.row.where)
        elif field.key == "checks":
            value = [one for one in value if self.allowed(field, [one])]
        if field.key in ("id", "expected") or (value and self.allowed(field, value)):
            self.put(field, value)

    def allowed(self, field: Field, value: Any) -> bool:
        why = refusal(field.key, {field.part: value} if field.part else value)
        if not why and field.key in ("agent", "model"):
            why = self.terms.unknown(field.key, value)
        if why:
            self.lost(why if why.startswith(f"{field.part or field.key}: ") else f"{field.name}: {why}")
        return not why

    def put(self, field: Field, value: Any) -> None:
        if field.key in PARTS:
            self.data.setdefault(field.key, {}).update({field.part: value} if field.part else value)
        else:
            self.data[field.key] = value

    def reworded(self, key: str, value: Any) -> Any:
        """Names as task files can have them."""
        if isinstance(value, list):
            return list(dict.fromkeys(tag for one in value if (tag := self.reworded("tag", one))))
        if not isinstance(value, str):
            return value
        plain = value.strip().lower()
        new = PRIORITIES.get(plain, plain) if key == "priority" else word(value)
        if key == "tag" and (why := refusal("tags", [new])):
            self.lost(f"tags: {why}")
            return ""
        if new != value.strip():
            self.draft.remark("changed", f"{key} {value.strip()!r} is {new!r}")
        return new

    def join_input(self, fields: Iterable[Field], unknown: list[str]) -> None:
        """Put what an instruction is about below it, where a row has `instruction` and `input`."""
        asked = next(plain_name(field.name) for field in fields if field.key == "prompt")
        rest = next((name for name in unknown if plain_name(name) == "input"), None)
        if rest is not None and asked.startswith("instruction") and isinstance(self.row.values[rest], str):
            unknown.remove(rest)
            self.data["prompt"] += f"\n\n{self.row.values[rest]}"
            self.draft.remark("changed", f"the column {rest!r} is put below the instruction")

    def expect(self, column: str) -> None:
        """A check for the answer that a row expects, where agents are told to write it into a file."""
        file, answer = self.terms.answer_file, self.data.pop("expected", None)
        if answer is None:
            return
        if not file:
            told = "checks look at files; --answer-file FILE has it written and compared"
            self.lost(f"the answer that the column {column!r} expects: {told}")
            return
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        check = {"command": f'test "$(cat {shlex.quote(file)})" = {shlex.quote(text.rstrip())}'}
        self.data["prompt"] = f"{self.data['prompt'].rstrip()}\n\nWrite the answer, and nothing else, into `{file}`.\n"
        self.data["checks"] = [*self.data.get("checks", []), check]
        self.draft.remark(
            "changed", f"the prompt asks for the answer in {file}, where the column {column!r} is expected"
        )

    def work_somewhere(self) -> None:
        """The workspace: the row's own, or that of all rows."""
        own = self.data.pop("workspace", None)
        if own and (why := refusal("workspace", own)):
            self.lost(why)
            own = None
        if own and isinstance(own.get("from"), str):
            own = {**own, "from": self.from_here(own["from"])}
        if own or self.terms.workspace:
            self.data["workspace"] = own or self.terms.workspace

    def from_here(self, folder: str) -> str:
        """A folder beside the source, as it is called from the task file."""
        beside = self.draft.source.parent / folder
        if beside.is_dir():
            return os.path.relpath(beside.resolve(), self.terms.target.resolve())
        if not (self.terms.target / folder).is_dir():
            self.draft.remark("look", f"the folder {folder!r} for workspaces is not there", self.row.where)
        return folder

    def judge(self) -> None:
        """Mark a task that has no checks."""
        if not self.data.get("checks"):
            self.data["tags"] = [*self.data.get("tags", []), UNJUDGED]
            self.draft.remark(
                "look", f"no checks, so it passes when its agent is done: tag `{UNJUDGED}`", self.row.where
            )

    def lost(self, what: str) -> None:
        self.draft.remark("lost", what, self.row.where)


def _name(task: Json, taken: set[str], where: str, draft: Draft) -> None:
    """Give a task an id that is its own."""
    new = unused(task["id"], taken)
    if new != task["id"]:
        draft.remark("changed", f"the id {task['id']!r} is there twice: the second is {new!r}", where)
    task["id"] = new
    taken.add(new)
