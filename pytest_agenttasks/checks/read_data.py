"""Read files with data: a program that a check starts in the sandbox, never imported.

    python -I read_data.py RECORD JOB      (JOB: a file with the kind of data, and paths)

A process of its own, because some of what can be written in these formats takes for ever to read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LARGEST = 4 * 2**20
"""Bytes of a file that are read: YAML of that size takes seconds."""


def text_of(path: str) -> str:
    """The text of a file.

    Raises:
        ValueError: it is none, or too long.
    """
    with Path(path).open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 2**20} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text (byte {error.start})") from None


def read(kind: str, path: str) -> dict[str, Any]:
    """What is in a file, or what is wrong with it."""
    from pytest_agenttasks.checks.reading import READERS, Unreadable

    try:
        return {"kind": "read", "data": READERS[kind](text_of(path))}
    except OSError as error:
        return {"kind": "wrong", "message": f"not to be read: {error.strerror}"}
    except (Unreadable, ValueError) as error:
        return {"kind": "wrong", "message": str(error)}


def main() -> None:
    """Note one after the other."""
    record, job = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    sys.path.insert(0, str(record.parent))  # copies of the modules that it needs
    with record.open("w", encoding="ascii", buffering=1) as out:
        out.write(json.dumps({"kind": "began"}) + "\n")
        for path in job["paths"]:
            out.write(json.dumps(read(job["kind"], path)) + "\n")


if __name__ == "__main__":
    main()
