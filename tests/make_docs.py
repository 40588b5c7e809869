"""Tables of the docs that are made from the code: `python -m tests.make_docs`, from the root of the checkout.

A page has `<!-- generated: NAME -->` and `<!-- end -->`; what stands between them is replaced. A test holds that
nothing would change.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pytest_agenttasks import plugin
from pytest_agenttasks.agents.tools import DEFINITIONS
from pytest_agenttasks.cassettes import VOLATILE
from pytest_agenttasks.cli.cassettes.entries import STATES
from pytest_agenttasks.cli.doctor.recordings import RECORDINGS
from pytest_agenttasks.doctor import CHECKS, GROUPS
from pytest_agenttasks.doctor import Check as DoctorsCheck
from pytest_agenttasks.gateway.error_policy import TABLE, Ends, Row
from pytest_agenttasks.models import SHIPPED, ModelsFile, load_models
from pytest_agenttasks.models.file import AccountEntry, PresetEntry, PriceEntry, QuotaEntry
from pytest_agenttasks.models.providers import KEY_VARIABLES
from pytest_agenttasks.packages import CLASHES
from pytest_agenttasks.spec import (
    Check,
    GitSource,
    Hidden,
    Limits,
    SolutionSpec,
    TaskSpec,
    TextOptions,
    Times,
    WorkspaceSpec,
)
from pytest_agenttasks.spec.check_options import BESIDE, FIELDS, SHORT
from pytest_agenttasks.validation import CODES

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

NO_DEFAULT: tuple[Any, ...] = (None, "", [], {})
PLAIN_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


@dataclass
class Parser:
    """Stands for pytest's parser and keeps what a plugin adds."""

    options: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    settings: list[tuple[str, str, Any]] = field(default_factory=list)

    def getgroup(self, *_: str) -> Parser:
        return self

    def addoption(self, name: str, **how: Any) -> None:
        self.options.append((name, how))

    def addini(self, name: str, help: str, default: Any, **_: Any) -> None:  # noqa: A002 - pytest's name for it
        self.settings.append((name, help, default))


def parser() -> Parser:
    """What the plugin adds to pytest's command line and ini settings."""
    found = Parser()
    plugin.pytest_addoption(found)  # type: ignore[arg-type]
    return found


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    """Text as code; `&` and `|` survive a table."""
    return f"`{text}`"


def options() -> str:
    found = parser()
    rows = [[code(_usage(name, how)), how["help"]] for name, how in found.options]
    settings = [[code(name), _setting(default), text] for name, text, default in found.settings]
    return f"{table(['option', 'meaning'], rows)}\n{table(['ini setting', 'default', 'meaning'], settings)}"


def _usage(name: str, how: dict[str, Any]) -> str:
    value = how.get("metavar") or (",".join(how["choices"]) if "choices" in how else "")
    return f"{name} {value}" if how.get("metavar") else f"{name}={{{value}}}" if value else name


def _setting(default: Any) -> str:
    text = " ".join(default) if isinstance(default, list) else default
    return code(text) if text else "–"


def keys_of(model: type[BaseModel]) -> str:
    """Keys of a mapping in YAML: type, default, meaning."""
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    rows = [
        [code(name), _type(one), "required" if name in required else _default(one), one.get("description", "")]
        for name, one in schema["properties"].items()
    ]
    return table(["key", "type", "default", "meaning"], rows)


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if "$ref" in schema:
        return "mapping"
    if "anyOf" in schema:
        kinds = [_type(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if schema.get("type") == "array":
        inner = schema.get("items", {})
        return "list" if not inner else f"list of {_type(inner)}"
    if schema.get("type") == "object":
        return "mapping"
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    return PLAIN_TYPES.get(schema.get("type", ""), "any")


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "–" if value in NO_DEFAULT and value is not False else code(json.dumps(value).strip('"'))


def options_model(name: str) -> type[BaseModel]:
    """Of a check."""
    annotation: Any = Check.model_fields[FIELDS[name]].annotation
    [found] = [kind for kind in annotation.__args__ if kind is not type(None)]
    return found  # type: ignore[no-any-return]


def checks() -> str:
    """What each check is for, and where more is said."""
    rows = [
        [f"[`{name}`](checks.md#{name})", str(options_model(name).__doc__).strip().splitlines()[0], _stands_for(name)]
        for name in FIELDS
    ]
    return table(["check", "", "a plain value stands for"], rows)


def _stands_for(name: str) -> str:
    return code(SHORT[name]) if name in SHORT else "–"


def beside() -> str:
    """Keys that stand beside the name of any check."""
    schema = Check.model_json_schema(by_alias=True)["properties"]
    rows = [[code(name), _type(schema[name]), _default(schema[name]), schema[name]["description"]] for name in BESIDE]
    return table(["key", "type", "default", "meaning"], rows)


def presets() -> str:
    models = load_models(None)
    rows = [
        [code(one.name), code(one.model), "yes" if one.tools else "no", one.retired or "–"]
        for one in models.presets.values()
    ]
    return table(["preset", "full id", "tools", "retired"], rows)


def shipped_chains() -> str:
    """The shipped file from its chains on, comments included."""
    _, _, chains = SHIPPED.read_text("utf-8").partition("\nchains:\n")
    return f"```yaml\nchains:\n{chains}```\n"


def variables() -> str:
    rows = [[code(f"{name}/"), code(variable) if variable else "none"] for name, variable in KEY_VARIABLES.items()]
    return table(["prefix", "variable with the key"], rows)


OUTCOMES: dict[Ends, str] = {
    "unavailable": "*error*; `--reruns` may rerun it",
    "quota": "*quota*, with the time of the reset",
    "refused": "*error*",
    "content_filter": "*error*",
    "litellm_unavailable": "*error*",
    "context_length_exceeded": "the agent is ended; the checks judge",
    "tools_unsupported": "goes on with tools as text",
}
"""What becomes of a task that has no other model left."""


def faults() -> str:
    return table(
        ["", "reason", "case", "scope", "action", "cooldown", "blame", "task without another model"],
        [
            [str(number), code(row.reason), _case(row), _scope(row), row.action.replace("_", " "), _cooldown(row),
             row.blame, OUTCOMES[row.ends]]
            for number, row in enumerate(TABLE, 1)
        ],
    )  # fmt: skip


def _case(row: Row) -> str:
    return f"{row.means}" + (f": *{_plain(row.example)}*" if row.example != "—" else "")


def _scope(row: Row) -> str:
    subsets = {"": "", "free": ", free models", "tools": ", calls with tools"}
    return row.scope + subsets[row.subset]


def _cooldown(row: Row) -> str:
    zones = {"UTC": "UTC", "America/Los_Angeles": "Pacific time"}
    if row.until:
        return f"to midnight, {zones[row.until]}"
    if row.or_until:
        return f"as told, else to midnight, {zones[row.or_until]}"
    if not row.cooldown:
        return "–"
    return f"as told, else {row.cooldown:g} s" if row.heeds_hints else f"{row.cooldown:g} s"


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def volatile() -> str:
    rows = [[one.name, code(_placeholder(one.placeholder)), one.reason] for one in VOLATILE]
    return table(["what", "becomes", "why it varies, and what is kept"], rows)


def _placeholder(text: str) -> str:
    return re.sub(r"\\\d", "…", text) or "(nothing)"


def tools() -> str:
    rows = []
    for one in DEFINITIONS:
        function = one["function"]
        arguments = function["parameters"]["properties"]
        told = "; ".join(f"`{name}`: {about['description']}" for name, about in arguments.items())
        rows.append([code(function["name"]), function["description"], told])
    return table(["tool", "what the model is told", "arguments"], rows)


def doctor() -> str:
    """What the doctor looks at, in the order in which it tells."""
    known: list[DoctorsCheck[Any]] = [*CHECKS, RECORDINGS]
    every = sorted(known, key=lambda one: GROUPS.index(one.group))
    return table(["group", "check", "looks at"], [[one.group, code(one.name), one.looks_at] for one in every])


def findings() -> str:
    """What `agenttasks validate` finds."""
    stages = {"reading": "the task file", "nop": "nothing done", "solution": "the solution"}
    rows = [[code(name), one.level, stages[one.stage], one.means, one.mend] for name, one in CODES.items()]
    return table(["code", "level", "seen on", "means", "mend"], rows)


def clashes() -> str:
    rows = [
        [
            code(f"{one.package} {' or '.join(one.versions)}"),
            code(" ".join(one.beside)) if one.beside else f"no {code(one.without)}",
            one.says.partition(": ")[0],
            one.source,
        ]
        for one in CLASHES
    ]
    return table(["release", "beside", "what goes wrong", "known from"], rows)


def _options_of(name: str) -> str:
    """Options of a check: what must be given first, what several checks have last."""
    heading, rule, *rows = keys_of(options_model(name)).splitlines(keepends=True)
    shared = tuple(f"| `{key}`" for key in Times.model_fields)
    rows.sort(key=lambda row: (row.split(" | ")[2] != "required", row.startswith(shared)))
    return "".join([heading, rule, *rows])


BLOCKS: dict[str, Callable[[], str]] = {
    "options": options,
    "task-keys": lambda: keys_of(TaskSpec),
    "workspace-keys": lambda: keys_of(WorkspaceSpec),
    "git-keys": lambda: keys_of(GitSource),
    "solution-keys": lambda: keys_of(SolutionSpec),
    "limits-keys": lambda: keys_of(Limits),
    "checks": checks,
    "beside": beside,
    "hidden": lambda: keys_of(Hidden),
    "text-keys": lambda: keys_of(TextOptions),
    **{f"check-{name}": partial(_options_of, name) for name in FIELDS},
    "models-keys": lambda: keys_of(ModelsFile),
    "preset-keys": lambda: keys_of(PresetEntry),
    "quota-keys": lambda: keys_of(QuotaEntry),
    "account-keys": lambda: keys_of(AccountEntry),
    "price-keys": lambda: keys_of(PriceEntry),
    "presets": presets,
    "shipped-chains": shipped_chains,
    "variables": variables,
    "faults": faults,
    "volatile": volatile,
    "tools": tools,
    "doctor": doctor,
    "findings": findings,
    "clashes": clashes,
    "states": lambda: table(["state", "means"], [[code(word), text] for word, text in STATES.items()]),
}


def filled(page: str) -> str:
    """The page with every block made anew.

    Raises:
        KeyError: a block of a name that is not known.
    """
    return BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", page)


def main() -> None:
    """Write the pages whose blocks are not up to date."""
    for page in PAGES:
        old = page.read_text("utf-8")
        new = filled(old)
        if new != old:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"written: {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
