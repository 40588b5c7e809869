"""Task files as a person would write them: literal blocks for text of several lines, and no odd quotes elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import NOT_DEFAULTS, TaskSpec, literal

# What ends a line in YAML 1.1 but "\n", what moves the cursor, and what YAML does not have: told with escapes.
_ODD = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

LONGEST = 95
"""Letters of a list or mapping that stands on one line, behind its key."""


def file_text(comment: Sequence[str], tasks: Sequence[Json]) -> str:
    """A task file: a comment, then one task at the top level, or several with what they share as `defaults`."""
    head = "".join(f"# {line}".rstrip() + "\n" for line in comment)
    tasks = [{key: task[key] for key in TaskSpec.model_fields if key in task} for task in tasks]
    if len(tasks) == 1:
        return head + _dump(tasks[0])
    shared = _shared(tasks)
    own = [{key: value for key, value in task.items() if key not in shared} for task in tasks]
    parts = [_dump({"tasks": [task]}).partition("\n")[2] for task in own]
    defaults = _dump({"defaults": shared}) + "\n" if shared else ""
    return f"{head}{defaults}tasks:\n" + "\n".join(parts)


def _shared(tasks: Sequence[Json]) -> Json:
    first = tasks[0]
    return {
        key: value
        for key, value in first.items()
        if key not in NOT_DEFAULTS and all(key in task and task[key] == value for task in tasks)
    }


def _dump(value: Json) -> str:
    import yaml

    return str(
        yaml.dump(_Entry(_literal(value)), Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=sys.maxsize)
    )


def _literal(value: Any) -> Any:
    """The value with no template in it."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Mapping):
        return {_literal(key): _literal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_Entry(plain) if isinstance(plain := _literal(one), dict) else plain for one in value]
    return value


class _Entry(dict[str, Any]):
    """A mapping in a list: `- files: a.py` and not `- {files: a.py}`."""


@cache
def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """PyYAML's, which takes tabs and spaces before the end of a line for a reason to quote a whole block."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            """Lists stand below their key, with an indent."""
            super().increase_indent(flow, False)

        def analyze_scalar(self, scalar: str) -> Any:
            analysis = super().analyze_scalar(scalar)
            analysis.allow_block = not _ODD.search(scalar)
            return analysis

        def determine_block_hints(self, text: str) -> str:
            hints = super().determine_block_hints(text)
            return f"{self.best_indent}{hints}" if text[:1] == "\t" else hints

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            """Every value is written out."""
            return True

    Dumper.add_representer(str, _represent_text)
    Dumper.add_representer(list, _represent_list)
    Dumper.add_representer(dict, _represent_mapping)
    Dumper.add_representer(_Entry, _represent_entry)
    return Dumper


def _represent_text(dumper: Any, text: str) -> Any:
    style = '"' if _ODD.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: Any, items: list[Any]) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_fits(items))


def _represent_mapping(dumper: Any, members: Mapping[str, Any]) -> Any:
    inline = _fits(list(members.items()))
    return dumper.represent_mapping("tag:yaml.org,2002:map", members.items(), flow_style=inline)


def _represent_entry(dumper: Any, members: Mapping[str, Any]) -> Any:
    return dumper.represent_mapping("tag:yaml.org,2002:map", members.items(), flow_style=False)


def _fits(values: list[Any]) -> bool:
    """Whether a collection stands on one line."""
    flat = [one for value in values for one in (value if isinstance(value, tuple) else [value])]
    if any(isinstance(one, list | dict) or (isinstance(one, str) and "\n" in one) for one in flat):
        return False
    return sum(len(str(one)) + 2 for one in flat) <= LONGEST
