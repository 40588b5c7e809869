"""Which tasks a word of the command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.cli.apply.selection import selected
from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.results import Outcome, TaskResult

PASSED, FAILED, QUOTA = Outcome.PASSED, Outcome.FAILED, Outcome.QUOTA


def result(
    task: str, file: str = "tasks/work.yaml", outcome: Outcome = PASSED, reason: str = "", requested: str = ""
) -> TaskResult:
    slug = f"slug-{task}"
    return TaskResult(task, file, 1, slug, "loop", "run", outcome=outcome, reason=reason, requested=requested)


RESULTS = [
    result("top"),
    result("tests[src/a.py-trial1]"),
    result("tests[src/a.py-trial2]"),
    result("tests[src/b.py-trial1]"),
    result("top", "tasks/more/other.yml"),
    result("-odd name ü", "tasks/more/other.yml"),
    result("fails", outcome=FAILED, reason="command: it ended with 1"),
    result("waits", outcome=QUOTA),
]

WORDS = {
    "tasks/work.yaml::top": [0],
    "top": [0, 4],
    "tests": [1, 2, 3],
    "tests[src/a.py-trial2]": [2],
    "tasks/work.yaml::tests[src/b.py-trial1]": [3],
    "tests[src/?.py-trial1]": [1, 3],
    "*::t*": [0, 1, 2, 3, 4],
    "tasks/more": [4, 5],
    "tasks/more/other.yml": [4, 5],
    "-odd*": [5],
    "work.yaml::top": [0],
    "more/": [4, 5],
    "./work.yaml::tests": [1, 2, 3],
    ".": [0, 1, 2, 3, 4, 5],
    "*": [0, 1, 2, 3, 4, 5],
}
"""As typed in the folder `tasks` → places in `RESULTS`."""


@pytest.mark.parametrize("word", WORDS)
def test_names_files_folders_and_patterns(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tasks").mkdir()
    monkeypatch.chdir(tmp_path / "tasks")
    assert [RESULTS.index(one) for one in selected(RESULTS, [word], tmp_path)] == WORDS[word]


def test_several_words_mean_each_task_once_in_the_order_of_the_run(tmp_path: Path) -> None:
    assert selected(RESULTS, ["tests[src/b.py-trial1]", "top", "top"], tmp_path) == [RESULTS[n] for n in (0, 3, 4)]
    assert selected(RESULTS, [], tmp_path) == RESULTS[:6]


REFUSED = {
    "tasks/work.yaml::topp": "unknown task 'tasks/work.yaml::topp'; did you mean 'tasks/work.yaml::top'?",
    "fails": "fails: only what passed can be applied\n  tasks/work.yaml::fails: failed: command: it ended with 1",
    "waits": "waits: only what passed can be applied\n  tasks/work.yaml::waits: quota",
    "": "unknown task ''",
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_means_nothing_that_passed_is_refused(word: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as told:
        selected(RESULTS, ["top", word], tmp_path)
    assert str(told.value).startswith(REFUSED[word])


def test_a_run_in_which_nothing_passed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"^only what passed can be applied\n  .*::fails: failed"):
        selected(RESULTS[6:], [], tmp_path)
    with pytest.raises(Refused, match="no task in this run that has ended"):
        selected([], [], tmp_path)
