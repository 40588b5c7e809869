"""YAML files that people write: parsed with positions, so that every mistake is told with line and column."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pytest_agenttasks.exceptions import Problem, YamlFileError

if TYPE_CHECKING:
    import yaml
    from pydantic import BaseModel, ValidationError

Location = tuple[str | int, ...]
"""Keys and indexes from the top of a document to a value."""

LARGEST = 1_000_000
"""Values of a document with its aliases written out. A few lines of nested aliases stand for billions."""

DEEPEST = 100
"""Levels of nesting that are read."""


class Document:
    """A parsed YAML document that remembers where each value stands.

    Attributes:
        path: as it is shown in messages.
        data: plain Python values.
    """

    def __init__(self, path: str, data: Any, root: yaml.Node) -> None:
        self.path = path
        self.data = data
        self._root = root

    @classmethod
    def in_code(cls, path: str, line: int) -> Document:
        """What stands for a document where its content was given in Python code, at one line."""
        import yaml

        mark = yaml.Mark(path, 0, line - 1, 0, None, 0)
        return cls(path, None, yaml.ScalarNode("tag:yaml.org,2002:str", "", mark, mark))

    def at(self, location: Iterable[str | int] = (), *, key: bool = False) -> tuple[int, int]:
        """Line and column (1-based) of the value at `location`, or of its key.

        Parts of `location` that lead nowhere are passed over, so that the nearest enclosing value is told.
        """
        node, mark = self._root, self._root.start_mark
        for part in location:
            found = _child(node, part)
            if found is not None:
                key_node, node = found
                mark = (key_node if key else node).start_mark
        return mark.line + 1, mark.column + 1

    def has(self, location: Iterable[str | int]) -> bool:
        """Whether there is a value at `location`."""
        node = self._root
        for part in location:
            found = _child(node, part)
            if found is None:
                return False
            node = found[1]
        return True

    def problem(self, message: str, location: Iterable[str | int] = (), *, key: bool = False) -> Problem:
        """A `Problem` at a location."""
        return Problem(*self.at(location, key=key), message)


def parse(path: str, text: str) -> Document:
    """Parse YAML text.

    Raises:
        YamlFileError: not YAML, empty, a key given twice, or a value that contains itself.
    """
    import yaml

    _refuse_deep(path, text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise YamlFileError(path, [Problem(1, 1, "the file is empty")])
        problems = list(_structure_problems(root))
        if problems:
            raise YamlFileError(path, problems)
        if "&" in text and _size(root, {}) > LARGEST:
            raise ValueError(f"its aliases stand for more than {LARGEST:,} values")
        return Document(path, loader.construct_document(root), root)
    except yaml.YAMLError as error:
        raise YamlFileError(path, [_syntax_problem(error)]) from None
    except (ValueError, RecursionError) as error:  # 2026-13-45, or aliases in aliases without end
        raise YamlFileError(path, [Problem(1, 1, f"not usable YAML: {error}")]) from None
    finally:
        loader.dispose()


def read(path: Path, shown: str | None = None) -> Document:
    """Read and parse a YAML file; `shown` is its name in messages.

    Raises:
        YamlFileError: it cannot be read, is not UTF-8, or `parse` refuses it.
    """
    name = shown or str(path)
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise YamlFileError(name, [Problem(1, 1, f"not UTF-8 text (byte {error.start}); save it as UTF-8")]) from None
    except OSError as error:
        raise YamlFileError(name, [Problem(1, 1, f"cannot be read: {error.strerror}")]) from None
    return parse(name, text)


def problems_of(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    under: Location = (),
    home: Callable[[Location], Location] = lambda location: location,
) -> list[Problem]:
    """Turn pydantic's findings into problems with positions.

    Args:
        error: what pydantic raised for the value at `under`.
        document: where that value stands.
        model: what it was validated as; gives the names for "did you mean".
        under: location of the value.
        home: from a location to the one that is told, where values come from several places.
    """
    found = []
    for detail in error.errors():
        location = under + tuple(detail["loc"])
        extra = detail["type"] == "extra_forbidden"
        names = _field_names(model, tuple(detail["loc"])[:-1]) if extra else ()
        found.append(document.problem(_say(detail, names), home(location), key=extra))
    return found


def as_json(value: Any) -> Any:
    """What YAML or TOML gives, as JSON has it: dates and times as texts (ISO 8601), keys as texts.

    Raises:
        ValueError: JSON has no such value.
    """
    if isinstance(value, dict):
        return {_key(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [as_json(one) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes) or (isinstance(value, float) and not isfinite(value)):
        raise ValueError(f"{str(value)[:40]} is no value that JSON has")
    return value


def _key(name: Any) -> str:
    plain = {True: "true", False: "false", None: "null"} if isinstance(name, bool | None) else {}
    return plain.get(name) or str(as_json(name))


def near(name: str, known: Iterable[str], *, limit: int = 6) -> str:
    """End of a message for an unknown name: the nearest known one, else the known ones."""
    names = list(known)
    match = difflib.get_close_matches(name, names, 1, 0.5)
    if match:
        return f"; did you mean {match[0]!r}?"
    listed = ", ".join(names[:limit]) + (", …" if len(names) > limit else "")
    return f"; known: {listed}" if names else ""


def _refuse_deep(path: str, text: str) -> None:
    """Refuse nesting that libyaml's composer, which calls itself for each level, would crash on."""
    import yaml

    if sum(map(text.count, "[{-?:")) <= DEEPEST:  # each level begins with one of these
        return
    depth = 0
    with contextlib.suppress(yaml.YAMLError):  # told by whoever parses it in earnest
        for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            mark = event.start_mark
            if depth > DEEPEST and mark is not None:
                message = f"not usable YAML: nested more than {DEEPEST} levels deep"
                raise YamlFileError(path, [Problem(mark.line + 1, mark.column + 1, message)])


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    import yaml

    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
        merged = (value for key, value in node.value if key.tag == "tag:yaml.org,2002:merge")
        for value in merged:
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                found = _child(one, part)
                if found is not None:
                    return found
    return None


def _structure_problems(root: yaml.Node) -> Iterator[Problem]:
    """Keys given twice, which PyYAML takes silently, and anchors that contain themselves."""
    import yaml

    done: set[int] = set()
    stack: list[tuple[yaml.Node, frozenset[int]]] = [(root, frozenset())]
    while stack:
        node, above = stack.pop()
        if id(node) in above:
            yield _at(node, "refers to itself")
            continue
        if id(node) in done or isinstance(node, yaml.ScalarNode):
            continue
        done.add(id(node))
        above = above | {id(node)}
        if isinstance(node, yaml.MappingNode):
            yield from _repeated_keys(node)
            stack += [(child, above) for pair in node.value for child in pair]
        else:
            stack += [(child, above) for child in node.value]


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values there are with every alias written out; the node must not contain itself."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        pairs = isinstance(node, yaml.MappingNode)
        children = [child for pair in node.value for child in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_size(child, known) for child in children)
    return known[id(node)]


def _repeated_keys(node: yaml.MappingNode) -> Iterator[Problem]:
    seen: dict[Any, int] = {}
    for key, _ in node.value:
        name = key.value if isinstance(key.value, str) else None
        if name in seen and name != "<<" and name is not None:
            yield _at(key, f"the key {name!r} is given twice (first in line {seen[name]})")
        seen.setdefault(name, key.start_mark.line + 1)


def _at(node: yaml.Node, message: str) -> Problem:
    return Problem(node.start_mark.line + 1, node.start_mark.column + 1, message)


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).split("\n", maxsplit=1)[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, f"not YAML: {what}")


def _field_names(model: type[BaseModel], location: Location) -> list[str]:
    from pydantic import BaseModel

    for part in location:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        inner = _models_in(field.annotation) if field else []
        model = inner[0] if inner else model
    if not issubclass(model, BaseModel):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def _found(value: Any) -> str:
    kinds = {
        bool: "true/false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a mapping",
    }
    kind = "nothing" if value is None else kinds.get(type(value), type(value).__name__)
    shown = repr(value)
    return kind if value is None or len(shown) > 60 else f"{shown} ({kind})"


_EXPECTED: Mapping[str, str] = {
    "string_type": "text (put it in quotes)",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "too_short": "a list that is not empty",
    "finite_number": "a number with an end",
}


def _word(pattern: str) -> str:
    return "a word of letters, digits, '.', '_' and '-'" if "." in pattern else "a word of letters, digits and _"


def _say(detail: Any, names: Iterable[str]) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    named = [part for part in detail["loc"] if isinstance(part, str) and part != "[key]"]
    name = named[-1] if named else "the file"
    special: dict[str, Callable[[], str]] = {
        "extra_forbidden": lambda: f"unknown key {name!r}{near(name, names)}",
        "missing": lambda: f"the key {name!r} is missing",
        "value_error": lambda: str(context.get("error", detail["msg"])),
        "literal_error": lambda: f"{name}: found {_found(value)}, expected {context['expected']}",
        "string_pattern_mismatch": lambda: f"{name}: found {_found(value)}, expected {_word(context['pattern'])}",
        "greater_than": lambda: f"{name}: found {value}, expected more than {context['gt']:.12g}",
        "greater_than_equal": lambda: f"{name}: found {value}, expected at least {context['ge']:.12g}",
        "less_than_equal": lambda: f"{name}: found {value}, expected at most {context['le']:.12g}",
    }
    if kind in special:
        return special[kind]()
    expected = _EXPECTED.get(kind)
    if expected is None:
        return f"{name}: {detail['msg']}; found {_found(value)}"
    if kind == "too_short" and isinstance(value, dict):
        expected = "a mapping that is not empty"
    return f"{name}: found {_found(value)}, expected {expected}"
