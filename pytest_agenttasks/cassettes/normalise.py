"""What differs from machine to machine and from run to run, made the same on both sides of a comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pytest_agenttasks.exceptions import CassetteError

TEXT_PROTOCOL_OUTPUT = "[output of "
"""How a user message begins that carries tool output to a model without tool calls."""


class Volatile(NamedTuple):
    """One thing that varies without meaning anything.

    Attributes:
        name: for people.
        hint: what must be there for a search to be worth its time: one of some texts, or a pattern that
            begins with a plain letter. `re` finds these ten times as fast as anything else.
        pattern: what it looks like; `^` and `$` are ends of lines.
        placeholder: what stands in its place, in the form that `re.sub` takes.
        reason: why it varies, and what is kept on purpose.
    """

    name: str
    hint: tuple[str, ...] | re.Pattern[str]
    pattern: re.Pattern[str]
    placeholder: str
    reason: str

    def replace(self, text: str) -> str:
        """The text with placeholders."""
        if isinstance(self.hint, re.Pattern):
            worth_it = self.hint.search(text) is not None
        else:
            worth_it = any(hint in text for hint in self.hint)
        return self.pattern.sub(self.placeholder, text) if worth_it else text


def _row(name: str, hint: tuple[str, ...] | re.Pattern[str], pattern: str, placeholder: str, reason: str) -> Volatile:
    return Volatile(name, hint, re.compile(pattern, re.MULTILINE), placeholder, reason)


_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LS_BEFORE = r"^([bcdlps-][rwxsStT-]{9}[.+@]? +\d+ +\S+ +\S+ +\d+ )"

VOLATILE: tuple[Volatile, ...] = (
    _row(
        "date and time",
        re.compile(r"-[01]\d-[0-3]\d[T ]\d"),
        r"(?<![\d-])\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?(?![\w:])",
        "<time>",
        "the clock: ISO 8601 and RFC 3339, logs, `ls --full-time`, diff headers; a date alone is kept",
    ),
    _row(
        "date of date(1), ctime and git log",
        ("Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "),
        rf"\b{_DAY_NAME} {_MONTH} [ \d]?\d \d\d:\d\d:\d\d(?: [A-Z]{{3,5}})? \d{{4}}(?: [+-]\d{{4}})?",
        "<time>",
        "the clock",
    ),
    _row(
        "date in `ls -l`",
        ("r--", "rw-", "r-x", "rwx"),
        rf"{_LS_BEFORE}{_MONTH} +\d{{1,2}} +(?:\d\d:\d\d|\d{{4}})(?= )",
        r"\1<time>",
        "when the workspace was built",
    ),
    _row(
        "last line of pytest",
        ("s =", ") ="),
        r"^=+ (.* in )\d+\.\d+s(?: \(\d+:\d\d:\d\d\))? =+$",
        r"=== \1<duration> ===",
        "how long it took, and the padding that depends on how many digits that has",
    ),
    _row(
        "duration",
        ("in ",),
        r"in (?<=\bin )\d+\.\d+ ?(?:s|ms|seconds)\b(?: \(\d+:\d\d:\d\d\))?",
        "in <duration>",
        "how long it took: `pytest -q`, unittest's `Ran 3 tests in 0.001s`; whole seconds are kept",
    ),
    _row(
        "line of `pytest --durations`",
        ("s call ", "s setup ", "s teardown "),
        r"^\d+\.\d+s (call|setup|teardown) ",
        r"<duration> \1 ",
        "how long it took",
    ),
    _row(
        "line of `time`",
        ("real",),
        r"^(real|user|sys)(\s+)\d+m\d+[.,]\d+s$",
        r"\1\2<duration>",
        "how long it took",
    ),
    _row(
        "UUID",
        re.compile("-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-"),
        r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
        "<uuid>",
        "random by definition",
    ),
    _row(
        "address of an object",
        ("0x",),
        r"0x(?:(?<=\bat 0x)[0-9a-fA-F]{4,16}|(?<=\b0x)[0-9a-fA-F]{9,12})\b",
        "<address>",
        "where memory was free; shorter numbers (0xdeadbeef) and 64-bit constants are kept",
    ),
    _row(
        "temporary path",
        ("/tmp/",),
        r"(?<![\w.])(?:/private)?(?:/var)?/tmp/(?:pytest-of-[\w.-]+/pytest-\d+|[\w.+-]*[\w+-])",
        "/tmp/<temp>",
        "a random name, or the next free number: mktemp, tempfile, tmp_path",
    ),
    _row(
        "temporary path on macOS",
        ("/var/folders/",),
        r"(?:/private)?/var/folders/\w+/\w+/T/[\w.+-]*[\w+-]",
        "/tmp/<temp>",
        "a random name",
    ),
    _row(
        "port on this machine",
        ("127.0.0.1:", "localhost:", "[::1]:", "0.0.0.0:"),
        r"(127\.0\.0\.1|\blocalhost|\[::1\]|\b0\.0\.0\.0):\d{1,5}\b",
        r"\1:<port>",
        "the next free one",
    ),
    _row(
        "process id",
        ("pid", "PID", "Pid"),
        r"\b([Pp][Ii][Dd](?:[ =]|: ?))\d+\b",
        r"\1<pid>",
        "the next free number",
    ),
    _row(
        "process id of a shell's job",
        ("] ", "]+ ", "]- "),
        r"^(\[\d+\][+-]? +)\d+(?=$| +(?:Running|Done|Stopped|Exit|Terminated|Killed))",
        r"\1<pid>",
        "the next free number",
    ),
    _row(
        "platform in pytest's header",
        ("platform ",),
        r"^platform \w+ -- Python \d.*$",
        "platform <python>",
        "versions of the machine's Python, pytest and pluggy",
    ),
    _row(
        "plugins in pytest's header",
        ("plugins: ",),
        r"^plugins: [\w.-]+-\d[\w.]*(?:, [\w.-]+-\d[\w.]*)*\n",
        "",
        "what else is installed; the line is not there where nothing is",
    ),
    _row(
        "folders in pytest's header",
        ("rootdir: ", "cachedir: "),
        r"^(rootdir|cachedir): [^\s,]+",
        r"\1: <path>",
        "where the workspace lies",
    ),
)
"""Applied to tool output only, in this order; a prompt keeps every letter."""


@dataclass(frozen=True)
class Normaliser:
    """Makes text the same on every machine.

    Attributes:
        replacements: pairs (found, put in its place), such as the real path of the workspace and
            `/workspace`. The longest is taken first; a path does not match the beginning of a longer name.
        patterns: a project's own, from `own_patterns`; applied to tool output after `VOLATILE`.
    """

    replacements: Sequence[tuple[str, str]] = ()
    patterns: Sequence[Volatile] = ()
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _new: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        new = {old: put for old, put in self.replacements if old and old != put}
        longest_first = sorted(new, key=len, reverse=True)
        joined = "|".join(re.escape(old) + _whole_name(old) for old in longest_first)
        object.__setattr__(self, "_new", new)
        object.__setattr__(self, "_pattern", re.compile(joined) if joined else None)

    def __call__(self, text: str) -> str:
        """Tool output with replacements and without what is volatile. Doing it twice changes nothing.

        Raises:
            CassetteError: a pattern of the project changes what it has put there itself.
        """
        text = self._known(text)
        for volatile in self.patterns:
            text = self._settled(volatile, text)
        return text

    def _known(self, text: str) -> str:
        text = self.replace(text)
        for volatile in VOLATILE:
            text = volatile.replace(text)
        return text

    def _settled(self, volatile: Volatile, text: str) -> str:
        once = volatile.replace(text)
        # What a cassette holds was normalised when it was recorded, and is once more when it is read.
        if once != text and volatile.replace(self._known(once)) != once:
            raise CassetteError(
                f"agent_normalise: {volatile.name!r} changes its own result, so that a recording would not match: "
                f"its replacement {volatile.placeholder!r} must be something that no pattern matches"
            )
        return once

    def replace(self, text: str) -> str:
        """Any text with replacements only."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._new[match[0]], text)


def own_patterns(given: object) -> tuple[Volatile, ...]:
    """A project's own patterns, as the fixture `agent_normalise` gives them.

    Args:
        given: name → (regular expression or its text, replacement as `re.sub` takes it).

    Raises:
        CassetteError: it is something else, or not a regular expression.
    """
    if not isinstance(given, Mapping):
        raise CassetteError(f"agent_normalise must give {_EXPECTED}; found {type(given).__name__}")
    return tuple(_own(str(name), pair) for name, pair in given.items())


_EXPECTED = "a mapping of names to pairs of a pattern and what is put in its place"


def _own(name: str, pair: object) -> Volatile:
    match pair:
        case (str() | re.Pattern(pattern=str()) as pattern, str() as placeholder):
            pass
        case _:
            raise CassetteError(f"agent_normalise must give {_EXPECTED}; found {pair!r} for {name!r}")
    try:
        compiled = re.compile(pattern, re.MULTILINE) if isinstance(pattern, str) else pattern
        # Matches nothing at all, so that every group that the replacement names has to be one of the pattern's.
        re.compile(f"{compiled.pattern}|", compiled.flags).sub(placeholder, "")
    except (re.error, IndexError, TypeError) as error:
        raise CassetteError(f"agent_normalise: {name!r} cannot be used: {error}") from error
    return Volatile(name, ("",), compiled, placeholder, "as the project says")


def _whole_name(text: str) -> str:
    return r"(?![\w-]|\.\w)" if re.match(r"[\w-]", text[-1]) else ""


def is_tool_output(message: Any) -> bool:
    """Whether a chat message carries what a tool said: `role: tool`, or the text protocol's form of it."""
    if not isinstance(message, Mapping):
        return False
    return message.get("role") == "tool" or (
        message.get("role") == "user" and first_text(message).startswith(TEXT_PROTOCOL_OUTPUT)
    )


def first_text(message: Mapping[str, Any]) -> str:
    """The content of a message, or the first text of content in parts; empty if there is none."""
    content = message.get("content")
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, Mapping))
        content = next((text for text in texts if isinstance(text, str)), "")
    return content if isinstance(content, str) else ""
