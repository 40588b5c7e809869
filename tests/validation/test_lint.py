"""What task files tell of mistakes without anything being run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pytest_agenttasks.spec import load_tasks
from pytest_agenttasks.validation import CODES, Finding, facts_of, lint
from tests.scripted import TASKS

GOOD = """
id: slug
prompt: Make slugify in src/slug.py lower its text, and test that in tests/test_slug.py.
workspace: {files: {src/slug.py: "x = 1"}}
checks:
  - diff: [src/slug.py, tests/test_slug.py]
  - pytest: {args: tests/test_slug.py, min_passed: 2}
solution: touch tests/test_slug.py
limits: {steps: 5}
"""


def findings(folder: Path, text: str) -> list[Finding]:
    file = folder / "some.yaml"
    file.write_text(dedent(text), "utf-8")
    return list(lint((f"some.yaml::{task.name}", task) for task in load_tasks(file, "some.yaml")))


def codes(folder: Path, text: str) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in findings(folder, text)]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_task(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == []


@pytest.mark.parametrize("path", sorted(TASKS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_shipped_tasks_are_clean(path: Path) -> None:
    assert list(lint((task.name, task) for task in load_tasks(path))) == []


NO_CHECKS = GOOD.partition("checks:")[0] + "solution: 'true'\nlimits: {steps: 5}\n"

MATRIX = """
id: many
matrix: {module: [a, b]}
prompt: Test src/{module}.py.
checks: [{files: "src/{{ module }}.py"}]
solution: touch src
limits: {steps: 5}
"""

TWICE = "  - guard: true\n    files: [src/slug.py]\n"

ORIGINAL = """\
  - command: python -m pytest
    hidden:
      original: [scr/**, src/, src/slug.py]
solution:"""

UNCOLLECTED = """\
  - pytest: tests
    hidden: {files: {tests/coupon_tests.py: "def test_it():\\n    assert 1\\n", tests/helpers.py: "X = 1\\n"}}
solution:"""

SCHEMA = """\
  - json:
      file: src/slug.py
      schema:
        requierd: [a]
        x-own: 1
        properties:
          propertys: {type: object, propertys: {}}
          b: {$comment: x, examples: [{nothing: 1}], type: array, items: {type: string}}
          c: {anyOf: [{minimun: 1}]}
solution:"""

SEEDED = {
    "no-checks": (NO_CHECKS, [2]),
    "no-solution": (changed("solution: touch tests/test_slug.py\n", ""), [2]),
    "no-limits": (changed("limits: {steps: 5}\n", ""), [2]),
    "unnamed-files": (changed("Make slugify in src/slug.py lower its text, and test that in tests/test_slug.py.",
                              "Make it work."), [3]),
    "unfilled-name": (MATRIX, [4, 4]),
    "same-tasks": ("id: many\nmatrix: {n: [1, 2]}\nprompt: Write a.py.\nchecks: [{files: a.py}]\nsolution: touch a.py\n"
                   "limits: {steps: 5}\n", [2]),
    "same-checks": (changed("solution:", f"{TWICE}  - {{files: src/slug.py, guard: true}}\nsolution:"), [10]),
    "forbidden-file": (changed("solution:", "  - files: src/new.py\nsolution:"), [8]),
    "weak-tests": (changed(", min_passed: 2", ""), [7]),
    "low-mutation": (changed("solution:", "  - mutation: {of: src/slug.py, min: 40}\nsolution:"), [8]),
    "unmatched-original": (changed("solution:", ORIGINAL), [10]),
    "uncollected-tests": (changed("solution:", UNCOLLECTED), [8]),
    "unknown-keyword": (changed("solution:", SCHEMA), [11, 14, 16]),
}  # fmt: skip
"""Code → a task with this mistake and no other, and the lines that are told."""


@pytest.mark.parametrize("code", SEEDED)
def test_a_mistake_is_found_at_its_line(code: str, tmp_path: Path) -> None:
    text, lines = SEEDED[code]
    assert codes(tmp_path, text) == [(code, line) for line in lines]


def test_every_code_of_reading_has_a_seed() -> None:
    """A file that cannot be read is pytest's to tell."""
    assert SEEDED.keys() == {name for name, one in CODES.items() if one.stage == "reading"} - {"unreadable"}


def test_limits_of_defaults_count(tmp_path: Path) -> None:
    task = "  - prompt: Write a.py.\n    checks: [{files: a.py}]\n    solution: touch a.py\n"
    assert codes(tmp_path, f"defaults: {{limits: {{tokens: 9000}}}}\ntasks:\n{task}") == []
    assert codes(tmp_path, f"tasks:\n{task}") == [("no-limits", 2)]


@pytest.mark.parametrize(
    "prompt",
    ["See tests/test_slug.py", "In `slug.py`,", "the module src.slug", "Everything below tests/.", "slug: fix it"],
)
def test_a_prompt_may_name_a_file_in_many_ways(prompt: str, tmp_path: Path) -> None:
    assert codes(tmp_path, f"{GOOD.partition('prompt:')[0]}prompt: {prompt!r}\n{GOOD.partition('.py.')[2]}") == []


def test_a_longer_name_is_another_file(tmp_path: Path) -> None:
    prompt = "prompt: Look at unslug.py and my_tests.\n"
    text = f"{GOOD.partition('prompt:')[0]}{prompt}{GOOD.partition('.py.')[2].lstrip()}"
    assert codes(tmp_path, text) == [("unnamed-files", 3)]


def test_braces_that_are_no_key_of_the_matrix_are_text(tmp_path: Path) -> None:
    assert codes(tmp_path, MATRIX.replace("{module}.py.", "{other}.py, src/{{ module }}.py and ${HOME}.")) == []


def test_a_file_that_the_setup_may_make_is_not_forbidden(tmp_path: Path) -> None:
    text = SEEDED["forbidden-file"][0]
    assert codes(tmp_path, text.replace("workspace: {", "workspace: {setup: [make], ")) == []
    assert codes(tmp_path, text.replace("src/slug.py: ", "src/new.py: '', src/slug.py: ")) == []
    assert codes(tmp_path, text.replace("diff: [", "diff: [src/, ")) == []


def test_tests_that_bite_otherwise_are_not_weak(tmp_path: Path) -> None:
    weak = SEEDED["weak-tests"][0]
    assert codes(tmp_path, weak.replace("solution:", "  - command: python -m src.slug\nsolution:")) == []
    assert codes(tmp_path, weak.replace("py, tests/test_slug.py]", "py]")) == [], "the agent may not write the test"
    guarded = weak.replace("solution:", "  - {command: 'true', guard: true}\n  - files: tests/*.py\nsolution:")
    assert codes(tmp_path, guarded) == [("weak-tests", 7)]
    anywhere = weak.replace("diff: [src/slug.py, tests/test_slug.py]", "files: src/slug.py")
    assert codes(tmp_path, anywhere.replace("args: tests/test_slug.py", "args: tests")) == [("weak-tests", 7)]
    inside = weak.replace("{args: tests/test_slug.py}", "{args: tests}")
    assert codes(tmp_path, inside) == [("weak-tests", 7)], "a file in the folder is the agent's"


def test_hidden_inputs_are_no_mistakes(tmp_path: Path) -> None:
    """The agent never sees them: the prompt does not name them, and they are not weak, nor forbidden."""
    hidden = "{pytest: tests/test_kept.py, hidden: {files: {tests/test_kept.py: ''}}}"
    test = "pytest: {args: tests/test_slug.py, min_passed: 2}"
    unheld = changed("  - diff: [src/slug.py, tests/test_slug.py]\n", "")
    assert codes(tmp_path, unheld.replace(test, hidden)) == []
    only = changed(f"  - {test}\n", f"  - {hidden}\n  - {{files: src/new.py, hidden: answers}}\n")
    assert codes(tmp_path, only) == []


def test_what_is_meant_is_named(tmp_path: Path) -> None:
    """The nearest folder or file, and the nearest keyword."""
    (original,) = findings(tmp_path, SEEDED["unmatched-original"][0])
    assert original.message == ("hidden: original: scr/** matches no file that is there at first; did you mean 'src'?")
    messages = [one.message for one in findings(tmp_path, SEEDED["unknown-keyword"][0])]
    assert [message.partition("did you mean ")[2] for message in messages] == [
        "'required'?",
        "'properties'?",
        "'minimum'?",
    ]


def test_an_original_in_a_workspace_that_is_not_known_yet_may_match(tmp_path: Path) -> None:
    text = SEEDED["unmatched-original"][0]
    assert codes(tmp_path, text.replace("workspace: {", "workspace: {setup: [make], ")) == []


def test_tests_that_are_collected_otherwise(tmp_path: Path) -> None:
    text = SEEDED["uncollected-tests"][0]
    assert codes(tmp_path, text.replace("pytest: tests\n", "pytest: tests/coupon_tests.py\n")) == []
    ini = 'files: {pytest.ini: "[pytest]\\npython_files = *_tests.py\\n", '
    assert codes(tmp_path, text.replace("files: {", ini, 1)) == []
    assert codes(tmp_path, text.replace("coupon_tests.py", "test_coupon.py")) == []
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/coupons.py").write_text("class TestIt:\n    pass\n")
    beside = "  - {pytest: tests, hidden: kept}\nsolution:"
    assert codes(tmp_path, changed("solution:", beside)) == [("uncollected-tests", 8)]


def test_a_schema_of_another_draft_or_beside_the_task_file(tmp_path: Path) -> None:
    schema = tmp_path / "s.json"
    text = changed("solution:", "  - json: {file: src/slug.py, schema: s.json}\nsolution:")
    schema.write_text('{"typ": "object"}')
    assert codes(tmp_path, text) == [("unknown-keyword", 8)]
    schema.write_text('{"$schema": "http://json-schema.org/draft-04/schema#", "id": "x"}')
    assert codes(tmp_path, text) == []
    schema.write_text("{")
    assert codes(tmp_path, text) == [], "the check tells"
    schema.unlink()
    assert codes(tmp_path, text) == [], "the check tells"


def test_a_check_is_shown_as_the_file_gives_it(tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text("prompt: x\nchecks: [{coverage: {min: 80, args: tests, of: src/a.py}}]\n")
    (task,) = load_tasks(file)
    (check,) = facts_of(task, "some").checks
    assert check.shown == "coverage: {min: 80, args: tests, of: [src/a.py]}"


@pytest.mark.parametrize(
    ("check", "asks"),
    [
        ("trajectory: {steps: {max: 5}}", False),
        ("trajectory: {steps: {min: 1, max: 5}, unused: web}", False),
        ("trajectory: {used: {bash: {max: 0}}}", False),
        ("trajectory: {used: bash}", True),
        ("trajectory: {steps: {min: 3}}", True),
        ("answer: {lacks: sorry}", False),
        ("answer: {lacks: sorry, matches: '4.'}", True),
        ("answer: {json: true}", True),
    ],
)
def test_what_only_sets_bounds_asks_for_nothing(check: str, *, asks: bool, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(f"prompt: x\nchecks:\n  - {check}\n")
    (task,) = load_tasks(file)
    assert [one.asks for one in facts_of(task, "some").checks] == [asks]
