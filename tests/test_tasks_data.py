"""The shipped tasks and what the scripted model does on them belong together."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from pytest_agenttasks.spec import Task, load_tasks
from tests.record_cassettes import runs
from tests.scripted import SCRIPTS, TASKS, VARIANTS, Script, load_scripts

ITEMS = {task.name: task for path in sorted(TASKS.glob("*.yaml")) for task in load_tasks(path)}
PLAYED = {script.task: script for script in load_scripts()}
TOOLS = {"bash": {"command"}, "read_file": {"path"}, "write_file": {"path", "content"},
         "edit_file": {"path", "old", "new"}, "finish": {"answer"}}  # fmt: skip
VOLATILE = re.compile(r"\bls -\w*l|(^|[;&|] *)date\b|mktemp|--version|sys\.version|/tmp|/home|/workspace", re.MULTILINE)


def test_no_cassette_holds_a_path_of_the_machine_that_recorded_it() -> None:
    told = [
        path.name
        for path in sorted((TASKS.parent / "cassettes").rglob("*.yaml"))
        if "/lib/python3" in path.read_text("utf-8")
    ]
    assert told == []


def calls_of(script: Script, variant: str) -> list[tuple[str, object]]:
    return [pair for turn in script.turns[variant] for call in turn.get("calls", ()) for pair in call.items()]


def test_there_are_as_many_items_of_each_category_as_the_first_users_had() -> None:
    """Twelve of unit tests, twelve refactorings, ten of documentation, and seven of code of three sizes."""
    counts = {
        "simple_code": 3,
        "moderate_code": 2,
        "complex_code": 2,
        "unit_tests": 12,
        "refactoring": 12,
        "documentation": 10,
    }
    assert Counter(task.spec.category for task in ITEMS.values()) == counts


@pytest.mark.parametrize("task", ITEMS.values(), ids=lambda task: task.name)
def test_an_item_is_complete(task: Task) -> None:
    spec = task.spec
    assert spec.title
    assert spec.tags
    assert spec.artifacts
    assert spec.solution
    assert {"diff"} < {check.name for check in spec.checks}
    assert spec.workspace.from_ is not None
    assert (task.path.parent / spec.workspace.from_ / "pyproject.toml").is_file()


@pytest.mark.parametrize("path", sorted(TASKS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_task_file_names_its_schema(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../pytest_agenttasks/spec/task.schema.json"
    assert (path.parent / first.partition("$schema=")[2]).is_file()


def test_every_item_has_a_script_of_both_variants() -> None:
    assert PLAYED.keys() == ITEMS.keys()
    assert {frozenset(script.turns) for script in PLAYED.values()} == {frozenset(VARIANTS.values())}


def test_prompts_can_be_told_apart_by_their_first_line() -> None:
    assert len({script.first_line for script in PLAYED.values()}) == len(ITEMS)


def test_two_models_do_not_do_the_same() -> None:
    for script in PLAYED.values():
        one, other = script.turns.values()
        assert one != other, script.task


@pytest.mark.parametrize("variant", VARIANTS.values())
@pytest.mark.parametrize("script", PLAYED.values(), ids=lambda script: script.task)
def test_a_script_uses_the_tools_as_they_are(script: Script, variant: str) -> None:
    """Arguments given as a text are broken JSON on purpose."""
    assert 4 <= len(script.turns[variant]) <= 8
    *work, last = calls_of(script, variant)
    assert last[0] == "finish"
    assert "finish" not in {name for name, _ in work}
    for name, arguments in (*work, last):
        if isinstance(arguments, dict):
            assert arguments.keys() == TOOLS[name]
        else:
            with pytest.raises(json.JSONDecodeError):
                json.loads(str(arguments))


@pytest.mark.parametrize("variant", VARIANTS.values())
@pytest.mark.parametrize("script", PLAYED.values(), ids=lambda script: script.task)
def test_commands_say_the_same_on_any_machine(script: Script, variant: str) -> None:
    commands = [str(arguments) for name, arguments in calls_of(script, variant) if name == "bash"]
    assert [command for command in commands if VOLATILE.search(command)] == []


def test_gemini_flash_meets_its_limit_in_the_middle_of_a_conversation() -> None:
    faults = [(script, fault) for script in PLAYED.values() for fault in script.faults]
    assert faults
    for script, fault in faults:
        assert VARIANTS[fault.model] == "gemini-flash"
        assert 0 < fault.turn < len(script.turns["gemini-flash"]) - 1


def test_a_task_in_which_a_model_is_limited_is_recorded_alone() -> None:
    """Else the model would be passed over in the tasks that happen to run after it."""
    first, *alone = runs(sorted(TASKS.glob("*.yaml")), list(PLAYED.values()))
    assert alone == [["tasks/documentation.yaml::csv-format"]]
    assert len(first) == len(set(first)) == len(ITEMS) - 1


def test_scripts_lie_in_the_folder_of_their_task_file() -> None:
    for path in SCRIPTS.rglob("*.yaml"):
        task = yaml.safe_load(path.read_text("utf-8"))["task"]
        assert ITEMS[task].path.name == f"{path.parent.name}.yaml"
