"""The check `call`: a function of the project says what is wrong. It runs in this process, outside of the sandbox."""

from __future__ import annotations

import linecache
import traceback
from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_agenttasks.checks.base import Finding, Place, found, missed
from pytest_agenttasks.checks.context import CheckContext
from pytest_agenttasks.checks.function import find_function
from pytest_agenttasks.exceptions import CheckError

if TYPE_CHECKING:
    from pytest_agenttasks.spec import CallOptions


def call(options: CallOptions, place: Place) -> Finding:
    """The function finds nothing wrong."""
    function, name = find_function(options.function, place.base), options.function
    context = _context(options, place)
    try:
        result = function(context)
    except AssertionError as error:
        return _found(name, [str(error).strip() or f"assertion failed: {_where(error)}"])
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # pytest.skip() and sys.exit() too: nothing is skipped into green
        raise CheckError(f"{name} raised {type(error).__name__}: {error} ({_where(error)})") from error
    return _found(name, _problems(name, result))


def _context(options: CallOptions, place: Place) -> CheckContext:
    work, workspace = place.work, place.workspace
    return CheckContext(
        workspace=workspace.path,
        task=place.task,
        prompt=place.prompt,
        agent=work.agent if work else "",
        answer=work.result.answer if work else "",
        stopped=work.result.stopped if work else "",
        steps=work.result.steps if work else 0,
        changed=workspace.changed(),
        options=MappingProxyType(options.with_),
        execute=workspace.execute,
    )


def _problems(name: str, result: object) -> list[str]:
    if result is None or result is True:
        return []
    if result is False:
        return ["it returned False; a text, or a list of texts, says what is wrong"]
    problems = [result] if isinstance(result, str) else result
    if not isinstance(problems, list | tuple) or not all(isinstance(one, str) for one in problems):
        expected = "None or True for a pass, or what is wrong: a text, or a list of texts"
        raise CheckError(f"{name} returned {type(result).__name__}, expected {expected}")
    return [one for one in problems if one.strip()]


def _found(name: str, problems: list[str]) -> Finding:
    if not problems:
        return found(f"{name} found nothing wrong")
    lines = "\n".join(problems).splitlines()
    more = f" ({len(problems)} problems)" if len(problems) > 1 else ""
    return missed(f"{name}: {lines[0]}{more}", lines[1:])


def _where(error: BaseException) -> str:
    """The place that raised it, with the line of code."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    code = linecache.getline(last.filename, last.lineno or 0).strip()
    return f"{last.filename.rpartition('/')[2]}:{last.lineno}, in {last.name}: {code}"
