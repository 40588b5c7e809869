"""JSON as YAML: readable where it can be, exact always."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from pytest_agenttasks.cassettes.yaml_text import Answer, dump, load

PIECES = [
    *("a", "bc", " ", "   ", "\n", "\n\n", "\t", "\r", "\r\n", "\x00", "\ud800", "\udfff", "é", "\u2028", "\x85"),
    *("\ufeff", "😀", ": ", "#", "- ", "'", '"', "{", "[", "!", "&", "*", "|", ">", "%", "@", "`", "? ", "..."),
    *("\n---\n", "null", "~", "true", "1e3", "1", "0x1f", "2024-01-01", "<<", "=", "yes", "\x7f", "\x1b[0m", "\xa0"),
    *("\uffff", "\U0010ffff", ".inf", "1:30", "1_000", "0o7", "\\", "\\n", "\\ud800"),
]


def text(source: random.Random) -> str:
    return "".join(source.choices(PIECES, k=source.randint(0, 9)))


def value(source: random.Random, depth: int = 0) -> object:
    kind = source.random()
    if depth < 3 and kind < 0.15:
        return {text(source): value(source, depth + 1) for _ in range(source.randint(0, 3))}
    if depth < 3 and kind < 0.3:
        return [value(source, depth + 1) for _ in range(source.randint(0, 3))]
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


def test_with_and_without_libyaml_they_read_each_other() -> None:
    program = """
import json, sys, yaml
if yaml.__with_libyaml__:
    del yaml.CSafeDumper, yaml.CSafeLoader
from pytest_agenttasks.cassettes.yaml_text import dump, load
from tests.cassettes.test_yaml_text import values
theirs = json.load(sys.stdin)
ours = values(9, 200)
assert [repr(load(text)) for text in theirs] == [repr(value) for value in ours]
texts = [dump(value) for value in ours]
assert [repr(load(text)) for text in texts] == [repr(value) for value in ours]
json.dump(texts, sys.stdout)
"""
    given = json.dumps([dump(one) for one in values(9, 200)])
    done = subprocess.run(
        [sys.executable, "-c", program], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert [repr(load(text)) for text in json.loads(done.stdout)] == [repr(one) for one in values(9, 200)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("one\ntwo\n", "k: |\n  one\n  two\n"),
        ("one\n\n  two", "k: |-\n  one\n\n    two\n"),
        ("trailing \nx", "k: !lines\n- 'trailing '\n- x\n"),
        ("a\tb\nc\n", "k: !lines\n- \"a\\tb\"\n- c\n- ''\n"),
        ("x\ud800", "k: !escaped 'x\\ud800'\n"),
        ("\x00", 'k: "\\0"\n'),
        ("yes", "k: 'yes'\n"),
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


def test_tags_of_others_are_refused() -> None:
    import yaml

    with pytest.raises(yaml.YAMLError):
        load("k: !!python/object/apply:os.getcwd []")
