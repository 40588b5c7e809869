"""`agenttasks cassettes ls`: the states of cassettes, from what pytest finds in the project."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.recordings import ONE, OTHER, TASKS, Cli, rewritten
from tests.e2e.project import Project


def test_what_was_just_recorded_is_ok_and_told(cli: Cli) -> None:
    found = cli.listed()
    assert list(found) == [ONE, OTHER]
    one = found[ONE]
    assert (one["state"], one["states"], one["calls"], one["current"]) == ("ok", {}, 2, True)
    assert (one["task"], one["preset"], one["served"]) == ("tasks/two.yaml::one", "m", ["openrouter/test/m:free"])
    assert one["recorded_by"] == "header"
    assert datetime.now(UTC) - datetime.fromisoformat(one["recorded"]) < timedelta(hours=1)
    told = cli("ls")
    assert "ok     tasks/two.yaml::one    m       m:free" in told
    assert told.splitlines()[-1].startswith("2 cassettes, ")
    assert told.splitlines()[-1].endswith(": 2 ok")


CHANGES: dict[str, Callable[[Project], object]] = {
    "prompt changed": lambda p: p.write("tasks/two.yaml", TASKS.replace("out.txt, please", "out.txt, now")),
    "workspace changed": lambda p: p.write("tasks/data/n.txt", "2\n"),
    "model (m is openrouter/test/x:free now) changed": lambda p: p.write(
        "models.yaml", (p.path / "models.yaml").read_text().replace("test/m:", "test/x:")
    ),
}


@pytest.mark.parametrize("why", CHANGES)
def test_stale_tells_what_changed(cli: Cli, why: str) -> None:
    CHANGES[why](cli.project)
    found = cli.listed()
    assert (found[OTHER]["state"], found[OTHER]["states"]) == ("stale", {"stale": f"{why} since it was recorded"})
    assert found[ONE]["state"] == ("stale" if why.startswith("model") else "ok")


def test_a_limit_or_a_check_makes_nothing_stale(cli: Cli) -> None:
    cli.project.write("tasks/two.yaml", TASKS.replace('text: "42"', 'text: "4"').replace("id: one", "id: one\n"
                      "        limits: {steps: 7}"))  # fmt: skip
    assert cli.states() == {ONE: "ok", OTHER: "ok"}


def test_the_code_of_an_agent_counts(cli: Cli) -> None:
    agent = "def work(task, workspace, session, limits):\n    return 'done'\n"
    cli.project.write("pytest.ini", "[pytest]\npythonpath = .\n")
    cli.project.write("my_agent.py", agent)
    cli.project.write("tasks/two.yaml", TASKS + "    defaults: {agent: 'my_agent:work'}\n")
    assert cli.listed()[ONE]["states"] == {"stale": "agent changed since it was recorded"}


def test_a_task_that_is_gone_leaves_an_orphan_and_one_without_a_cassette(cli: Cli) -> None:
    cli.project.write("tasks/two.yaml", TASKS.replace("id: one", "id: renamed"))
    told = json.loads(cli("ls", "--json"))
    assert [one["state"] for one in told["cassettes"]] == ["orphan", "ok"]
    assert told["missing"] == ["tasks/two.yaml::renamed"]
    assert "1 task without a cassette: tasks/two.yaml::renamed" in cli("ls")


def test_a_preset_that_is_gone_makes_orphans(cli: Cli) -> None:
    path = cli.project.path / ONE
    rewritten(path, lambda header, _: header.update(preset="no-such"))
    path.rename(path.with_name("one--no-such.yaml"))
    assert cli.listed()["cassettes/tasks/two/one--no-such.yaml"]["states"]["orphan"].startswith("unknown preset")


def test_a_broken_task_file_makes_no_orphans(cli: Cli) -> None:
    cli.project.write("tasks/two.yaml", TASKS + "    oops: 1\n")
    found = cli.listed()
    assert {one["state"] for one in found.values()} == {"unknown"}
    assert "tasks/two.yaml:" in found[ONE]["states"]["unknown"]


def test_older_recordings_are_unknown_and_never_stale(cli: Cli) -> None:
    rewritten(cli.project.path / OTHER, lambda header, _: (header.pop("content"), header.pop("recorded")))
    os.utime(cli.project.path / OTHER, (0, 0))
    cli.project.write("tasks/data/n.txt", "2\n")
    other = cli.listed()[OTHER]
    assert (other["state"], other["recorded_by"], other["recorded"]) == ("unknown", "file", "1970-01-01T00:00:00+00:00")


def test_git_says_when_where_the_header_does_not(cli: Cli, pytester: pytest.Pytester) -> None:
    for name in (ONE, OTHER):
        rewritten(cli.project.path / name, lambda header, _: header.pop("recorded"))
    cli.project.setenv("GIT_COMMITTER_DATE", "2024-05-06T07:08:09+00:00")
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    for arguments in (["init", "-q"], ["add", "cassettes"], [*who, "commit", "-qm", "x"]):
        assert pytester.run("git", *arguments).ret == 0
    rewritten(cli.project.path / OTHER, lambda header, _: header.update(note="changed"))
    found = cli.listed()
    assert (found[ONE]["recorded_by"], found[ONE]["recorded"]) == ("git", "2024-05-06T07:08:09+00:00")
    assert found[OTHER]["recorded_by"] == "file"


def test_expired_by_ini_and_by_option(cli: Cli) -> None:
    rewritten(cli.project.path / ONE, lambda header, _: header.update(recorded="2024-01-01T00:00:00Z"))
    assert cli.states() == {ONE: "ok", OTHER: "ok"}
    cli.project.write("pytest.ini", "[pytest]\nagenttasks_cassette_max_age = 90d\n")
    assert cli.states() == {ONE: "expired", OTHER: "ok"}
    assert cli.states("--max-age", "500w") == {ONE: "ok", OTHER: "ok"}
    assert "agenttasks: --max-age soon: expected an age such as" in cli("ls", "--max-age", "soon", code=2)
    cli.project.write("pytest.ini", "[pytest]\nagenttasks_cassette_max_age = 90\n")
    assert "agenttasks_cassette_max_age = 90: expected an age such as" in cli("ls", code=2)


def test_unplayed_is_what_the_last_run_said(cli: Cli) -> None:
    rewritten(cli.project.path / ONE, lambda _, calls: calls.append(calls[-1]))
    cli.project.pytest("tasks").assert_outcomes(passed=2)
    assert cli.listed()[ONE]["states"]["unplayed"].startswith("1 of its calls were not asked for in the last run (20")
    (cli.project.path / ONE).touch()  # recorded since
    assert cli.states()[ONE] == "ok"


def test_damage_is_told_and_what_is_no_cassette_is_not_listed(cli: Cli) -> None:
    path = cli.project.path / ONE
    path.write_text(path.read_text()[:-100])
    cli.project.write("cassettes/notes.yaml", "a: 1\n")
    found = cli.listed()
    assert list(found) == [ONE, OTHER]
    assert found[ONE]["state"] == "damaged"
    assert found[ONE]["states"]["damaged"].startswith("is incomplete")


def test_selection_by_cassette_folder_task_and_file(cli: Cli) -> None:
    assert list(cli.states(ONE)) == list(cli.states("tasks/two.yaml::one")) == list(cli.states("one")) == [ONE]
    assert list(cli.states("cassettes/tasks/two")) == [ONE, OTHER]
    assert "agenttasks: nowhere: no cassette belongs to it" in cli("ls", "nowhere", code=2)


def test_python_tests_and_other_folders_are_found_and_options_are_passed_on(cli: Cli) -> None:
    test = "import pytest\n@pytest.mark.agent_task(prompt='x')\ndef test_it(agent_run): pass\n"
    cli.project.write("checks/test_it.py", test)
    folder = cli.project.path / "kept/checks/test_it.py"
    folder.mkdir(parents=True)
    (cli.project.path / ONE).rename(folder / "test_it--m.yaml")
    passed = ("--", "-o", "agenttasks_cassette_dir=kept", "-k", "nothing")
    (found,) = cli.listed(*passed).values()
    assert (found["task"], found["state"]) == ("checks/test_it.py::test_it", "stale")


def test_a_task_that_a_fixture_changes_is_unknown(cli: Cli) -> None:
    cli.project.write("conftest.py", "import pytest\n@pytest.fixture\ndef agent_task(agent_task): return agent_task\n")
    assert set(cli.states().values()) == {"unknown"}


def test_pytest_that_cannot_collect_is_told_in_its_words(cli: Cli) -> None:
    cli.project.write("conftest.py", "1 / 0\n")
    told = cli("ls", code=2)
    assert told.startswith("agenttasks: pytest could not be asked which tasks there are:\n")
    assert "ZeroDivisionError" in told
