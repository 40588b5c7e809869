"""The JSON Schema that editors use agrees with the loader about what may stand in a task file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import pytest_agenttasks
from pytest_agenttasks.exceptions import TaskFileError
from pytest_agenttasks.spec import json_schema, load_tasks

SHIPPED = Path(pytest_agenttasks.__file__).parent / "spec/task.schema.json"
TASKS = sorted((Path(__file__).parents[2] / "tasks").glob("*.yaml"))

GOOD = {
    "one task": "prompt: x",
    "several": "defaults: {agent: nop}\ntasks: [{id: a, prompt: x}, {id: b, prompt: y}]",
    "short forms": "prompt: x\nchecks: [files: a, files: [a, b], command: 'true', python: a, pytest: '-q', diff: [a]]",
    "long forms": """
        prompt: x
        checks:
        - files: {exist: a}
        - contains: {file: a, text: b, ignore_case: true}
        - command: {run: x, exit_code: 3, seconds: 1.5}
        - python: {compiles: [a]}
        - pytest: {args: a, min_passed: 2}
        - pytest: {}
        - coverage: {of: a, min: 70}
        - diff: {only: a}
        - files: {exist: [a], count: 2, min_bytes: 10}
        - absent: {paths: [a, b/**]}
        - contains: {file: a, text: b, in: each, max: 0}
        - matches: {file: a, regex: "^b", multiline: false, dot_all: true, min: 1, max: 3, seconds: 2}
        - json: {file: a, schema: {type: object, required: [b]}, values: {/b/0: 3, "": {b: [3]}}}
        - yaml: {file: a, values: {/b: 2026-01-31}}
        - toml: {file: a, values: {/b: true}}
        - command: {run: x, stdout: done, stderr: {equals: "", lacks: [Error], matches: ["^$"]}}
        - python: {imports: {a.b: [C, d], e: f}, path: [src]}
        - python: {compiles: a, imports: a.b, ruff: true, mypy: strict, settings: workspace, seconds: 60}
        - python: {compiles: a, ruff: [E, F], mypy: true, imports: [a, b]}
        - diff: {must: [a], never: b, max_files: 3, min_lines: 1, max_lines: 100}
        - answer: {contains: [a, b], lacks: c, matches: d, equals: e, ignore_case: true, json: true}
        - answer: {json: {schema: {type: object}, values: {/a: b}}}
        - trajectory: {used: bash, unused: [web], ran: [a, b], steps: {max: 3}, calls: {min: 1}, tokens: {max: 9}}
        - trajectory: {used: {bash: {count: 3}, edit: {min: 1, max: 2}}, ran: {pytest: {max: 2}}}
    """,
    "short forms of all": """
        prompt: x
        checks: [absent: a, absent: [a], json: a, yaml: a, toml: a, answer: a, answer: [a, b]]
    """,
    "solution": "prompt: x\nsolution: echo",
    "hidden inputs of a folder": "prompt: x\nchecks: [{pytest: tests, hidden: _judge}]",
    "no solution": "prompt: x\nsolution:",
    "solution of files": "prompt: x\nmatrix: {n: [1]}\nsolution: {from: '_done/{{ n }}', run: rm a}",
    "a judge": """
        prompt: x
        checks:
        - judge: It is so.
        - judge: [It is so., And so.]
        - judge: {rubric: It is so., model: m, sees: a, votes: 1}
        - judge: {rubric: [x], model: [m, n], sees: [a, "b/*"], diff: true, answer: true, votes: 15, same_model: true}
    """,
    "one model": "prompt: x\nmodel: gemma",
    "several models": "prompt: x\nmodel: [a, openrouter/b/c:free]",
    "templates for numbers, words and flags": """
        prompt: "{{ n }}"
        category: "{{ word }}"
        priority: "{{ p }}"
        tags: ["{{ word }}"]
        workspace: {network: "{{ flag }}"}
        limits: {steps: "{{ n }}", tokens: "{{ n }}", cost_usd: "{{ n }}"}
        matrix: {n: [1], word: [a], p: [low], flag: [true]}
        checks: [pytest: {min_passed: "{{ n }}"}]
    """,
}

BAD = {
    "no prompt": "id: a",
    "unknown key": "prompt: x\nfoo: 1",
    "unknown key in a task": "tasks: [{prompt: x, foo: 1}]",
    "unknown key beside tasks": "tasks: [{prompt: x}]\nprompt: y",
    "unknown key in defaults": "defaults: {foo: 1}\ntasks: [{prompt: x}]",
    "prompt in defaults": "defaults: {prompt: x}\ntasks: [{prompt: x}]",
    "defaults alone": "defaults: {agent: nop}",
    "no task": "tasks: []",
    "unknown limit": "prompt: x\nlimits: {step: 1}",
    "text for a number": "prompt: x\nlimits: {steps: many}",
    "negative": "prompt: x\nlimits: {steps: -1}",
    "unknown check": "prompt: x\nchecks: [fils: a]",
    "two checks in one": "prompt: x\nchecks: [{files: a, command: b}]",
    "no check in an entry": "prompt: x\nchecks: [{}]",
    "check without options": "prompt: x\nchecks: [pytest: ]",
    "a judge without a rubric": "prompt: x\nchecks: [judge: {model: m}]",
    "an even number of votes": "prompt: x\nchecks: [judge: {rubric: x, votes: 2}]",
    "no criteria": "prompt: x\nchecks: [judge: []]",
    "a score": "prompt: x\nchecks: [judge: {rubric: x, min_score: 4}]",
    "list for a command": "prompt: x\nchecks: [command: [a]]",
    "short form of a check that has none": "prompt: x\nchecks: [coverage: a]",
    "list for a solution": "prompt: x\nsolution: [a]",
    "unknown key of a solution": "prompt: x\nsolution: {form: a}",
    "count and bounds": "prompt: x\nchecks: [contains: {file: a, text: b, count: -1}]",
    "neither all nor each": "prompt: x\nchecks: [contains: {file: a, text: b, in: some}]",
    "steps as a number": "prompt: x\nchecks: [trajectory: {steps: 3}]",
    "text for json": "prompt: x\nchecks: [answer: {json: yes please}]",
    "unknown key of a printed text": "prompt: x\nchecks: [command: {run: a, stdout: {contain: b}}]",
    "mypy as a number": "prompt: x\nchecks: [python: {compiles: a, mypy: 3}]",
    "priority": "prompt: x\npriority: urgent",
    "tag of two words": "prompt: x\ntags: [a b]",
    "matrix without values": "prompt: x\nmatrix: {n: []}",
    "no files": "prompt: x\nchecks: [files: []]",
    "no file in the long form": "prompt: x\nchecks: [coverage: {of: [], min: 3}]",
    "no tools": "prompt: x\nchecks: [trajectory: {used: {}}]",
    "no tools in a list": "prompt: x\nchecks: [trajectory: {used: []}]",
    "no tests": "prompt: x\nchecks: [pytest: {tests: []}]",
    "no models": "prompt: x\nmodel: []",
}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def loads(text: str, folder: Path) -> bool:
    file = folder / "t.yaml"
    file.write_text(text, "utf-8")
    try:
        load_tasks(file)
    except TaskFileError:
        return False
    return True


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_shipped_file_is_up_to_date() -> None:
    assert json.loads(SHIPPED.read_text("utf-8")) == json_schema(), "agenttasks schema > spec/task.schema.json"


@pytest.mark.parametrize("file", TASKS, ids=lambda file: file.name)
def test_it_accepts_the_shipped_tasks(file: Path, validator: Draft202012Validator) -> None:
    assert list(validator.iter_errors(yaml.safe_load(file.read_text("utf-8")))) == []


@pytest.mark.parametrize("name", GOOD)
def test_it_accepts_what_the_loader_accepts(name: str, validator: Draft202012Validator, tmp_path: Path) -> None:
    assert list(validator.iter_errors(yaml.safe_load(GOOD[name]))) == []
    assert loads(GOOD[name], tmp_path)


@pytest.mark.parametrize("name", BAD)
def test_it_refuses_what_the_loader_refuses(name: str, validator: Draft202012Validator, tmp_path: Path) -> None:
    assert list(validator.iter_errors(yaml.safe_load(BAD[name])))
    assert not loads(BAD[name], tmp_path)


def test_every_key_is_explained() -> None:
    schema = json_schema()
    objects: list[dict[str, Any]] = [one for one in schema["$defs"].values() if "properties" in one]
    bare = {
        f"{one['title']}.{key}"
        for one in objects
        for key, value in one["properties"].items()
        if "description" not in value and "$ref" not in value
    }
    assert bare == set()
