"""What task files tell of mistakes without anything being run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pytest_agenttasks.spec import load_tasks
from pytest_agenttasks.validation import CODES, Finding, lint
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
