from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.spec import Check
from tests.checks.conftest import Box

PACKAGE = """{
    "name": "shop", "version": "1.2.0", "scripts": {"build": "x", "tests": "y"}, "files": ["a", "b"], "private": true
}"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("json", '{"a": {"b": [1, {"c": 3}]}, "d/e": "2026-01-31"}'),
        ("yaml", "a:\n  b:\n  - 1\n  - c: 3\nd/e: 2026-01-31\n"),
        ("toml", '"d/e" = 2026-01-31\n[a]\nb = [1, {c = 3}]\n'),
    ],
)
def test_values_by_json_pointer(box: Box, kind: str, text: str) -> None:
    box.write({"data": text})
    assert box.passes(kind, "data") == f"1 file: {kind.upper()}, as expected"
    box.passes(kind, {"file": "data", "values": {"/a/b/1/c": 3.0, "/d~1e": "2026-01-31", "/a": {"b": [1, {"c": 3}]}}})
    assert box.fails(kind, {"file": "data", "values": {"/a/b/0": 2}}) == "data: /a/b/0 is 1, expected 2"


def test_what_is_there_instead(box: Box) -> None:
    box.write({"package.json": PACKAGE})
    values = {"/scripts/test": "y", "/files/2": "c", "/files/x": "c", "/version/major": 1, "/private": 1}
    assert box.fails("json", {"file": "package.json", "values": values}).splitlines() == [
        "package.json: /scripts/test is not there: /scripts has build, tests; did you mean 'tests'? (5 mistakes)",
        "package.json: /files/2 is not there: /files is a list of 2",
        "package.json: /files/x is not there: /files is a list of 2",
        'package.json: /version/major is not there: /version is "1.2.0"',
        "package.json: /private is true, expected 1",
    ]


def test_the_whole(box: Box) -> None:
    box.write({"a.json": "[]"})
    box.passes("json", {"file": "a.json", "values": {"": []}})
    assert box.fails("json", {"file": "a.json", "values": {"": [1]}}) == "a.json: the whole is [], expected [1]"


def test_every_matching_file(box: Box) -> None:
    box.write({"a.json": "1", "b.json": "{", "c.json": "2"})
    assert box.fails("json", {"file": "*.json", "values": {"": 1}}).splitlines() == [
        "b.json is not JSON: Expecting property name enclosed in double quotes (line 1, column 2) (2 mistakes)",
        "c.json: the whole is 2, expected 1",
    ]
    assert box.fails("json", "d/*.json").startswith("no file matches d/*.json; there are: ")


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("json", "", "data is not JSON: Expecting value (line 1, column 1)"),
        ("json", '{"a": 1, "a": 2}', "data is not usable JSON: the key 'a' is given twice in an object"),
        ("json", "[NaN]", "data is not usable JSON: NaN is no number that JSON has"),
        ("json", "[1e999]", "data is not usable JSON: inf is no value that JSON has"),
        ("json", "[" * 500 + "]" * 500, "data is not usable JSON: nested more than 100 levels deep"),
        ("json", "[" * 200_000, "data is not usable JSON: maximum recursion depth exceeded"),
        ("json", "9" * 5000, "data is not usable JSON: Exceeds the limit (4300 digits)"),
        ("json", b"\xff\xfe1\x00", "data is not UTF-8 text (byte 0)"),
        ("json", b"[" + b"1," * (3 * 2**20), "data is larger than 4 MiB"),
        ("yaml", "", "data is not usable YAML: the file is empty (line 1, column 1)"),
        ("yaml", "a: b: c", "data is not YAML: mapping values are not allowed in this context (line 1, column 5)"),
        ("yaml", "a: 1\na: 2\n", "data is not usable YAML: the key 'a' is given twice (first in line 1) (line 2, "),
        ("yaml", "a: !!python/object/apply:os.system [ls]", "data is not YAML: could not determine a constructor"),
        ("yaml", "a: 1\n---\nb: 2\n", "data is not YAML: "),
        ("yaml", "[" * 500, "data is not usable YAML: nested more than 100 levels deep"),
        ("yaml", "a: .nan", "data is not usable YAML: nan is no value that JSON has"),
        ("toml", "a = ", "data is not TOML: Invalid value"),
        ("toml", "a = 1\na = 2\n", "data is not TOML: Cannot overwrite a value"),
        ("toml", ".".join("a" * 500) + " = 1", "data is not usable TOML: nested more than 100 levels deep"),
        ("toml", "a = nan", "data is not usable TOML: nan is no value that JSON has"),
    ],
)  # fmt: skip
def test_what_is_no_data(box: Box, kind: str, content: str | bytes, message: str) -> None:
    box.write({"data": content})
    assert box.fails(kind, "data").startswith(message)


@pytest.mark.parametrize(
    ("kind", "text"), [("toml", ".".join("a" * 200_000) + " = 1"), ("yaml", "a: 1" + ":1" * 1_000_000)]
)
def test_what_takes_for_ever_to_read(box: Box, kind: str, text: str) -> None:
    box.write({"a.txt": text})
    box.hurry()
    message = box.fails(kind, "a.txt")
    assert message.startswith(f"a.txt is not usable {kind.upper()}: reading it did not end within ")


def test_a_long_text_that_aliases_repeat(box: Box) -> None:
    box.write({"a.yaml": f"a: &a {'x' * 10_000}\nb: [{', '.join(['*a'] * 100_000)}]\n"})
    box.hurry()
    assert "a.yaml is not usable YAML: reading it did not end " in box.fails("yaml", "a.yaml")


def test_a_bomb_of_aliases(box: Box) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    box.write({"bomb.yaml": "\n".join(["a0: &a0 [1, 2]", *levels])})
    assert "aliases stand for more than 1,000,000 values" in box.fails("yaml", "bomb.yaml")


SCHEMA = {
    "type": "object",
    "required": ["name", "price"],
    "properties": {"name": {"type": "string"}, "price": {"type": "number", "minimum": 0}},
}


def test_a_schema(any_box: Box) -> None:
    any_box.write({"a.json": '{"name": "tea", "price": 3}', "b.yaml": "name: 3\nprice: -1\n"})
    any_box.passes("json", {"file": "a.json", "schema": SCHEMA})
    assert any_box.fails("yaml", {"file": "b.yaml", "schema": SCHEMA}).splitlines() == [
        "b.yaml: /name: 3 is not of type 'string' (2 mistakes)",
        "b.yaml: /price: -1 is less than the minimum of 0",
    ]


def test_the_part_of_a_choice_that_tells_most(box: Box) -> None:
    box.write({"a.json": '{"item": {"name": 3}}'})
    choice = {"properties": {"item": {"anyOf": [{"type": "string"}, {"properties": {"name": {"type": "string"}}}]}}}
    assert box.fails("json", {"file": "a.json", "schema": choice}) == "a.json: /item/name: 3 is not of type 'string'"


@pytest.mark.parametrize(
    ("name", "text"), [("item.schema.json", '{"required": ["name"]}'), ("item.yaml", "required: [name]\n")]
)
def test_a_schema_beside_the_task_file(box: Box, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    box.base = tmp_path
    box.write({"a.json": "{}"})
    assert box.fails("json", {"file": "a.json", "schema": name}) == "a.json: 'name' is a required property"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("gone.json", "schema: there is no file gone.json beside the task file; did you mean 'done.json'?"),
        ("broken.json", "schema: broken.json is not JSON: Expecting value (line 1, column 1)"),
        ("list.json", "schema: list.json is no JSON Schema: found list, expected a mapping"),
        ({"type": "text"}, "schema: this is no JSON Schema: type: 'text' is not valid under any of the given schemas"),
        ({"$ref": "https://example.com/a.json"}, "schema: it cannot be used: "),
        ({"$ref": "#/$defs/gone"}, "schema: it cannot be used: "),
    ],
)
def test_a_schema_that_cannot_be_used_is_an_error(box: Box, tmp_path: Path, schema: object, message: str) -> None:
    (tmp_path / "done.json").write_text("{}")
    (tmp_path / "broken.json").write_text("x")
    (tmp_path / "list.json").write_text("[]")
    box.base = tmp_path
    box.write({"a.json": "{}"})
    assert message in box.errs("json", {"file": "a.json", "schema": schema})


def test_data_for_which_a_pattern_of_the_schema_takes_for_ever(box: Box) -> None:
    box.write({"a.json": '"' + "a" * 60 + '!"'})
    box.hurry()
    message = box.fails("json", {"file": "a.json", "schema": {"pattern": "(a+)+$"}})
    assert message.startswith("the validation did not end within")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a.b[0].c": 1}, r"'a.b\[0\].c' is no JSON Pointer \(RFC 6901\): write '/a/b/0/c'"),
        ({"$.a": 1}, "write '/a'"),
        ({"/a~b": 1}, "write ~0 for ~ and ~1 for / in a key"),
        ({"/a": float("nan")}, "nan is no value that JSON has"),
        ({"/a": b"x"}, "is no value that JSON has"),
    ],
)
def test_pointers_and_values_that_are_none(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Check.model_validate({"json": {"file": "a.json", "values": values}})


def test_a_length_tells_what_it_should_be(box: Box) -> None:
    box.write({"a.json": '{"bands": [1, 2], "name": "abc"}'})
    schema = {"properties": {"bands": {"minItems": 3}, "name": {"maxLength": 2}}}
    assert box.fails("json", {"file": "a.json", "schema": schema}).splitlines() == [
        "a.json: /bands: [1, 2] is too short (minItems 3) (2 mistakes)",
        "a.json: /name: 'abc' is too long (maxLength 2)",
    ]
