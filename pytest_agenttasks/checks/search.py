"""Search texts for regular expressions: a program that a check starts in the sandbox, never imported.

    python -I -S search.py RECORD JOB      (JOB: a file with a JSON object, made by searching.py)

A process of its own, because a text can be made so that an expression takes for ever, and nothing but the end of the
process stops it.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

LINE = 300
"""Characters that are told of a line with a match."""


def read(path: str, most: int) -> str:
    """The beginning of a file. Bytes that are no UTF-8 stay apart from every character that is."""
    with Path(path).open("rb") as file:
        return file.read(most).decode("utf-8", errors="surrogateescape")


def line_of(text: str, at: int) -> tuple[int, str]:
    """Number and content of the line in which a match begins."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    return text.count("\n", 0, at) + 1, text[start : end if end != -1 else None][:LINE]


def found(regex: str, flags: int, text: str, shown: int) -> dict[str, Any]:
    """How often an expression is found, and the lines of the first matches."""
    matches = re.compile(regex, flags).finditer(text)
    first = list(islice(matches, shown))
    lines = [line_of(text, match.start()) for match in first]
    return {"count": len(first) + sum(1 for _ in matches), "lines": lines}


def results(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each search finds in each text, told one by one: what takes for ever is what was not told."""
    for number, path in enumerate(job["texts"]):
        try:
            text = read(path, job["most"])
        except OSError as error:
            yield {"kind": "unreadable", "text": number, "why": error.strerror}
            continue
        for which, (regex, flags) in enumerate(job["searches"]):
            told = found(regex, flags, text, job["shown"])
            yield {"kind": "found", "text": number, "search": which, **told}
            if told["count"] == 0 and not flags & re.IGNORECASE and re.search(regex, text, flags | re.IGNORECASE):
                yield {"kind": "other case", "text": number, "search": which}


def main() -> None:
    """Note each result as soon as it is there."""
    warnings.simplefilter("ignore")
    record, job = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    with record.open("w", encoding="ascii", buffering=1) as out:
        out.write(json.dumps({"kind": "began"}) + "\n")
        for result in results(job):
            out.write(json.dumps(result) + "\n")
        out.write(json.dumps({"kind": "finished"}) + "\n")


if __name__ == "__main__":
    main()
