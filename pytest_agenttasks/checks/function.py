"""A project's own check: a function by its dotted path, or in a file beside the task file."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_agenttasks.checks.beside import read_beside
from pytest_agenttasks.checks.context import CheckFunction
from pytest_agenttasks.exceptions import CheckError
from pytest_agenttasks.yamlfile import near


def find_function(path: str, base: Path) -> CheckFunction:
    """The function that is named.

    Args:
        path: `package.module:function`, or `file.py:function`.
        base: folder of the task file, which a file is relative to.

    Raises:
        CheckError: there is no such module, file or function, or its module cannot be imported.
    """
    where, _, name = path.rpartition(":")
    module = _beside(where, base) if where.endswith(".py") else _imported(where)
    found: Any = getattr(module, name, None)
    if found is None:
        told = near(name, [one for one, value in vars(module).items() if callable(value) and not one.startswith("_")])
        raise CheckError(f"call: there is no {name!r} in {where}{told}")
    if not callable(found):
        raise CheckError(f"call: {path} is no function: found {type(found).__name__}")
    function: CheckFunction = found
    return function


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise CheckError(f"call: there is no module {error.name}{_hint(name)}") from None
        raise CheckError(f"call: {name} cannot be imported: {error}") from None
    except (Exception, SystemExit) as error:
        raise CheckError(f"call: {name} cannot be imported: {type(error).__name__}: {error}") from error


def _hint(name: str) -> str:
    file = f"{name.rpartition('.')[2]}.py"
    return f"; it must be importable in pytest (installed, or in `pythonpath`); beside the task file it is {file}:…"


def _beside(name: str, base: Path) -> ModuleType:
    text = read_beside(name, base, "call")
    try:
        return _loaded((base / name).resolve(), sha256(text.encode()).hexdigest())
    except (Exception, SystemExit) as error:
        raise CheckError(f"call: {name} cannot be imported: {type(error).__name__}: {error}") from error


@cache
def _loaded(path: Path, digest: str) -> ModuleType:
    """The module of a file, of the same content once in a process."""
    name = f"agenttasks_check_{sha256(f'{path} {digest}'.encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
