"""`--agent-repeat` and several `--model-preset`: independent trials, and tasks by models."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.e2e.project import Project, RunResult, tool, turn_of
from tests.provider import Answer, Asked, Provider, completion

PAGE = (Path(__file__).parents[2] / "docs/repeats.md").read_text("utf-8")

LOOKS = """
    id: greet
    prompt: Write 42 into out.txt.
    workspace: {files: {notes.txt: ""}, setup: ["echo built > built.txt"]}
    checks:
      - contains: {file: out.txt, text: "42"}
"""

PASSES = "{agent: oracle, prompt: x, solution: echo 1 > out.txt, checks: [{files: out.txt}]"


class Varies:
    """A model that looks at its workspace, leaves a mark there, and writes what it is to write, but not every time."""

    def __init__(self, *wrong: int) -> None:
        self.begun = 0
        self._wrong = wrong
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        """Count conversations; those of these numbers, from 1, write something wrong."""
        turn = turn_of(asked)
        with self._lock:
            self.begun += not turn
            text = "no" if self.begun in self._wrong else "42"
        calls = [
            tool("bash", command="cat notes.txt built.txt; echo been here >> notes.txt; echo changed > built.txt"),
            tool("write_file", path="out.txt", content=text),
            tool("finish", answer="done"),
        ]
        return completion(None, model=asked.body["model"], tool_calls=[calls[min(turn, 2)]])


def outcomes(project: Project) -> dict[str, str]:
    """Outcome of each task of the last run; of those taken over, with a mark."""
    found = project.results().items()
    return {name: one["outcome"] + ("*" if one["resumed_from"] else "") for name, one in found}


def collected(project: Project, *arguments: str) -> list[str]:
    """Node ids, without running them."""
    return [line for line in project.pytest("--collect-only", "-q", *arguments).outlines if "::" in line]


def lines_of(result: RunResult, begin: str) -> list[str]:
    """What is told from a line on to the next empty one."""
    lines = result.outlines
    first = next(number for number, line in enumerate(lines) if line.startswith(begin))
    return lines[first : lines.index("", first)] if "" in lines[first:] else lines[first:]


def test_trials_are_recorded_one_by_one_and_only_the_new_ones_later(project: Project) -> None:
    """Each is work of its own: asked anew, in a workspace of its own, with a recording of its own."""
    project.write("tasks/a.yaml", LOOKS)
    with Provider(model := Varies(2)) as provider:
        project.models(provider)
        first = project.record("tasks", "--agent-repeat=3", "-n0")
        first.assert_outcomes(passed=2, failed=1)
        assert model.begun == 3
        assert {name.partition("-trial")[0] for name in project.cassettes()} == {"tasks/a/greet"}
        assert outcomes(project) == {
            "greet[trial1]": "passed", "greet[trial2]": "failed", "greet[trial3]": "passed",
        }  # fmt: skip
        fresh = [project.told(f"greet[trial{number}]")[1] for number in (1, 2, 3)]
        assert fresh[0] == fresh[1] == fresh[2]
        assert "built" in fresh[0]
        assert "been here" not in fresh[0]
        case = project.case("greet[trial2]")
        assert (case.outcome, case.properties["trial"], case.properties["trial_of"]) == ("failure", "2", "greet")
        first.stdout.fnmatch_lines(
            [
                "tasks/a.yaml::greet: 2 of 3 passed; failed: trial 2",
                "rate of  passed         rate  95 % interval *",
                "all      2 of 3 trials  67 %  21 to 94 % *",
                "flaky, passed at times and at times not: greet (2 of 3)",
                "3 trials of 1 task: 2 passed, 1 failed *",
            ]
        )

        more = project.record("tasks", "--agent-repeat=5", "--agent-resume", "-n2", "-v")
        assert model.begun == 5
        assert more.ret == 1
        assert outcomes(project) == {
            "greet[trial1]": "passed*", "greet[trial2]": "failed*", "greet[trial3]": "passed*",
            "greet[trial4]": "passed", "greet[trial5]": "passed",
        }  # fmt: skip
        more.stdout.fnmatch_lines(["agent tasks: 2 recorded live *", "resumed: 3 of 5 ended in earlier runs: 2 passed, "
                                   "1 failed"])  # fmt: skip
        more.stdout.fnmatch_lines(["*FAILED EARLIER* tasks/a.yaml::greet?trial2? *"])
        more.stdout.fnmatch_lines(["tasks/a.yaml::greet: 4 of 5 passed; failed: trial 2; 3 taken over"])
        more.stdout.fnmatch_lines(["next: the same command without --agent-cassettes=record replays this, offline"])
        failed = project.case("greet[trial2]")
        assert failed.outcome == "failure"
        assert failed.message.splitlines()[0] == "contains: out.txt does not contain '42'"

    replayed = project.pytest("tasks", "--agent-repeat=6", "-n2")
    replayed.assert_outcomes(passed=4, failed=1, errors=1)
    shown = PAGE.partition("\n```text\nno cassette ")[2].partition("\n```")[0].splitlines()
    assert len(shown) == 5
    first_line = replayed.outlines.index(f"no cassette {shown[0]}")
    assert replayed.outlines[first_line + 1 : first_line + 5] == shown[1:]
    project.pytest("tasks", "--agent-repeat=6", "--lf", "-n0").assert_outcomes(failed=1, errors=1)
    project.pytest("tasks", "--agent-repeat=6", "-k", "trial3", "-p", "no:xdist").assert_outcomes(passed=1)
    project.pytest("tasks/a.yaml::greet[trial4]", "--agent-repeat=4").assert_outcomes(passed=1)
    plain = project.pytest("tasks")
    plain.assert_outcomes(errors=1)
    how = "record it: pytest tasks/a.yaml::greet --model-preset m --agent-cassettes=record"
    plain.stdout.fnmatch_lines(["recorded on this preset: trial1, *", how], consecutive=True)


def test_the_recording_of_a_task_without_trials_is_none_of_a_trial(project: Project) -> None:
    project.recorded()
    result = project.pytest("tasks", "--agent-repeat=2", "-n0")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["recorded on this preset: the task without trials; a trial plays its own recording only"]
    )
    project.pytest("tasks", "--agent-repeat=1").assert_outcomes(passed=1)


def test_the_option_stands_over_the_file_and_multiplies(project: Project) -> None:
    project.write("tasks/a.yaml", f"""
        tasks:
          - {PASSES}, repeat: 5, id: one, priority: low}}
          - {PASSES}, repeat: 5, id: two, matrix: {{n: [src/a.py, b]}}}}
    """)  # fmt: skip
    assert collected(project, "tasks", "--agent-repeat=1") == [
        "tasks/a.yaml::two[src/a.py]", "tasks/a.yaml::two[b]", "tasks/a.yaml::one",
    ]  # fmt: skip
    assert len(collected(project, "tasks")) == 15
    assert collected(project, "tasks", "--agent-repeat=2") == [
        "tasks/a.yaml::two[src/a.py-trial1]", "tasks/a.yaml::two[b-trial1]",
        "tasks/a.yaml::two[src/a.py-trial2]", "tasks/a.yaml::two[b-trial2]",
        "tasks/a.yaml::one[trial1]", "tasks/a.yaml::one[trial2]",
    ]  # fmt: skip
    project.write("conftest.py", """
        import pytest

        @pytest.fixture(params=["x", "y"], autouse=True)
        def kind(request):
            return request.param
    """)  # fmt: skip
    both = ("--model-preset=gemini-flash", "--model-preset=llama-3.3-8b")
    names = collected(project, "tasks", "--agent-repeat=2", *both)
    assert len(names) == len(set(names)) == 3 * 2 * 2 * 2
    assert "tasks/a.yaml::two[b-trial2-llama-3.3-8b][y]" in names
    for form in (["-n0"], ["-n2"]):
        project.pytest("tasks", "--agent-repeat=2", *both, *form).assert_outcomes(passed=24)
        assert len(list(project.run_folder.rglob("result.json"))) == 24, "each has a folder of its own"
        assert {(one["unit"], one["trial"]) for one in project.results().values()} == {
            (f"{unit}[{kind}]", trial)
            for unit in ("one", "two[src/a.py]", "two[b]") for kind in "xy" for trial in (1, 2)
        }  # fmt: skip


@pytest.mark.parametrize("number", ["0", "-1", "five", "2.5", "", "1001", "²"])
def test_what_is_no_number_of_trials_is_refused(project: Project, number: str) -> None:
    project.write("tasks/a.yaml", f"{PASSES}}}")
    result = project.pytest("tasks", f"--agent-repeat={number}")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        [f"ERROR: --agent-repeat {number}: expected how many trials to make of each task, from 1 to 1000"]
    )


def test_python_tests_are_not_repeated(project: Project) -> None:
    project.write("test_it.py", """
        import pytest

        @pytest.mark.agent_task(prompt="x", agent="nop")
        def test_good(agent_run):
            pass
    """)  # fmt: skip
    project.pytest("test_it.py", "--agent-repeat=3").assert_outcomes(passed=1)


def test_a_name_without_its_trial_or_preset_means_all_of_them(project: Project) -> None:
    project.write("tasks/a.yaml", f"tasks: [{PASSES}, id: two, matrix: {{n: [a, b]}}}}, {PASSES}, id: one}}]")
    three = [f"tasks/a.yaml::two[b-trial{number}]" for number in (1, 2, 3)]
    assert collected(project, "tasks/a.yaml::two[b]", "--agent-repeat=3") == three
    assert len(collected(project, "tasks/a.yaml::one", "--agent-repeat=3")) == 3
    both = ("--model-preset=gemini-flash", "--model-preset=llama-3.3-8b")
    assert collected(project, "tasks/a.yaml::two[b]", *both) == [
        "tasks/a.yaml::two[b-gemini-flash]", "tasks/a.yaml::two[b-llama-3.3-8b]",
    ]  # fmt: skip
    project.pytest("tasks/a.yaml::two[b]", "--agent-repeat=3", "-n2").assert_outcomes(passed=3)
    wrong = project.pytest("tasks/a.yaml::two[c]", "--agent-repeat=3")
    assert wrong.ret == 4
    wrong.stderr.fnmatch_lines(["ERROR: not found: *tasks/a.yaml::two*"])


def test_presets_are_compared_task_by_task(project: Project) -> None:
    """Each pinned: a model that is limited is not replaced by the other one."""
    project.write("tasks/a.yaml", """
        defaults: {checks: [{contains: {file: out.txt, text: "42"}}]}
        tasks: [{id: one, prompt: x}, {id: two, prompt: x}]
    """)  # fmt: skip

    def model(asked: Asked) -> Answer:
        if "/bad" in asked.body["model"]:
            return Answer(429, {"error": {"message": "rate limited", "code": 429}}, {"retry-after": "3600"})
        return right(asked)

    right = Varies()
    with Provider(model) as provider:
        project.models(provider, "good", "bad")
        result = project.live("tasks", "--model-preset=good", "--model-preset=bad", "--agent-repeat=2", "-n0")
    assert {one["purity"] for one in project.results().values() if one["requested"] == "good"} == {"pinned"}
    served = {model for one in project.results().values() if one["requested"] == "bad" for model in one["served"]}
    assert served == set()
    assert right.begun == 4
    assert lines_of(result, "task  ") == [
        "task              good  bad",
        "a.yaml::one        2/2   2Q",
        "a.yaml::two        2/2   2Q",
        "all          4/4 100 %   4Q",
        "in no rate: Q quota",
    ]


def test_a_comparison_keeps_what_failed_when_it_is_resumed(project: Project) -> None:
    """To try only the failures again would make a model better than it is."""
    project.write("tasks/a.yaml", """
        id: one
        prompt: x
        checks: [{contains: {file: out.txt, text: "42"}}]
    """)  # fmt: skip
    with Provider(model := Varies(1, 2)) as provider:
        project.models(provider, "good", "bad")
        both = ("tasks", "--model-preset=good", "--model-preset=bad", "-n0")
        first = project.live(*both)
        first.assert_outcomes(failed=2)
        assert not [line for line in first.outlines if line.startswith("next: ")]
        resumed = project.live(*both, "--agent-resume")
        assert model.begun == 2
    resumed.stdout.fnmatch_lines(["resumed: 2 of 2 ended in earlier runs: 0 passed, 2 failed"])
    assert lines_of(resumed, "task  ")[0].split() == ["task", "good", "bad"]
    assert outcomes(project) == {"one[good]": "failed*", "one[bad]": "failed*"}


def test_a_run_that_is_refused_leaves_no_folder(project: Project) -> None:
    """Reports would show it as a run of no task."""
    project.write("tasks/a.yaml", LOOKS)
    with Provider(Varies()) as provider:
        project.models(provider, "good")
        assert project.live("tasks", "--model-preset=goood", "-n0").ret == 4
    assert list((project.path / ".agenttasks/runs").iterdir()) == []
