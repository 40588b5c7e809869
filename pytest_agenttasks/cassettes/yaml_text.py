"""JSON values as YAML that reads well in a diff and loads back exactly.

Strings of several lines are literal blocks. What YAML cannot hold in a block, or not at all, has two forms:

- `!lines [...]`: text that a block would not keep (trailing spaces, tabs, `\\r`), as a list of its lines;
- `!escaped '\\ud800'`: a string with lone surrogates, with the escapes of a Python string.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

# Letters that a block keeps and that libyaml agrees to put into one.
_BLOCK = re.compile(r"(?! |\n)(?:[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|(?<! )\n)+(?<! )\Z")
# PyYAML without libyaml writes these as line ends into a quoted string, and reads them back as a space.
_OTHER_LINE_END = re.compile("[\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STR = "tag:yaml.org,2002:str"


class Answer(NamedTuple):
    """Stands for an assistant's message that repeats the answer of an earlier call: `!answer {of: 3, …}`.

    Attributes:
        of: index of the call.
        only: names of the members that are the same as in the answer.
        plus: other members.
    """

    of: int
    only: list[str]
    plus: dict[str, Any]


def dump(value: Any) -> str:
    """The YAML text of a JSON value that may hold `Answer`s; names keep their order."""
    import yaml

    # Unlimited width: folded lines would make one changed word a change of many lines.
    text: str = yaml.dump(
        value,
        Dumper=_dumper(),
        allow_unicode=True,
        sort_keys=False,
        width=2**31 - 1,
        default_flow_style=False,
    )
    return text


def load(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: it is not YAML, or has tags of others.
    """
    import yaml

    return yaml.load(text, Loader=_loader())


@cache
def _dumper() -> Any:
    import yaml

    # Ten times as fast; not in every build of PyYAML.
    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    Dumper.add_representer(str, _represent_str)
    Dumper.add_representer(Answer, _represent_answer)
    return Dumper


@cache
def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        pass

    Loader.add_constructor("!escaped", lambda loader, node: _unescaped(loader.construct_scalar(node)))
    Loader.add_constructor("!lines", lambda loader, node: "\n".join(loader.construct_sequence(node, deep=True)))
    Loader.add_constructor("!answer", _construct_answer)
    return Loader


def _represent_str(dumper: Any, text: str) -> Any:
    if _SURROGATE.search(text):
        return dumper.represent_scalar("!escaped", text.encode("unicode_escape").decode(), style="'")
    if "\n" not in text:
        return dumper.represent_scalar(_STR, text, style='"' if _OTHER_LINE_END.search(text) else None)
    if _BLOCK.match(text):
        return dumper.represent_scalar(_STR, text, style="|")
    return dumper.represent_sequence("!lines", text.split("\n"), flow_style=False)


def _represent_answer(dumper: Any, answer: Answer) -> Any:
    members = {"of": answer.of, "only": answer.only, "plus": answer.plus}
    given = {name: member for name, member in members.items() if name != "plus" or member}
    return dumper.represent_mapping("!answer", given, flow_style=not answer.plus)


def _construct_answer(loader: Any, node: Any) -> Answer:
    members = loader.construct_mapping(node, deep=True)
    return Answer(int(members["of"]), list(members["only"]), dict(members.get("plus", {})))


def _unescaped(text: str) -> str:
    return text.encode("ascii").decode("unicode_escape")
