"""A folder of tasks runs under pytest: live, recorded, replayed, in every form of pytest."""

from __future__ import annotations

import pytest

from tests.e2e.project import KEY, ONE_TASK, WRITES, Project, RunResult, plays, tool
from tests.provider import Provider

FORMS = [
    pytest.param(["-n2"], "tasks/mit Lücke/größe Δ", "tasks/mit-l-cke-9e470968/gr-e-fad833b5", id="n2"),
    pytest.param(["-p", "no:xdist"], "tasks/three", "tasks/three", id="no-xdist"),
]
"""Arguments, task file, folder of its cassettes."""

THREE = """
    tasks:
      - {id: good, prompt: Write 42 into out.txt., checks: [{contains: {file: out.txt, text: "42"}}]}
      - {id: bad, prompt: Write 43 into out.txt., checks: [{contains: {file: out.txt, text: "43"}}, {files: no.txt}]}
      - {id: quiet, prompt: Do it., agent: nop, checks: [{files: no.txt}]}
"""


@pytest.mark.parametrize(("form", "file", "folder"), FORMS)
def test_recorded_and_replayed_give_the_same_outcomes(
    project: Project, form: list[str], file: str, folder: str
) -> None:
    project.write(f"{file}.yaml", THREE)
    outcomes = {"good": "passed", "bad": "failure", "quiet": "failure"}
    with Provider(WRITES) as provider:
        project.models(provider)
        project.record("tasks", *form).assert_outcomes(passed=1, failed=2)
        assert {name: case.outcome for name, case in project.cases().items()} == outcomes
        asked = len(provider.asked)
    assert project.cassettes() == [f"{folder}/bad--m.yaml", f"{folder}/good--m.yaml"]
    recorded = {name: project.trajectory(name)["steps"] for name in ("good", "bad")}
    assert recorded["good"][2]["tool_calls"][0]["function_name"] == "write_file"

    project.pytest("tasks", *form).assert_outcomes(passed=1, failed=2)
    assert {name: case.outcome for name, case in project.cases().items()} == outcomes
    assert {name: project.trajectory(name)["steps"] for name in ("good", "bad")} == recorded
    assert len(provider.asked) == asked


def test_replay_needs_no_key_and_starts_no_gateway(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.recorded()
    monkeypatch.delenv("OPENROUTER_API_KEY")
    result = project.pytest("tasks", "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["agent tasks: 1 replayed · sandbox *", "*::answer PASSED ?m:free · 2 calls · replayed? *"]
    )
    assert not (project.run_folder / "gateway.log").exists()
    assert project.case().properties["cassette"] == "replayed"
    assert project.case().properties["cost_usd"] == "0"
    assert project.case().properties["recorded.cost_usd"] == "0"


SEEN: dict[str, tuple[Project, RunResult]] = {}
"""The live run of THREE, by the first test of this process that looks at it."""


@pytest.fixture
def seen(project: Project) -> tuple[Project, RunResult]:
    """The project of a live run of THREE, and what the run said."""
    if not SEEN:
        project.write("tasks/three.yaml", f"    defaults: {{artifacts: ['*.txt']}}{THREE}")
        with Provider(WRITES) as provider:
            project.models(provider, "m", "n")
            SEEN["run"] = project, project.live("tasks")
    return SEEN["run"]


def test_what_a_person_sees(seen: tuple[Project, RunResult]) -> None:
    _, result = seen
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines([
        "agent tasks: 2 live · 1 without a model · sandbox none",
        "models: m (default chain), then n",
        "contains: out.txt does not contain '43'*",
        "tasks/three.yaml:4",
        "*tasks/three.yaml:4: files: *no.txt*",
        "*= agent tasks =*",
        "outcome * task * answered by * calls * rot. * tokens * cost * time*",
        "failed * three.yaml::bad * m:free * 2 * 0 * 240 * 0 *",
        "passed * three.yaml::good *",
        "3 tasks: 1 passed, 2 failed · 4 calls, 0 rotations · 480 tokens · $0 spent*",
        "details: .agenttasks/runs/latest/ *",
        "next: the same command with --agent-resume *",
    ])  # fmt: skip


def test_the_run_folder_holds_the_evidence(seen: tuple[Project, RunResult]) -> None:
    project, _ = seen
    result = project.results()["good"]
    folder = project.run_folder / result["slug"]
    assert sorted(file.name for file in folder.iterdir()) == [
        "artifacts",
        "changes.patch",
        "result.json",
        "trajectory.json",
    ]
    assert (folder / "artifacts/out.txt").read_text() == "42\n"
    assert "+42" in (folder / "changes.patch").read_text()
    assert (result["outcome"], result["served"]) == ("passed", ["openrouter/test/m:free"])
    assert [check["status"] for check in result["checks"]] == ["passed"]
    assert (project.path / ".agenttasks/.gitignore").read_text() == "*\n"


def test_no_key_is_written_anywhere(project: Project) -> None:
    """Not even when a model asks for the environment, or a provider repeats the key."""
    project.write("tasks/answer.yaml", ONE_TASK)
    talks = plays([tool("bash", command=f"env; echo {KEY}")], [tool("finish", answer=f"the key is {KEY}")])
    with Provider(talks) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(failed=1)
        assert provider.asked[0].headers["authorization"] == f"Bearer {KEY}"
    written = [file for file in project.path.rglob("*") if file.is_file()]
    assert len(written) > 5
    assert [file for file in written if KEY.encode() in file.read_bytes()] == []


def test_runs_from_another_folder_and_in_another_order(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.recorded()
    project.write(
        "tasks/two.yaml",
        "tasks: [{id: first, prompt: x}, {id: second, prompt: x, checks: [files: no.txt]}]\ndefaults: {agent: nop}\n",
    )
    elsewhere = project.path.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    monkeypatch.chdir(elsewhere)
    ids = [f"{project.path}/tasks/{name}" for name in ("two.yaml::second", "two.yaml::first", "answer.yaml::answer")]
    project.pytest(*ids, "--rootdir", str(project.path)).assert_outcomes(passed=2, failed=1)


def test_a_key_that_a_check_prints_reaches_no_report(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "correct-horse-battery")
    files = f"{{leak.txt: '{KEY} correct-horse-battery'}}"
    project.write(
        "tasks/a.yaml",
        f"prompt: x\nagent: nop\nworkspace: {{files: {files}}}\nchecks: [command: cat leak.txt; false]\n",
    )
    result = project.pytest("tasks")
    result.assert_outcomes(failed=1)
    for text in (result.stdout.str(), (project.path / "junit.xml").read_text()):
        assert "[scrubbed:" in text
        assert KEY not in text
        assert "correct-horse" not in text
