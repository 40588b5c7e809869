"""Names of agents and models in sources: an unknown one would break the whole task file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.exceptions import ModelsConfigError, YamlFileError
from pytest_agenttasks.models import load_models


def unknown_in(project: Path) -> Callable[[str, Any], str]:
    """Tells why a value under `agent` or `model` is nobody's name, as far as it is known without running pytest.

    Raises:
        Refused: the project's models.yaml is wrong.
    """
    file = project / "models.yaml"
    try:
        models = load_models(file if file.is_file() else None)
    except (YamlFileError, ModelsConfigError) as error:
        raise Refused(str(error)) from None

    def unknown(key: str, value: Any) -> str:
        if key == "agent":
            return _unknown_agent(value)
        try:
            models.expand(value)
        except ModelsConfigError as error:
            return str(error)
        return ""

    return unknown


def _unknown_agent(value: Any) -> str:
    from pytest_agenttasks.agents import BUILT_IN, READY
    from pytest_agenttasks.spec import unknown_name

    name = value if isinstance(value, str) else value.get("name", "")
    of_program = isinstance(value, dict) and value.get("command")
    if of_program or ":" in name or name in BUILT_IN or name in READY:
        return ""
    return unknown_name("agent", name, [*BUILT_IN, *READY]) + "; one that your conftest.py registers is not known here"
