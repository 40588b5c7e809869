"""Compile Python files and note what is wrong: a program that a check starts in the sandbox, never imported.

    python -I -S compile_files.py RECORD NAMES      (NAMES: a file with a JSON list)

A process of its own, because some sources crash or exhaust the compiler. Nothing of them is executed.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path


def problem(name: str) -> tuple[int | None, str] | None:
    """What the compiler says against a file: line and message, or None."""
    try:
        compile(Path(name).read_bytes(), name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno, f"{type(error).__name__}: {error.msg}"
    except (ValueError, OverflowError, RecursionError, MemoryError, OSError) as error:
        return None, f"{type(error).__name__}: {error}".rstrip(": ")
    return None


def main() -> None:
    """Note each name before its turn, so that a crash tells where it was."""
    warnings.simplefilter("ignore")
    record, names = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    with record.open("w", encoding="ascii", buffering=1) as out:
        for name in names:
            out.write(json.dumps({"kind": "at", "file": name}) + "\n")
            if (wrong := problem(name)) is not None:
                out.write(json.dumps({"kind": "wrong", "line": wrong[0], "message": wrong[1]}) + "\n")
        out.write(json.dumps({"kind": "finished"}) + "\n")


if __name__ == "__main__":
    main()
