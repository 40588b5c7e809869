"""Task files that are written: they read well, and load as what they were made from."""

from __future__ import annotations

import json

import pytest

from pytest_agenttasks.cli.importing.yaml_text import file_text
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import SolutionSpec
from tests.cli.importing.conftest import Importer

ODD = {
    "plain": "word",
    "lines": "a\nb\n",
    "no end": "a\nb",
    "many ends": "a\n\n\n",
    "only ends": "\n\nx",
    "spaces before": "  a\n b\n",
    "spaces behind": "a  \nb \n   \n",
    "tabs": "\ta\tb\n\tc\t\n",
    "spaces only at the end": "a\n   ",
    "hash": "# a # b\n#c",
    "words of YAML": "yes",
    "a number": "1_000",
    "a date": "2024-01-01",
    "nothing": "~",
    "quotes": "'a' \"b\" \\n \\",
    "signs": "- a: b\n? c\n--- d\n...\n& * ! | > % @ `",
    "CRLF": "a\r\nb\r\n",
    "CR": "a\rb",
    "other ends of lines": "a\x85b\u2028c\u2029d\n",
    "emoji": "\U0001f600 \U0010ffff ü 漢\n",
    "control": "\x01\x1b[31m\x7f\x9f",
    "byte order mark": "\ufeffa\n\ufeffb",
    "noncharacters": "\ufffe\uffff",
    "template": "{{ x }}",
    "statement": "{% if %}\n",
    "unclosed": "{{",
    "closed": "}}{%",
    "comment": "{# a #} {## b ##} {{\n{## c ##}",
    "raw": "{% raw %}{{ x }}{% endraw %}\n",
    "endraw": "{{ {%- endraw -%} }} {%+endraw%}",
    "template and CRLF": '{{ "x\\" }}\r\n\\u0041 \U0001f600 {% endraw %}',
    "template and one CR": "{{ x }}\ry",
    "length of a shell": "${#x} {{ y }}\n",
    "line marks": "{{ x }}\n# for x in y\n## z\n",
}


@pytest.mark.parametrize("name", ODD)
def test_any_text_is_carried_over_to_the_letter(importer: Importer, name: str) -> None:
    """As prompt, as title and solution, as name and content of a file."""
    text = ODD[name]
    row = {"prompt": text, "title": text, "solution": text, "files": {text: text}, "checks": [{"command": text}]}
    importer(importer.source("x.jsonl", json.dumps(row)))
    (task,) = importer.tasks("x")
    spec = task.spec
    assert (spec.prompt, spec.title, spec.solution) == (text, text, SolutionSpec(run=text))
    assert spec.workspace.files == {text: text}
    assert spec.checks[0].options.model_dump()["run"] == text


def test_half_a_surrogate_pair_is_told(importer: Importer) -> None:
    (task,), told = importer.of("x.jsonl", '{"prompt": "a\\ud800b", "\\udfff": 1}')
    assert task.spec.prompt == "a\ufffdb"
    assert "half a surrogate pair, which no file can hold, is U+FFFD (line 1)" in told


def test_a_nul_is_carried_over_and_told(importer: Importer) -> None:
    (task,), told = importer.of("x.jsonl", '{"prompt": "a\\u0000b", "id": "n"}')
    assert task.spec.prompt == "a\0b"
    assert "it holds a NUL, which no program can be given as an argument (n)" in told


def test_a_comment_stays_one(importer: Importer) -> None:
    """Whatever stands in a source's column or id, it does not become YAML."""
    importer.of("x.jsonl", json.dumps({"prompt": "p", "a\nb: c\r\u2028": 1, "id": "x\n[\x1b]"}))
    assert [line for line in importer.text("x").splitlines() if not line.startswith("#")] == [
        "id: x", "tags: [unjudged]", "prompt: p",
    ]  # fmt: skip


def test_what_tasks_share_stands_once() -> None:
    limits = {"steps": 5, "seconds": 1.5}
    tasks: list[Json] = [
        {"id": "a", "prompt": "x\ny\n", "limits": limits, "checks": [{"files": ["a"]}, {"pytest": {}}]},
        {"id": "b", "checks": [{"command": "a\nb\n"}], "limits": limits, "prompt": "z", "title": "T"},
    ]
    assert (
        file_text(["one", ""], tasks)
        == """\
# one
#
defaults:
  limits: {steps: 5, seconds: 1.5}

tasks:
  - id: a
    prompt: |
      x
      y
    checks:
      - files: [a]
      - pytest: {}

  - id: b
    title: T
    prompt: z
    checks:
      - command: |
          a
          b
"""
    )
