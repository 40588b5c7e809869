"""From pytest's configuration to `Settings`: read once a process, when the first task is met."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.ini import budget_of, repeat_of, resources_of, seconds_of
from pytest_agenttasks.processes import unique_name

if TYPE_CHECKING:
    from pytest_agenttasks.models import Models
    from pytest_agenttasks.settings import Settings

WORKER_KEY = "agenttasks"
"""Key of `workerinput` under which the controller hands over what all processes of a run must know alike."""

FOLDER = ".agenttasks"
"""What runs leave behind lies below it, in the root."""

PAST_KEY = "past"
"""Key below it under which the controller hands over what earlier runs came to."""

GATEWAY_TOKEN = "AGENTTASKS_GATEWAY_TOKEN"
CASSETTE_NOTE = "AGENTTASKS_CASSETTE_NOTE"
STATE = "AGENTTASKS_STATE"

settings_key = pytest.StashKey["Settings | ModelsConfigError"]()
_run_id_key = pytest.StashKey[str]()
began_key = pytest.StashKey[float]()
gateway_key = pytest.StashKey[tuple[str, str]]()
grown_key = pytest.StashKey[Callable[[Path], object]]()
fetch_key = pytest.StashKey[Callable[[str, str], None]]()
"""Where earlier runs lie on another machine: fetches the result of a run and a task's slug."""

_shared_key = pytest.StashKey[str]()


def is_controller(config: pytest.Config) -> bool:
    """Whether this process is the one that the user started."""
    return not hasattr(config, "workerinput")


def handed(config: pytest.Config) -> dict[str, Any]:
    """What the controller has handed to this worker; nothing, in the controller."""
    found: dict[str, Any] = getattr(config, "workerinput", {}).get(WORKER_KEY, {})
    return found


def names_hosts(config: pytest.Config) -> bool:
    """Whether the command line names workers of xdist on other machines."""
    proxies, workers = (config.getoption(name, None) or [] for name in ("px", "tx"))
    if not proxies and not any("=" in one for one in workers):
        return False
    from pytest_agenttasks.hosts import named_hosts

    return named_hosts(proxies, workers)


def workers_of(config: pytest.Config) -> int:
    """How many workers xdist deals the tasks to, two at first and then one by one; 1 where it does not."""
    return int(handed(config).get("workers", 1))


def shared_name(config: pytest.Config) -> str:
    """By what the processes of a run share workspaces: handed over or, in the controller, made when it is asked for."""
    given: str | None = handed(config).get("shared")
    return given or config.stash.setdefault(_shared_key, unique_name())


def give_up_shared(config: pytest.Config) -> None:
    """At the end: remove the workspaces that tasks shared, in the process that the others got their name from."""
    settings = config.stash.get(settings_key, None)
    if settings is not None and not isinstance(settings, ModelsConfigError) and settings.shared is not None:
        settings.shared.close()


def begin_run(config: pytest.Config) -> None:
    """In the controller: the run has begun, for all workers at the same time."""
    config.stash[began_key] = time.time()


def run_id(config: pytest.Config) -> str:
    """The run's name: what the controller handed over or, in the controller, one that is made when it is asked for."""
    given: str | None = handed(config).get("run")
    if given:
        return given
    if _run_id_key not in config.stash:
        from pytest_agenttasks.runs import new_run_id

        config.stash[_run_id_key] = new_run_id()
    return config.stash[_run_id_key]


def base_folder(config: pytest.Config) -> Path:
    """What runs leave behind lies here: in the root, or where a command that starts pytest wants it."""
    return Path(config.getoption("agent_run_folders", None) or config.rootpath / FOLDER)


def is_only_looking(config: pytest.Config) -> bool:
    """Whether no task is to be done."""
    option = config.option
    return bool(option.collectonly or option.setupplan or option.setuponly)


def group_of(config: pytest.Config) -> tuple[int, int]:
    """Which group of how many this run does, by pytest-split; (0, 0) where it does all."""
    if not is_split(config):
        return 0, 0
    return int(config.getoption("group")), int(config.getoption("splits"))


def is_split(config: pytest.Config) -> bool:
    """Whether pytest-split takes a group out of this run's tests."""
    return config.pluginmanager.hasplugin("pytestsplitplugin")


def is_ci(environ: Any = os.environ) -> bool:
    """Whether this is a CI job, by the variable that GitHub, GitLab and others set."""
    return environ.get("CI", "").lower() not in ("", "0", "false")


def settings_of(config: pytest.Config) -> Settings:
    """The settings of this run.

    Raises:
        UsageError: models.yaml or a name of a model is wrong.
    """
    found = _settings(config)
    if isinstance(found, ModelsConfigError):
        raise pytest.UsageError(str(found))
    return found


def settings_or_none(config: pytest.Config) -> Settings | None:
    """The settings; None if they are wrong, which the controller tells before anything runs."""
    found = _settings(config)
    return None if isinstance(found, ModelsConfigError) else found


def task_folders(config: pytest.Config) -> tuple[Path, ...]:
    """Folders whose YAML files are task files: in the root, and where pytest was started, below another project say."""
    names: list[str] = config.getini("agenttasks_paths")
    bases = dict.fromkeys((config.rootpath, config.invocation_params.dir))
    return tuple(base / name for base in bases for name in names)


def models_file(config: pytest.Config) -> Path | None:
    """The project's models.yaml: what the ini names (it must be there), else the one in the root if there is one."""
    named: str = config.getini("agenttasks_models")
    if named:
        return config.rootpath / named
    usual = config.rootpath / "models.yaml"
    return usual if usual.is_file() else None


def state_of(config: pytest.Config, environ: Any = os.environ) -> str:
    """Where the state of accounts is kept: a URL, `memory`, or a path; empty: the usual file.

    What the ini names is relative to the root, what the variable names to where pytest was started.
    """
    # precedence: variable > ini
    if environ.get(STATE):
        named: str = environ[STATE]
        return named
    value: str = config.getini("agenttasks_state")
    if not value or value == "memory" or "://" in value:
        return value
    return str(config.rootpath / Path(value).expanduser())


def _settings(config: pytest.Config) -> Settings | ModelsConfigError:
    if settings_key not in config.stash:
        try:
            config.stash[settings_key] = _read(config)
        except ModelsConfigError as error:
            config.stash[settings_key] = error
    return config.stash[settings_key]


def _read(config: pytest.Config) -> Settings:
    from pytest_agenttasks.models import load_models
    from pytest_agenttasks.network import Hosts
    from pytest_agenttasks.runs import RunFolder
    from pytest_agenttasks.scrub import Secrets
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.workspace import Shared

    given = handed(config)
    gateway = given.get("gateway") or config.stash.get(gateway_key, None)
    models = load_models(models_file(config))
    return Settings(
        root=config.rootpath,
        models=models,
        wishes=wishes_of(config),
        mode=config.getoption("agent_cassettes") or config.getini("agenttasks_cassettes"),
        drift=config.getoption("agent_drift"),
        isolation=config.getoption("agent_isolation") or config.getini("agenttasks_isolation"),
        cassettes=config.rootpath / config.getini("agenttasks_cassette_dir"),
        run=RunFolder(base_folder(config), run_id(config)),
        secrets=Secrets(os.environ, secret_names(config, models)),
        ci=is_ci(),
        agent=config.getoption("agent"),
        task_folders=task_folders(config),
        gateway=tuple(gateway) if gateway else None,
        remote_gateway=bool(config.getoption("agent_gateway")),
        note=os.environ.get(CASSETTE_NOTE, ""),
        budget=budget_of(config),
        quota_until=_quota_until(config, given.get("began") or config.stash[began_key]),
        hosts=Hosts(config.getini("agenttasks_allow_hosts")),
        preflight=config.getini("agenttasks_preflight"),
        resources=resources_of(config),
        worker=_worker(config),
        controller=given.get("controller", ""),
        shared=Shared(shared_name(config)),
        repeat=repeat_of(config),
        grown=config.stash.get(grown_key, None),
    )


def _worker(config: pytest.Config) -> str:
    """Name of this process in a run."""
    if not is_controller(config):
        name: str = config.workerinput["workerid"]  # type: ignore[attr-defined]
        return name
    return "controller" if config.getoption("tx", None) else "main"


def register_agents(config: pytest.Config) -> None:
    """Make the agents known that conftests and plugins give.

    Raises:
        UsageError: one of them is no agent.
    """
    if not config.hook.pytest_agenttasks_agents.get_hookimpls():
        return
    from pytest_agenttasks.agents import register
    from pytest_agenttasks.exceptions import AgentError

    found = config.hook.pytest_agenttasks_agents(config=config)
    try:
        register({name: agent for one in reversed(found) for name, agent in dict(one).items()})
    except (AgentError, TypeError, ValueError) as error:
        raise pytest.UsageError(f"the hook pytest_agenttasks_agents: {error}") from None


def secret_names(config: pytest.Config, models: Models) -> set[str]:
    """Variables that hold secrets, whatever their names look like: models.yaml and the project's ini say so."""
    return models.key_variables() | set(config.getini("agenttasks_secrets"))


def _quota_until(config: pytest.Config, began: float) -> float | None:
    """Until when quotas may be waited for; None: not at all."""
    if (config.getoption("agent_on_quota") or config.getini("agenttasks_on_quota")) == "end":
        return None
    return began + (seconds_of(config, "agenttasks_max_run_time") or math.inf)


def asked_of(config: pytest.Config) -> list[str]:
    """The models that were asked for, for all tasks: several are compared; none where each task has its own."""
    named = wishes_of(config).named()
    return list(config.getoption("model_preset") or ([named[0]] if named else []))


def wishes_of(config: pytest.Config) -> Any:
    """What command line and environment say about models."""
    from pytest_agenttasks.models import Wishes

    presets = config.getoption("model_preset") or []
    fallbacks = config.getoption("model_fallbacks")
    names = None if fallbacks is None else [name.strip() for name in fallbacks.split(",") if name.strip()]
    return Wishes(presets[0] if presets else None, names, not config.getoption("no_model_rotation"), dict(os.environ))
