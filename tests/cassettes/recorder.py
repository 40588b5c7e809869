"""Records one cassette again and again, until it is killed: `python -m tests.cassettes.recorder FILE NAME`.

Each recording has `CALLS` calls, all of which bear the recorder's name and the number of the recording. A line is
printed before a recording begins and after it was saved.
"""

from __future__ import annotations

import itertools
import sys
from functools import partial
from pathlib import Path

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.file_format import from_text
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import answer, opened

CALLS = 6
WORDS = 40_000


def record_one(path: Path, mark: str) -> None:
    """One recording; `mark` is what it asks first, and is in all answers."""
    with opened(path, "record") as cassette:
        messages: list[Json] = [{"role": "user", "content": mark}]
        for call in range(CALLS):
            reply = answer(f"{mark} {call} " * WORDS)
            cassette.ask({"model": "m", "messages": list(messages)}, partial(given, reply))
            messages += [{"role": "assistant", "content": str(call)}, {"role": "user", "content": "on"}]
        cassette.save()


def given(reply: Reply, _body: Json) -> Reply:
    """Stands for a gateway that answers this."""
    return reply


def mark_of(text: str) -> str:
    """Which recording the text of a cassette holds; it must hold all of that, and nothing else.

    Raises:
        FormatError: it is not a whole cassette.
    """
    _, calls = from_text(text)
    mark = str(calls[0].asked.messages[0].value["content"])
    said = [call.reply.body["choices"][0]["message"]["content"] for call in calls]
    assert said == [f"{mark} {number} " * WORDS for number in range(CALLS)]
    return mark


def tell(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for count in itertools.count():
        tell(f"begins {sys.argv[2]} {count}")
        record_one(Path(sys.argv[1]), f"{sys.argv[2]} {count}")
        tell(f"saved {sys.argv[2]} {count}")
