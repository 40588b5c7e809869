"""JSON as YAML: readable where it can be, exact always, and YAML for others too."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
import yaml

from pytest_agenttasks.cassettes.yaml_text import Answer, dump, load

PIECES = [
    *("a", "bc", " ", "   ", "\n", "\n\n", "\t", "\r", "\r\n", "\x00", "\ud800", "\udfff", "é", "\u2028", "\x85"),
    *("\ufeff", "😀", ": ", "#", "- ", "'", '"', "{", "[", "!", "&", "*", "|", ">", "%", "@", "`", "? ", "..."),
    *("\n---\n", "null", "~", "true", "1e3", "1", "0x1f", "2024-01-01", "<<", "=", "yes", "\x7f", "\x1b[0m", "\xa0"),
    *("\uffff", "\U0010ffff", ".inf", "1:30", "1_000", "0o7", "\\", "\\n", "\\ud800", "09", "1.5e3", "-", ":", ","),
]
ENDS = ("\n", "\r\n", " \n", "\t\n", "\n\n", "")


def text(source: random.Random) -> str:
    """Pieces, or pieces as lines that all end alike."""
    if source.random() < 0.2:
        end = source.choice(ENDS)
        return "".join(source.choice(PIECES).strip() + end for _ in range(source.randint(1, 6)))
    return "".join(source.choices(PIECES, k=source.randint(0, 9))) * source.choice([1, 1, 1, 1, 30])


def value(source: random.Random, depth: int = 0) -> object:
    kind = source.random()
    if depth < 3 and kind < 0.15:
        return {text(source): value(source, depth + 1) for _ in range(source.randint(0, 3))}
    if depth < 3 and kind < 0.3:
        return [value(source, depth + 1) for _ in range(source.randint(0, 3))]
    if kind < 0.33:
        return Answer(source.randint(0, 9), ["role", text(source)], {"plus": text(source)})
    return text(source) if kind < 0.9 else source.choice([None, True, False, 1, 1.5, 1e-5, 1e300, -0.0, 10**30])


def values(seed: int, number: int) -> list[dict[str, object]]:
    source = random.Random(seed)
    return [{"k": value(source), "l": [value(source), text(source)]} for _ in range(number)]


@pytest.mark.parametrize("seed", range(8))
def test_everything_comes_back_exactly(seed: int) -> None:
    for given in values(seed, 150):
        written = dump(given)
        written.encode()
        assert "\r" not in written
        assert repr(load(written)) == repr(given)


def library(base: Any) -> Any:
    """A loader of PyYAML that knows the four tags as documented."""

    class Loader(base):  # type: ignore[misc]
        pass

    def unescaped(text: str) -> str:
        return text.encode("raw_unicode_escape").decode("unicode_escape")

    def escaped(loader: Any, node: Any) -> str:
        return "".join(map(unescaped, loader.construct_scalar(node).splitlines(keepends=True)))

    def answer(loader: Any, node: Any) -> Answer:
        members = loader.construct_mapping(node, deep=True)
        return Answer(members["of"], members["only"], members.get("plus", {}))

    Loader.add_constructor("!escaped", escaped)
    Loader.add_constructor("!crlf", lambda loader, node: loader.construct_scalar(node).replace("\n", "\r\n"))
    Loader.add_constructor("!members", lambda loader, node: dict(loader.construct_sequence(node, deep=True)))
    Loader.add_constructor("!answer", answer)
    return Loader


@pytest.mark.parametrize(("base", "number"), [("SafeLoader", 100), ("CSafeLoader", 500)])
def test_a_yaml_library_reads_the_same(base: str, number: int) -> None:
    if not hasattr(yaml, base):
        pytest.skip("PyYAML was built without libyaml")
    read = partial(yaml.load, Loader=library(getattr(yaml, base)))
    for given in values(9, number):
        assert repr(read(dump(given))) == repr(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("one\ntwo\n", "k: |\n  one\n  two\n"),
        ("one\n\n  two", "k: |-\n  one\n\n    two\n"),
        ("  one\ntwo\n\n", "k: |2+\n    one\n  two\n\n"),
        ("trailing \nx", "k: |-\n  trailing \n  x\n"),
        ("a:\n\tmake all\n", "k: |\n  a:\n  \tmake all\n"),
        ("grün 😀\n", "k: |\n  grün 😀\n"),
        ("a\r\nb\r\n", "k: !crlf |\n  a\n  b\n"),
        ("10 %\r20 %\ndone \\o/\n", "k: !escaped |\n  10 %\\r20 %\n  done \\\\o/\n"),
        ("\x1b[1mbold\x1b[0m\n\x00", "k: !escaped |-\n  \\u001b[1mbold\\u001b[0m\n  \\u0000\n"),
        ("x\ud800", "k: !escaped 'x\\ud800'\n"),
        ("\x00\t", 'k: "\\u0000\\t"\n'),
        ("\n\n", 'k: "\\n\\n"\n'),
        ("yes", "k: 'yes'\n"),
        ({"n" * 151: [1]}, f"k: !members\n- - {'n' * 151}\n  - - 1\n"),
        ([[1, []], {"a": {}, "b": "c\nd"}], "k:\n- - 1\n  - []\n- a: {}\n  b: |-\n    c\n    d\n"),
        (Answer(3, ["role", "content"], {}), "k: !answer {of: 3, only: [role, content]}\n"),
        (Answer(3, ["role"], {"x": "y"}), "k: !answer\n  of: 3\n  only:\n  - role\n  plus:\n    x: y\n"),
    ],
)
def test_how_it_looks(given: object, expected: str) -> None:
    assert dump({"k": given}) == expected
    assert load(expected) == {"k": given}


def test_long_lines_are_not_folded() -> None:
    assert len(dump({"k": "word " * 500 + "end"}).splitlines()) == 1
    assert len(dump({"k": '"\t word ' * 500}).splitlines()) == 1


def test_nothing_is_shared_by_anchors() -> None:
    tools = [{"a": "b"}]
    assert dump({"x": tools, "y": tools}) == "x:\n- a: b\ny:\n- a: b\n"
    again = load("x: []\ny: []\n")
    assert again["x"] is not again["y"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("k: !!python/object/apply:os.getcwd []\n", 1),
        ("k: !other x\n", 1),
        ("k: v\nl: &a x\n", 2),
        ("k: *a\n", 1),
        ("? b\n: c\n", 1),
        ("k: v\n\0\nl: v\n", 2),
        ("k: v\n   l: v\n", 2),
        ("k:\nl: v\n", 2),
        ("k: {a: b}\n", 1),
        ("k: >\n  folded\n", 1),
        ("k: v\n\nl: v\n", 2),
        ("k: !answer\n  of: 1\n", 3),
        ("k: !members\n- 1\n", 3),
        ("- a\n", 1),
        ("just text\n", 1),
        ("", 1),
    ],
)
def test_other_yaml_is_refused(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=rf"^line {line} is not as this package writes it$"):
        load(text)


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_long_outputs_come_back(size: int) -> None:
    output = ("0123456789 abc\n" * (size // 15 + 1))[:size]
    for given in (output, output.replace("\n", "\r\n"), output.replace("a", "\x1b"), output.replace("\n", " ")):
        assert load(dump({"k": [given]})) == {"k": [given]}
