"""The batch files of the first system: `results` with an `item` each, all of them submitted and none of them done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.importing.draft import Draft, UnusableError
from pytest_agenttasks.cli.importing.items import Item, bites, task_of
from pytest_agenttasks.cli.importing.letters import writable
from pytest_agenttasks.cli.importing.words import file_name, unused
from pytest_agenttasks.reports.rows import number
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import refusal

TEXTS = ("module", "file", "task", "complexity")
USED = {"id", "coverage", "target", *TEXTS}


def is_batch(data: Any) -> bool:
    """Whether parsed JSON is a batch file."""
    results = data.get("results") if isinstance(data, dict) else None
    return isinstance(results, list) and any(isinstance(one, dict) and "item" in one for one in results)


def read_batch(source: Path, text: str, workspace: Json) -> Draft:
    """The tasks of a batch file.

    Args:
        workspace: what each task works in; empty for nothing.

    Raises:
        UnusableError: it is not JSON, or no batch file.
    """
    try:
        data = writable(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise UnusableError(f"not JSON: {error}") from None
    if not is_batch(data):
        raise UnusableError("no batch file: expected a mapping with `results`, a list of mappings with an `item`")
    draft = Draft(source, file_name(source.stem))
    entries = [one if isinstance(one, dict) else {} for one in data["results"]]
    for index, entry in enumerate(entries, 1):
        item = _item(entry.get("item"), index, draft)
        if item is not None:
            _add(item, task_of(item), workspace, draft)
    _compare(data, entries, draft)
    return draft


def compare(drafts: Sequence[Draft]) -> list[str]:
    """Leave out what is there twice, tell ids that are, and say how many items there are of how many there should be.

    How many that is stands in none of the files; the highest id is as near as they come to it.
    """
    _drop_doubles(drafts)
    found = Counter(identity for draft in drafts for identity in draft.numbers.values())
    for draft in drafts:
        for identity in sorted({one for one in draft.numbers.values() if found[one] > 1}):
            draft.remark("look", "an id that several items have", f"item {identity}")
    ordered = sorted(found)
    missing = [(a + 1, b - 1) for a, b in pairwise([0, *ordered]) if b - a > 1]
    if not missing:
        return []
    named = ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in missing)
    total = sum(len(draft.tasks) for draft in drafts)
    return [
        f"{total} items present of {ordered[-1]}: ids go up to {ordered[-1]}, and {named} are in none of these files"
    ]


def _drop_doubles(drafts: Sequence[Draft]) -> None:
    first: dict[str, str] = {}
    for draft in drafts:
        kept = []
        for task in draft.tasks:
            same = json.dumps([task["title"], task["prompt"], task["checks"]])
            if same in first:
                draft.remark("lost", f"an item that is in {first[same]} already, word for word", task["title"])
            else:
                kept.append(task)
            first.setdefault(same, str(draft.source))
        draft.tasks[:] = kept
        draft.numbers = {task["id"]: draft.numbers[task["id"]] for task in kept if task["id"] in draft.numbers}


def _item(data: Any, index: int, draft: Draft) -> Item | None:
    where = f"result {index}"
    if not isinstance(data, dict):
        draft.remark("lost", "a result without an item", where)
        return None
    identity = data.get("id", index)
    where = f"item {identity}"
    if not isinstance(identity, int | str) or isinstance(identity, bool):
        draft.remark("lost", f"an item whose id is {json.dumps(identity)[:60]}", f"result {index}")
        return None
    texts = {key: data.get(key) or "" for key in TEXTS}
    if not all(isinstance(text, str) for text in texts.values()) or not texts["file"].strip():
        draft.remark("lost", "an item that names no file, or whose keys are no text", where)
        return None
    if not texts["task"] and "target" not in data:
        draft.remark("lost", "an item with neither a `task` nor a `target` of coverage", where)
        return None
    for key in data.keys() - USED:
        draft.remark("lost", f"the key {key!r} of items", where)
    return Item(str(identity), **texts, coverage=_percent(data, "coverage", where, draft),
                target=_percent(data, "target", where, draft))  # fmt: skip


def _percent(data: Json, key: str, where: str, draft: Draft) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    try:
        per_cent = float(str(value).strip().removesuffix("%"))
    except ValueError:
        per_cent = -1.0
    if 0 <= per_cent <= 100:
        return int(per_cent) if per_cent.is_integer() else per_cent
    draft.remark("lost", f"{key} {value!r}: expected a number of per cent, such as '70%'", where)
    return None


def _add(item: Item, task: Json, workspace: Json, draft: Draft) -> None:
    """Add an item's task; a check that a task cannot have is told and left out."""
    for check in list(task["checks"]):
        if why := refusal("checks", [check]):
            task["checks"].remove(check)
            draft.remark("lost", f"the check {next(iter(check))!r}: {why}", item.where)
    if item.complexity and item.complexity not in ("simple", "moderate", "complex"):
        draft.remark("look", f"complexity {item.complexity!r} is a tag and nothing else", item.where)
    task["id"] = unused(task["id"], {one["id"] for one in draft.tasks})
    if workspace:
        task["workspace"] = workspace
    if not bites(task):
        draft.remark("look", "its checks hold as well where nothing is done; add one that shows the work", item.where)
    draft.tasks.append(task)
    draft.names.append(item.file.strip())
    if item.number.isdecimal():
        draft.numbers[task["id"]] = int(item.number)


def _compare(data: Json, entries: Sequence[Json], draft: Draft) -> None:
    """Remarks on what the file says of itself and of its items."""
    for key in ("total_items", "total_submitted"):
        if data.get(key) not in (None, len(entries)):
            draft.remark("look", f"{key} says {data[key]!r}, and there are {number(len(entries), 'result')}")
    for index, entry in enumerate(entries, 1):
        item = entry.get("item")
        where = f"item {item.get('id', index)}" if isinstance(item, dict) else f"result {index}"
        state = entry.get("status")
        draft.remark("lost", f"status {state!r}: what is done is told by checks, not by a status", where)
        if "task_id" in entry:
            draft.remark("lost", "`task_id`, under which the first system had submitted an item", where)
