"""Start a program of this package in the sandbox: a script, never imported.

    python -P start.py PROGRAM [arguments]      (PROGRAM: a module beside this file, with a `main`)

This project is not importable there. The modules beside this file stand for it while they import each other, and then
not any more: a workspace may hold modules of any name, this project's own included.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

PROJECT = "pytest_agenttasks"


def program(name: str) -> ModuleType:
    """Import a module from beside this file."""
    for package in (PROJECT, f"{PROJECT}.checks", f"{PROJECT}.workspace"):
        stub = ModuleType(package)
        stub.__path__ = [str(Path(__file__).absolute().parent)]
        sys.modules[package] = stub
    try:
        return import_module(f"{PROJECT}.checks.{name}")
    finally:
        for loaded in [one for one in sys.modules if one.partition(".")[0] == PROJECT]:
            del sys.modules[loaded]


if __name__ == "__main__":
    program(sys.argv.pop(1)).main()
