"""What live work imports, and in which process."""

from __future__ import annotations

import pytest

from tests.e2e.project import LIVE, ONE_TASK, WRITES, Project
from tests.provider import Provider
from tests.test_architecture import HEAVY, modules_after, tops

NOT_FOR_THE_GATEWAY = {"pytest", "vcr", "mcp", "tokenizers", "tiktoken.load", "openhands"}
"""What a call with tools has no use for: litellm would load mcp (a second) and a tokenizer (40 MB) for it."""


def imported_by_gateway(project: Project) -> set[str]:
    """What `-X importtime` wrote into its log."""
    lines = (project.run_folder / "gateway.log").read_text("utf-8").splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_workers_import_none_of_the_heavy_libraries_and_the_gateway_only_what_calls_need(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("tasks/answer.yaml", ONE_TASK)
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with Provider(WRITES) as provider:
        project.models(provider)
        processes = modules_after(project.path, "tasks", "--agent-cassettes=live", *LIVE, "-n2")
    assert len(processes) == 3
    for modules in processes:
        assert tops(modules) & (HEAVY | {"jinja2"}) == set()
        assert not [name for name in modules if name.startswith("pytest_agenttasks.gateway")]
    gateway = imported_by_gateway(project)
    assert {"litellm.main", "aiohttp", "tiktoken"} <= gateway
    assert gateway & NOT_FOR_THE_GATEWAY == set()
