"""What the commands of tasks may use of the machine, as a project sets it."""

from __future__ import annotations

import pytest

from tests.e2e.project import Project

TASK = """
    prompt: x
    agent: nop
    checks:
      - command: head -c 3000000 /dev/zero > big && ls -l big
"""


def test_a_project_sets_the_limits_of_its_commands(project: Project) -> None:
    project.write("tasks/big.yaml", TASK)
    project.pytest("tasks").assert_outcomes(passed=1)
    project.pytest("tasks", "-o", "agenttasks_resources=memory_mb=900 file_mb=1").assert_outcomes(failed=1)
    assert "exit code 153" in project.case("big").message


@pytest.mark.parametrize("wrong", ["memory=1", "file_mb", "disk_mb=0", "disk_mb=-1", "disk_mb=1e3"])
def test_a_limit_that_is_none_is_told_before_anything_runs(project: Project, wrong: str) -> None:
    result = project.pytest("-o", f"agenttasks_resources={wrong}")
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*agenttasks_resources = {wrong}: expected one of memory_mb=NUMBER, *above 0"])
