"""Which files are tasks, how items are named and selected, and that they behave like any test of pytest."""

from __future__ import annotations

import pytest

from tests.e2e.project import ONE_TASK, Project

PASSES = """
    prompt: Nothing to do.
    agent: nop
    checks: [{command: "true"}]
"""


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def collected(project: Project, *arguments: str) -> list[str]:
    return ids(project.pytest("--collect-only", "-q", *arguments))


def test_task_files_are_those_in_task_folders_with_the_ending_or_named(project: Project) -> None:
    for name in ("tasks/a.yaml", "tasks/deep/b.yml", "other/c.task.yaml", "other/named.yaml"):
        project.write(name, PASSES)
    for name in (
        "other/compose.yaml",
        "tasks/_private.yaml",
        "tasks/.hidden.yaml",
        "tasks/_parts/x.yaml",
        "config.yml",
    ):
        project.write(name, "services: [not, ours]\n")
    assert collected(project) == ["other/c.task.yaml::c", "tasks/a.yaml::a", "tasks/deep/b.yml::b"]
    assert collected(project, "other/named.yaml") == ["other/named.yaml::named"]


def test_task_folders_are_an_ini_setting(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nagenttasks_paths = work jobs\n")
    project.write("work/a.yaml", PASSES)
    project.write("jobs/b.yaml", PASSES)
    project.write("tasks/main.yml", "- hosts: all\n")
    assert collected(project) == ["jobs/b.yaml::b", "work/a.yaml::a"]


def test_workspace_folders_are_not_entered(project: Project) -> None:
    project.write("tasks/a.yaml", PASSES + "    workspace: {from: shop}\n")
    project.write("tasks/deep.yaml", PASSES + "    workspace: {from: parts/stock}\n")
    project.write("tasks/parts/stock/test_of_the_stock.py", "def test_not_ours(): assert False\n")
    project.write("tasks/shop/compose.yaml", "services: {}\n")
    project.write("tasks/shop/test_of_the_shop.py", "def test_not_ours(): assert False\n")
    project.write("tasks/more/b.yaml", PASSES)
    assert collected(project) == ["tasks/a.yaml::a", "tasks/deep.yaml::deep", "tasks/more/b.yaml::b"]


def test_a_project_without_tasks_is_left_alone(project: Project) -> None:
    project.write("test_x.py", "def test_x(): pass\n")
    project.write("conf/app.yaml", "a: [1\n")
    result = project.pytest()
    result.assert_outcomes(passed=1)
    assert "agent tasks" not in result.stdout.str()
    assert not (project.path / ".agenttasks").exists()


MATRIX = """
    tasks:
      - id: tests-for
        category: unit_tests
        priority: low
        tags: [python]
        matrix: {target: [src/slug.py, src/money.py]}
        prompt: "{{ target }}"
        agent: nop
        checks: [{command: "true"}]
      - {id: other, prompt: x, agent: nop, priority: critical, checks: [{command: "true"}]}
"""


def test_matrix_names_and_selection(project: Project) -> None:
    project.write("tasks/m.yaml", MATRIX)
    slug, money, other = (
        f"tasks/m.yaml::{name}" for name in ("tests-for[src/slug.py]", "tests-for[src/money.py]", "other")
    )
    assert collected(project) == [other, slug, money]
    assert collected(project, "-k", "slug") == [slug]
    assert collected(project, "-m", "unit_tests and python and low", "--strict-markers") == [slug, money]
    assert collected(project, slug) == [slug]
    assert collected(project, "tasks/m.yaml::tests-for") == [slug, money]
    assert collected(project, "--deselect", slug) == [other, money]


def test_strict_markers_without_the_plugins_whose_markers_tasks_bear(project: Project) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    off = ("-p", "no:timeout", "-p", "no:rerunfailures")
    assert collected(project, "--strict-markers", *off) == ["tasks/answer.yaml::answer"]


def test_last_failed_and_exit_first(project: Project) -> None:
    project.write("tasks/m.yaml", MATRIX.replace('command: "true"', "command: 'test {{ target }} = src/money.py'", 1))
    result = project.pytest("-x")
    result.assert_outcomes(passed=1, failed=1)
    result = project.pytest("--lf", "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["tasks/m.yaml::tests-for?src/slug.py? FAILED*"])


def test_priority_is_the_order_of_start_and_python_tests_keep_their_places(project: Project) -> None:
    tasks = "".join(
        f"      - {{id: {name}, priority: {name}, prompt: x, agent: nop}}\n"
        for name in ("low", "normal", "critical", "high")
    )
    project.write("tasks/a.yaml", f"    tasks:\n{tasks}")
    project.write("tasks/test_b.py", "def test_b(): pass\n")
    names = [line.rpartition("::")[2] for line in collected(project)]
    assert names == ["critical", "high", "normal", "low", "test_b"]


@pytest.mark.parametrize("form", [["-n0"], ["-n2"]], ids=["n0", "n2"])
def test_a_broken_file_is_an_error_of_its_own_and_the_others_run(project: Project, form: list[str]) -> None:
    project.write("tasks/bad.yaml", "promt: x\nid: 5\nchecks: [{fils: a}]\n")
    project.write("tasks/torn.yaml", "a: [1\n")
    project.write("tasks/good.yaml", PASSES)
    result = project.pytest("tasks", *form)
    assert result.ret == 1
    result.assert_outcomes(passed=1, errors=2)
    text = result.stdout.str()
    for line in (
        "tasks/bad.yaml:1:1: unknown key 'promt'; did you mean 'prompt'?",
        "tasks/bad.yaml:2:5: id: found 5 (a number), expected text (put it in quotes)",
        "tasks/bad.yaml:3:11: unknown key 'fils'; did you mean 'files'?",
        "tasks/torn.yaml:2:1: not YAML: *",
    ):
        result.stdout.fnmatch_lines([line])
    assert "Traceback" not in text
    assert project.pytest("--collect-only", "tasks", *form).ret == 2


def test_a_broken_python_file_stops_the_run_as_ever(project: Project) -> None:
    project.write("tasks/bad.yaml", "a: [1\n")
    project.write("tasks/good.yaml", PASSES)
    project.write("tasks/test_x.py", "import nothing_of_that_name\n")
    assert project.pytest("tasks").ret == 2


def test_names_that_nobody_knows_are_found_at_collection(project: Project) -> None:
    project.write("tasks/a.yaml", "prompt: x\nagent: lop\nmodel: [gemini-flsh]\n")
    result = project.pytest("tasks")
    result.stdout.fnmatch_lines([
        "tasks/a.yaml:2:8: unknown agent 'lop'; did you mean 'loop'?*",
        "tasks/a.yaml:3:9: unknown preset 'gemini-flsh'; did you mean 'gemini-flash'?",
    ])  # fmt: skip


def test_setup_only_and_setup_plan_run_no_agent(project: Project) -> None:
    project.write(
        "tasks/answer.yaml", ONE_TASK.replace("prompt", "agent: oracle\n    solution: echo ran > /tmp/x\n    prompt")
    )
    for option in ("--setup-only", "--setup-plan"):
        result = project.pytest("tasks", option)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["*SETUP*agent_run*"])
        assert not (project.path / ".agenttasks").exists()


CONFTEST = """
    import pytest

    seen = []

    @pytest.fixture(scope="module", autouse=True)
    def per_file():
        seen.append("file")

    @pytest.fixture(autouse=True)
    def per_task(request, tmp_path):
        seen.append(request.node.name)

    @pytest.fixture(params=["one", "two"])
    def flavour(request):
        return request.param

    @pytest.fixture
    def agent_workspace(agent_workspace, flavour):
        (agent_workspace.path / "flavour.txt").write_text(flavour)
        return agent_workspace

    def pytest_sessionfinish():
        assert seen == ["file", "a[one]", "a[two]"], seen
"""


def test_conftest_fixtures_of_every_scope_apply(project: Project) -> None:
    """An overridden stage, too, and one that is parametrised."""
    project.write("tasks/a.yaml", "prompt: x\nagent: nop\nchecks: [{command: 'grep -E \"one|two\" flavour.txt'}]\n")
    project.write("tasks/conftest.py", CONFTEST)
    result = project.pytest("tasks")
    assert result.ret == 0
    result.assert_outcomes(passed=2)


def test_several_presets_make_one_pinned_item_each(project: Project) -> None:
    project.write("tasks/a.yaml", PASSES.replace("agent: nop", "agent: loop"))
    both = ("--model-preset=gemini-flash", "--model-preset=llama-3.3-8b")
    assert collected(project, *both) == ["tasks/a.yaml::a[gemini-flash]", "tasks/a.yaml::a[llama-3.3-8b]"]
    result = project.pytest("tasks", *both)
    result.assert_outcomes(errors=2)
    assert project.case("a[llama-3.3-8b]").properties["model.purity"] == "pinned"


def test_repeat_makes_independent_trials(project: Project) -> None:
    project.write("tasks/a.yaml", PASSES + "    repeat: 2\n")
    assert collected(project) == ["tasks/a.yaml::a[trial1]", "tasks/a.yaml::a[trial2]"]
    project.pytest("tasks").assert_outcomes(passed=2)
    assert len({result["slug"] for result in project.results().values()}) == 2


def test_a_python_test_can_ask_for_an_agents_work(project: Project) -> None:
    project.write(
        "test_it.py",
        """
        import pytest

        @pytest.mark.agent_task(prompt="x", agent="oracle", solution="echo 42 > out.txt", checks=[{"files": "out.txt"}])
        def test_good(agent_run):
            assert (agent_run.workspace.path / "out.txt").read_text() == "42\\n"
            agent_run.judge()

        @pytest.mark.agent_task(prompt="x", agent="nop")
        def test_bad(agent_run):
            assert list(agent_run.workspace.path.iterdir())

        @pytest.mark.agent_task(promt="x")
        def test_wrong(agent_run):
            pass
        """,
    )
    result = project.pytest("--strict-markers")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["test_it.py:*:1: unknown key 'promt'; did you mean 'prompt'?"])
    assert project.case("test_bad").properties["outcome"] == "failed"


def test_a_project_below_another_one(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest takes the outer folder as root; the tasks are where it was started."""
    project.write("pytest.ini", "[pytest]\n")
    project.write("inner/tasks/a.yaml", PASSES)
    monkeypatch.chdir(project.path / "inner")
    for form in ([], ["-n2"]):
        project.pytest("tasks/", *form).assert_outcomes(passed=1)


def test_the_folder_of_a_solution_is_left_alone(project: Project) -> None:
    project.write(
        "tasks/a.yaml", "{id: a, prompt: x, agent: oracle, solution: {from: done}, checks: [files: b.yaml]}\n"
    )
    project.write("tasks/done/b.yaml", "no: task\n")
    project.pytest("tasks").assert_outcomes(passed=1)
