"""The first system's batch files as tasks."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.cli import main
from pytest_agenttasks.spec import CommandOptions, CoverageOptions, Task, load_tasks
from tests.cli.importing.conftest import DATA, Importer, by_id

FIRST = DATA / "first_system"
NAMES = [f"batch{number}_results" for number in range(1, 6)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """The tasks of the five files, by id."""
    folder = tmp_path_factory.mktemp("first")
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["import", str(FIRST), "--to", str(folder)]) == 0
    return by_id(task for name in NAMES for task in load_tasks(folder / f"{name}.yaml"))


def batch(*items: Any, **more: Any) -> str:
    """A batch file with these items, all submitted."""
    return json.dumps({"results": [{"item": item, "status": "submitted"} for item in items], **more})


def item(number: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "file": "src/a/b.py", "task": "Tidy it", **more}


def test_all_41_items_are_tasks_that_pytest_collects(importer: Importer) -> None:
    told = importer(FIRST)
    tasks = by_id(task for name in NAMES for task in importer.tasks(name))
    assert len(tasks) == 41
    assert (
        "its checks hold as well where nothing is done; add one that shows the work (batch3_results: items 19–27)"
        in told
    )
    assert "41 items present of 47: ids go up to 47, and 13–18 are in none of these files" in told
    assert "batch3_results: items 19–30" in told
    numbers = {int(tag.removeprefix("item_")) for task in tasks.values() for tag in task.spec.tags if "item_" in tag}
    assert numbers == {*range(1, 48)} - {*range(13, 19)}
    categories = Counter(task.spec.category for task in tasks.values())
    assert categories == {
        "unit_tests": 12,
        "refactoring": 12,
        "documentation": 10,
        "simple_code": 5,
        "moderate_code": 2,
    }
    next_command = told.splitlines()[-1].removeprefix("next:  ").split()
    (importer.here / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", *next_command, "-q"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "41 tests collected" in done.stdout


def test_an_item_for_tests_asks_for_the_coverage_that_it_names(first: dict[str, Task]) -> None:
    task = first["adapters-1"].spec
    tests = "tests/test_agent_orchestration_adapters.py"
    assert task.title == "Unit tests for src/agent_orchestration/adapters.py (item 1)"
    assert task.tags == ["first_system", "item_1", "agent_orchestration", "simple"]
    assert tests in task.prompt
    assert "70 % of its lines" in task.prompt
    assert [check.name for check in task.checks] == ["files", "diff", "pytest", "coverage"]
    assert task.checks[-1].options == CoverageOptions(of="src/agent_orchestration/adapters.py", min=70, args=tests)


def test_a_complex_item_has_twice_the_limits(first: dict[str, Task]) -> None:
    assert {task.spec.limits.steps for task in first.values() if "complex" in task.spec.tags} == {60}
    assert first["adapters-1"].spec.limits.steps == 30


def test_nothing_is_imported_as_done(importer: Importer) -> None:
    told = importer(importer.source("b.json", batch(item(1)).replace("submitted", "completed")))
    assert "status 'completed': what is done is told by checks, not by a status (item 1)" in told


GOOD = '''"""M."""
class C:
    """C."""
    def m(self, a: int, *b: str) -> None:
        """M."""
        def inner() -> int: return 1
    def _p(self) -> None: pass
'''


@pytest.mark.parametrize(
    ("file", "task", "old", "new", "said"),
    [
        ("src/a/b.py", "Add comprehensive docstrings", '"""M."""\n        def', "def", "no docstring of m"),
        (
            "src/a/",
            "Add comprehensive docstrings",
            '"""M."""\nclass',
            "class",
            "no docstring of the module",
        ),
        ("src/a/b.py", "Add missing type hints", "a: int", "a", "m has no type for a"),
        (
            "src/a/",
            "Add missing type hints",
            "inner() -> int",
            "inner()",
            "inner has no type for what it returns",
        ),
    ],
)
def test_docstrings_and_type_hints_are_counted(
    importer: Importer, file: str, task: str, old: str, new: str, said: str
) -> None:
    (made,), _ = importer.of("b.json", batch(item(1, file=file, task=task)))
    (command,) = [one.options for one in made.spec.checks if isinstance(one.options, CommandOptions)]
    source = importer.here / "src/a/b.py"
    source.parent.mkdir(parents=True)
    for text, expected in ((GOOD, ""), (GOOD.replace(old, new, 1), f"{said}\n")):
        source.write_text(text)
        done = subprocess.run(["bash", "-c", command.run], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.partition(" ")[2]) == (1 if expected else 0, expected)


def test_docs_go_where_they_belong(first: dict[str, Task]) -> None:
    pages = {name: first[name].spec.checks[0].options.model_dump()["exist"] for name in
             ("openhands_integration-31", "agent_orchestration-36")}  # fmt: skip
    assert pages == {
        "openhands_integration-31": ["src/agent_orchestration/openhands_integration/README.md"],
        "agent_orchestration-36": ["docs/agent_orchestration.md"],
    }
    assert "mermaid" in first["agent_orchestration-36"].spec.prompt


class TestWorkspace:
    """What the tasks work in."""

    def commit(self, folder: Path) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True)

    def test_the_folder_where_there_is_no_commit(self, importer: Importer) -> None:
        (importer.here / "src/a").mkdir(parents=True)
        (task, _), told = importer.of("b.json", batch(item(1, file="src/a/"), item(2, file="src/x.py")))
        assert task.spec.workspace.from_ == ".."
        assert "1 path that tasks name and the project's folder does not have:\n  src/x.py\n" in told

    def test_the_last_commit_of_the_folder_in_its_repository(
        self, importer: Importer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = importer.here / "part/of"
        (project / "src/a").mkdir(parents=True)
        (project / "src/a/b.py").write_text("")
        self.commit(importer.here)
        (project / "src/late.py").write_text("")
        monkeypatch.chdir(project)
        importer.here = project
        (task, *_), told = importer.of("b.json", batch(item(1), item(2, file="src/a/"), item(3, file="src/late.py")))
        assert task.spec.workspace.git is not None
        assert (task.spec.workspace.git.ref, task.spec.workspace.git.path) == ("HEAD", "part/of")
        assert "1 path that tasks name and the last commit does not have:\n  src/late.py\n" in told

    def test_a_folder_elsewhere_is_in_the_project_above_it(self, importer: Importer) -> None:
        importer.source("b.json", batch(item(1)))
        other = importer.here / "other/src/a"
        other.mkdir(parents=True)
        (other / "b.py").write_text("")
        (importer.here / "here").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(importer.here / "here")
            told = importer("../b.json", "--to", "../other/tasks")
        assert "does not have" not in told
        assert "workspace: {from: ..}" in (importer.here / "other/tasks/b.yaml").read_text()

    @pytest.mark.parametrize("choice", ["folder", "none"])
    def test_it_can_be_chosen(self, importer: Importer, choice: str) -> None:
        importer.source("x.txt", "x")
        self.commit(importer.here)
        (task,), told = importer.of("b.json", batch(item(1)), "--workspace", choice)
        assert (task.spec.workspace.from_, task.spec.workspace.git) == (".." if choice == "folder" else None, None)
        assert ("does not have" in told) == (choice == "folder")

    def test_a_commit_that_is_not_there_is_refused(self, importer: Importer) -> None:
        told = importer(importer.source("b.json", batch(item(1))), "--workspace=git", code=2)
        assert told.startswith("agenttasks: --workspace=git: ")
        assert importer.files() == []


class TestOddData:
    """What the five files do not have."""

    def test_the_same_item_twice(self, importer: Importer) -> None:
        importer.source("one.json", batch(item(1), item(2, task="Else"), item(1)))
        importer.source("two.json", batch(item(1), item(2, task="Other")))
        told = importer("one.json", "two.json", "one.json")
        assert [task.name for task in importer.tasks("one")] == ["b-1", "b-2"]
        assert [task.name for task in importer.tasks("two")] == ["b-2"]
        assert told.count("an item that is in one.json already, word for word") == 1
        assert "an id that several items have (one: item 2; two: item 2)" in told

    def test_a_file_of_which_nothing_is_left(self, importer: Importer) -> None:
        importer.source("one.json", batch(item(1)))
        importer.source("two.json", batch(item(1)))
        assert "(two: Tidy it: src/a/b.py (item 1))" in importer("one.json", "two.json")
        assert importer.files() == ["tasks/one.yaml"]

    @pytest.mark.parametrize(
        ("odd", "said"),
        [
            ("x", "a result without an item (result 2)"),
            ({"id": 2, "task": "t"}, "an item that names no file, or whose keys are no text (item 2)"),
            ({"id": 2, "file": ["a"]}, "an item that names no file, or whose keys are no text (item 2)"),
            ({"id": 2, "file": "a.py"}, "an item with neither a `task` nor a `target` of coverage (item 2)"),
            ({"id": [2], "file": "a.py", "task": "t"}, "an item whose id is [2] (result 2)"),
        ],
    )
    def test_an_item_that_is_none(self, importer: Importer, odd: Any, said: str) -> None:
        tasks, told = importer.of("b.json", batch(item(1), odd))
        assert len(tasks) == 1
        assert said in told

    @pytest.mark.parametrize(
        ("target", "told"), [("lots", True), ("170%", True), (True, True), ("70 %", False), (70.5, False)]
    )
    def test_targets(self, importer: Importer, target: Any, told: bool) -> None:
        (task,), said = importer.of("b.json", batch({"id": 1, "file": "a.py", "target": target}))
        assert (f"target {target!r}: expected a number of per cent" in said) == told
        assert [check.name for check in task.spec.checks][3:] == ([] if told else ["coverage"])

    def test_a_path_that_leads_out_loses_its_checks(self, importer: Importer) -> None:
        (task,), told = importer.of("b.json", batch(item(1, file="../x.py")))
        assert [check.name for check in task.spec.checks] == ["pytest"]
        assert "the check 'diff': ../x.py leads out of the workspace" in told

    def test_numbers_that_the_file_says_of_itself(self, importer: Importer) -> None:
        _, told = importer.of("b.json", batch(item(1), total_items=3))
        assert "total_items says 3, and there are 1 result" in told

    def test_keys_and_ids_that_nobody_knows(self, importer: Importer) -> None:
        (task,), told = importer.of("b.json", batch(item("a::{{b}}", owner="x", complexity="huge")))
        assert task.name == "b-a-{{b}}"
        assert "item_a_b" in task.spec.tags
        assert "the key 'owner' of items" in told
        assert "complexity 'huge' is a tag and nothing else" in told

    def test_a_file_that_is_broken_off(self, importer: Importer) -> None:
        whole = json.dumps(json.loads(batch(item(1))), indent=2)
        told = importer(importer.source("b.json", whole[:40]), code=1)
        assert "b.json: not JSON" in told
        assert "Traceback" not in told
