"""All checks, in the order in which they are told within their groups."""

from __future__ import annotations

from pytest_agenttasks.doctor import installation, machine, models, project, quotas
from pytest_agenttasks.doctor.finding import AGENTS, DISK, MODELS, PACKAGES, PROJECT, QUOTAS, SANDBOX, Check
from pytest_agenttasks.doctor.patient import Patient

CHECKS: tuple[Check[Patient], ...] = (
    Check("python", PACKAGES, "Python's version; Windows", installation.python),
    Check(
        "packages",
        PACKAGES,
        "installed versions against what this project, and what it depends on, ask for",
        installation.packages,
    ),
    Check("clashes", PACKAGES, "releases that are known not to work together", installation.clashes),
    Check("plugins", PACKAGES, "pytest plugins and options that slow runs, or lose tasks", installation.plugins),
    Check(
        "timeouts", PACKAGES, "pytest-timeout, where it ends a Python test before its limit", installation.timeouts
    ),
    Check("project", PROJECT, "whether there are tasks, and which are selected", project.project),
    Check("task-files", PROJECT, "files that cannot be read, with file and line", project.task_files),
    Check("tools", PROJECT, "programs and packages that checks and workspaces need", project.tools),
    Check("presets", MODELS, "models of the selected tasks: retired ones, chains with nothing else", models.presets),
    Check(
        "keys", MODELS, "variables with keys: set, whom they serve, whether they look like keys; no value", models.keys
    ),
    Check(
        "servers", MODELS, "with `--live`: whether each `api_base` accepts a connection; nothing is sent",
        models.servers,
    ),
    Check("sandbox", SANDBOX, "whether a sandbox really starts, and if not, why", machine.sandbox),
    Check("agents", AGENTS, "agents of the selected tasks; all others that are known by name", machine.agents),
    Check("state", QUOTAS, "whether the place of accounts' state can be opened by this installation", quotas.state),
    Check(
        "quotas", QUOTAS, "with `--live`: what is left of the day against what the tasks need; cooldowns",
        quotas.quotas,
    ),
    Check("space", DISK, "room for the run folder and for workspaces, which must lie outside of projects",
          machine.space),
    Check("leftovers", DISK, "size of old runs; workspaces that killed runs have left", machine.leftovers),
)  # fmt: skip
