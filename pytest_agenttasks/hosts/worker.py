"""Run by execnet in the process of a worker: xdist's own program, fitted to the machine where that is another one.

xdist hands workers behind a proxy the controller's `sys.path` and a folder for temporary files, as if they were on its
machine; and variables of the environment are not forwarded.
"""

from __future__ import annotations

import os
import sys
from typing import Any

KEY = "agenttasks"
"""Of what the controller handed over, in xdist's `workerinput`."""


def fitted(given: tuple[dict[str, Any], list[str], dict[str, Any], list[str] | None]) -> Any:
    """What xdist's program is given, for this machine: its own `sys.path`, and a folder of pytest's choice.

    Args:
        given: `workerinput`, arguments of pytest, options that are set apart from them, and `sys.path`.
    """
    workerinput, arguments, _, _ = given
    away = workerinput[KEY]["away"]
    if away is None:
        return given
    for name, value in away["environ"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return workerinput, arguments, {}, [one or os.getcwd() for one in sys.path]  # noqa: PTH109


if __name__ == "__channelexec__":
    _given = fitted(channel.receive())  # type: ignore[name-defined]  # noqa: F821
    channel.receive = lambda: _given  # type: ignore[name-defined]  # noqa: F821
    # From the controller: imported here and now, it would be there before pytest could rewrite its asserts.
    exec(compile(_given[0][KEY]["program"], "xdist/remote.py", "exec"), globals())
