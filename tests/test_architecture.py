"""Who may import whom, and what is never imported where it is not needed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pytest_agenttasks"

BASE = "calls exceptions results usage"
MAY_IMPORT = {
    # values, at the bottom
    "exceptions": "",
    "usage": "",
    "results": "usage",
    "calls": "results",
    "scrub": "",
    "processes": "",
    "files": "",
    "yamlfile": "exceptions",
    # one concern each
    "spec": f"{BASE} yamlfile",
    "models": f"{BASE} yamlfile",
    "workspace": f"{BASE} spec files processes",
    "cassettes": f"{BASE} scrub files processes",
    "runs": f"{BASE} files processes",
    "network": "exceptions",
    "patches": "workspace",
    "checks": f"{BASE} spec workspace trajectory yamlfile models",  # a judge asks through a session as an agent does
    "gateway": f"{BASE} models scrub",
    "statistics": "results",  # numbers, of results; nothing of texts
    "reports": f"{BASE} statistics",
    "trajectory": "results calls",
    "collect": f"{BASE} runs reports trajectory",  # from folders to the plain values that reports tell
    # a task from beginning to end, without pytest
    "agents": f"{BASE} spec models workspace trajectory",
    "accounting": f"{BASE} models",
    "settings": f"{BASE} spec models cassettes runs agents network scrub workspace processes",
    "watching": f"{BASE} models runs reports",
    "progress": f"{BASE} runs processes scrub",
    "forecast": f"{BASE} models cassettes settings",
    "resuming": f"{BASE} progress runs settings",
    "packages": "",
    "hosts": "exceptions results files models",  # models: another machine tries whether it reaches the gateway
    # what a run needs: each fact once, for the preflight and for the doctor
    "health": f"{BASE} models checks workspace settings forecast",
    "validation": "exceptions results spec workspace yamlfile",  # workspace: what a glob matches; yamlfile: schemas
    "doctor": f"{BASE} models agents workspace settings forecast health packages",
    "preflight": f"{BASE} models workspace settings forecast health packages",
    "content": f"{BASE} spec workspace checks agents settings models",  # who judges
    "court": f"{BASE} spec models cassettes runs settings accounting progress",
    "evidence": "accounting models runs scrub settings trajectory workspace",
    "runner": f"{BASE} spec models cassettes runs checks workspace agents settings accounting content scrub evidence "
    "court progress",
    # people
    # What is imported from elsewhere may name agents, hold YAML in cells, and need files that no workspace has.
    "cli": f"{BASE} spec cassettes models gateway reports scrub agents workspace yamlfile files runs patches "
    "health doctor watching collect validation statistics",
    # pytest
    "schedule": "",
    "ini": "models cassettes network workspace",
    "config": f"{BASE} processes agents models runs network scrub settings workspace hosts ini",
    "items": f"{BASE} spec checks agents models settings runner reports config ini",  # names of judges
    "junit": f"{BASE} reports",
    "earlier": f"{BASE} content resuming settings config items fixtures",
    "collection": f"{BASE} spec yamlfile schedule resuming settings config items earlier",
    "fixtures": f"{BASE} spec yamlfile models cassettes workspace settings runner config items",
    "offline": "exceptions network settings config items fixtures",
    "inventory": f"{BASE} agents spec settings content config items fixtures",
    "outcomes": f"{BASE} reports runner config items fixtures offline earlier",
    "ahead": f"{BASE} spec models cassettes workspace runs settings network runner",  # stages of the runner, in threads
    "flight": f"{BASE} agents reports settings config items fixtures earlier ahead",
    "bookkeeping": f"{BASE} runs settings config ini processes hosts",
    "sharding": f"{BASE} runs settings config items bookkeeping",
    "controller": f"{BASE} spec models processes content settings health preflight resuming runner config items "
    "fixtures earlier bookkeeping sharding runs",
    "away": "exceptions runs settings content preflight hosts config items fixtures earlier",
    "hosting": "models resuming content scrub hosts config outcomes away controller",
    "examination": f"{BASE} agents models settings doctor config controller inventory",
    "live": "config ini runs controller watching",
    "reporting": f"{BASE} reports config outcomes controller junit",
    "validator": "exceptions results spec inventory reporting validation",
    "hookspecs": "agents",
    "plugin": "hookspecs config runs items fixtures collection sharding offline outcomes earlier controller flight "
    "reporting live ini away hosting",
}
"""Module or package of the project → what it may import of it, also inside of functions and for types only."""

WITH_PYTEST = (
    "ini config items junit collection fixtures inventory examination validator offline earlier outcomes bookkeeping "
    "sharding flight controller reporting live plugin hookspecs away hosting"
)

ONLY_IN = {
    "litellm": "gateway agents/openhands_child.py",  # the child runs in a process of its own
    "aiohttp": "gateway",
    "vcr": "cassettes",
    "jinja2": "spec/templates.py reports/html/page.py",  # two environments: only the second escapes what it fills in
    "pydantic": "spec models yamlfile fixtures runs/reading.py",
    "yaml": "yamlfile cassettes cli/importing/yaml_text.py",  # the last writes task files, which nothing else does
    "pytest": f"{WITH_PYTEST} checks/launcher.py checks/mutant_sessions.py",  # they run in processes of their own
    "_pytest": "items junit",
    "xdist": "hosting",  # the program of its workers, which is handed on to them
    "execnet": "hosts/connection.py",
    "openai": "",
    "anthropic": "",
    "openhands": "agents/openhands_child.py",
    "rich": "cli/monitor/__init__.py cli/monitor/view.py",
    "redis": "gateway/state/redis_state.py",
    "jsonschema": "checks",
    "filelock": "workspace/shared.py",
    "httpx": "",
    "requests": "",
}
"""Library → the only modules, packages or files that may import it."""

INSIDE_A_FUNCTION = ("litellm", "vcr", "jinja2", "markupsafe", "yaml", "redis", "filelock", "rich")
"""Libraries that are imported when they are needed, and not with the module."""


@dataclass(frozen=True)
class Import:
    """An import statement: who (a path below the package), whom (dotted), at the top of the module or not."""

    by: Path
    line: int
    name: str
    top: bool

    @property
    def unit(self) -> str:
        return self.by.parts[0].removesuffix(".py")

    def __str__(self) -> str:
        return f"{self.by}:{self.line} imports {self.name}"


def imports() -> Iterator[Import]:
    for file in sorted(PACKAGE.rglob("*.py")):
        tree, by = ast.parse(file.read_text("utf-8")), file.relative_to(PACKAGE)
        later = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
                 for node in ast.walk(function)}  # fmt: skip
        later |= {id(node) for test in ast.walk(tree) if isinstance(test, ast.If)
                  and ast.unparse(test.test) == "TYPE_CHECKING" for node in ast.walk(test)}  # fmt: skip
        for node in ast.walk(tree):
            for name in names_of(node):
                yield Import(by, getattr(node, "lineno", 0), name, id(node) not in later)


def names_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        below = node.module == "pytest_agenttasks"
        return [f"{node.module}.{alias.name}" for alias in node.names] if below else [str(node.module)]
    return []


ALL = list(imports())
OURS = [one for one in ALL if one.name.startswith("pytest_agenttasks.")]


def test_every_module_has_its_place_in_the_table() -> None:
    units = {one.relative_to(PACKAGE).parts[0].removesuffix(".py") for one in PACKAGE.rglob("*.py")}
    assert units - {"__init__"} == MAY_IMPORT.keys()


def test_the_table_has_no_circle() -> None:
    left = {unit: set(allowed.split()) for unit, allowed in MAY_IMPORT.items()}
    while left:
        free = [unit for unit, allowed in left.items() if not allowed & left.keys()]
        assert free, f"they import each other: {left}"
        for unit in free:
            del left[unit]


def test_imports_go_one_way() -> None:
    wrong = [
        str(one)
        for one in OURS
        if one.name.split(".")[1] not in {one.unit, "__version__", *MAY_IMPORT[one.unit].split()}
    ]
    assert wrong == []


def test_nobody_imports_the_inside_of_a_package() -> None:
    wrong = [
        str(one) for one in OURS if (parts := one.name.split("."))[1] not in (one.unit, "reports") and len(parts) > 2
    ]
    assert wrong == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_in_its_place_only(library: str) -> None:
    places = ONLY_IN[library].split()
    found = [one for one in ALL if one.name.split(".")[0] == library]
    assert [str(one) for one in found if one.unit not in places and one.by.as_posix() not in places] == []
    assert places or not found


def test_heavy_libraries_are_imported_when_they_are_needed() -> None:
    assert [str(one) for one in ALL if one.top and one.name.split(".")[0] in INSIDE_A_FUNCTION] == []


HEAVY = {"litellm", "vcr", "aiohttp", "openhands", "redis"}
NOT_FOR_OTHERS = HEAVY | {"pydantic", "yaml", "jinja2", "coverage"}
OURS_IN_OTHER_PROJECTS = {
    "bookkeeping", "config", "collection", "controller", "earlier", "exceptions", "fixtures", "hookspecs", "ini",
    "items", "junit", "live", "offline", "outcomes", "plugin", "processes", "reporting", "reports", "results", "runs",
    "usage",
}  # fmt: skip

DUMP = """
import os, sys
from pathlib import Path
def pytest_unconfigure(config):
    names = sorted(sys.modules)
    Path(os.environ["DUMP_FOLDER"], f"{os.getpid()}.txt").write_text("\\n".join(names))
"""


def modules_after(project: Path, *arguments: str) -> list[set[str]]:
    """What is imported at the end of a run of pytest, one set for each of its processes."""
    (project / "dump_modules.py").write_text(DUMP)
    dumped = project / "dumped"
    dumped.mkdir()
    environment = {**os.environ, "DUMP_FOLDER": str(dumped), "PYTHONPATH": f"{project}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-P", "-m", "pytest", "-p", "dump_modules", "-q", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    found = [set(file.read_text().split()) for file in dumped.iterdir()]
    assert all("pytest_agenttasks.plugin" in modules for modules in found)
    return found


def tops(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the shipped tasks with their cassettes."""
    for name in ("tasks", "cassettes", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "models.yaml", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_a_project_without_tasks_pays_next_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    (tmp_path / "data.yaml").write_text("a: 1\n")
    (modules,) = modules_after(tmp_path, "-p", "no:xdist")
    assert tops(modules) & NOT_FOR_OTHERS == set()
    ours = {name.split(".")[1] for name in modules if name.startswith("pytest_agenttasks.")}
    assert ours <= OURS_IN_OTHER_PROJECTS


def test_looking_at_tasks_imports_nothing_heavy(shop: Path) -> None:
    (modules,) = modules_after(shop, "tasks", "--collect-only", "-p", "no:xdist")
    assert tops(modules) & HEAVY == set()
    assert "pytest_agenttasks.gateway" not in modules


def test_a_replay_needs_neither_litellm_nor_vcrpy_in_any_process(shop: Path) -> None:
    processes = modules_after(shop, "tasks/simple_code.yaml", "-n2")
    assert len(processes) == 3
    for modules in processes:
        assert tops(modules) & HEAVY == set()
        assert not [name for name in modules if name.startswith("pytest_agenttasks.gateway")]
