"""What a session asks instead of the gateway: a cassette that plays, records, or lets everything through."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import drift as words
from pytest_agenttasks.cassettes.asked import Asked, Preparer
from pytest_agenttasks.cassettes.cause import Circumstances, Content
from pytest_agenttasks.cassettes.file_format import Call
from pytest_agenttasks.cassettes.normalise import Normaliser
from pytest_agenttasks.cassettes.parts import VERDICTS, is_judges, marked, unmarked
from pytest_agenttasks.cassettes.paths import Action, shown
from pytest_agenttasks.cassettes.reel import Reel
from pytest_agenttasks.cassettes.store import Store
from pytest_agenttasks.cassettes.tape import open_tape, put
from pytest_agenttasks.exceptions import CassetteDriftError
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets

Send = Callable[[Json], Reply]
"""Really asks the gateway."""

Drift = Literal["report", "strict"]
"""What to do when nothing but tool output differs from the recording: report it, or call it drift."""


@contextmanager
def open_cassette(
    path: Path,
    action: Action,
    *,
    header: Json,
    normalise: Normaliser,
    secrets: Secrets,
    drift: Drift = "report",
    how_to_record: str = "",
    slug_of_trial: Callable[[int], str] | None = None,
    prompt: str = "",
    content: Content = dict,
) -> Iterator[Cassette]:
    """The cassette of one task on one preset, for as long as its agent works.

    Nothing is written before `save` is called.

    Args:
        path: the file, as `cassette_path` names it.
        action: what `plan` said.
        header: facts for the top of the file. If it has `task`, a file of another task is refused.
        normalise: makes requests the same on every machine.
        secrets: what must not be written.
        drift: whether tool output may differ.
        how_to_record: the command that records this cassette, the last line of messages.
        slug_of_trial: gives the slugs of the task's trials (0: of the task without), for messages.
        prompt: the task's prompt, so that drift can tell whether it is what changed.
        content: gives hashes of what a recording is made from, for the same end; called where there is drift only.

    Raises:
        CassetteMissingError: replay, and there is no file.
        CassetteError: replay, and the file cannot be used.
    """
    preparer = Preparer(normalise, secrets)
    store = Store(path, header, preparer, secrets, how_to_record, slug_of_trial)
    if action == "replay":
        yield _Player(store, preparer, drift, normalise.replace(secrets.scrub(prompt)), content)
    elif action == "record":
        yield _Recorder(store, preparer)
    else:
        yield Cassette(store)


class Cassette:
    """Answers the calls of one task. May be asked from several threads. This one lets everything through.

    Attributes:
        path: the file.
        header: facts from the top of the file (replay), or for it.
        miss: the first request that was not found. Agents swallow errors; this one stays.
        environment_drift: one line for each call that was answered by position, since nothing but tool
            output differed from the recording.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self.header = store.header
        self.miss: CassetteDriftError | None = None
        self.environment_drift: list[str] = []
        self._lock = threading.Lock()

    def ask(self, body: Json, send: Send) -> Reply:
        """Answer a request.

        Args:
            body: an OpenAI chat request. It is not changed, nor needed afterwards.
            send: asks the gateway; never called in a replay.

        Raises:
            CassetteDriftError: replay, and the cassette has no answer to this.
        """
        return self._ask(unmarked(body), send)

    def for_judges(self) -> JudgeTape:
        """What judges ask instead: their calls are in the same file, apart from the agent's."""
        return JudgeTape(self._ask)

    def _ask(self, body: Json, send: Send) -> Reply:
        return send(body)

    def ended_by(self) -> str | None:
        """The limit that ended the recorded work and that a replay cannot meet by itself, once all was played."""
        return None

    def unplayed(self) -> int:
        """How many recorded calls were not asked in this replay; 0 if this is none."""
        return 0

    def save(self) -> None:
        """Write what was recorded in place of the old file; does nothing in replay and live.

        Raises:
            CassetteError: a secret would be in the file, or it cannot be written; the old one stays.
        """


class JudgeTape:
    """The part of a cassette that holds what judges ask."""

    def __init__(self, ask: Callable[[Json, Send], Reply]) -> None:
        self._ask = ask

    def ask(self, body: Json, send: Send) -> Reply:
        """Answer a request of a judge.

        A replay answers only what was asked to the letter: a verdict is about what was shown.

        Raises:
            CassetteDriftError: replay, and the cassette has no answer to this.
        """
        return self._ask(marked(body), lambda _: send(body))

    def ended_by(self) -> str | None:
        """None: no limit of a task ends a judge."""
        return None


class _Recorder(Cassette):
    def __init__(self, store: Store, preparer: Preparer) -> None:
        super().__init__(store)
        self._preparer = preparer
        self._tape = open_tape(store)
        self._verdicts = 0

    def _ask(self, body: Json, send: Send) -> Reply:
        asked = self._preparer.ask(body)
        live = send(body)
        call = Call(asked, Reply(live.status, self._preparer.answer(live.body)))
        with self._lock:
            self._verdicts += is_judges(asked.params)
            put(self._tape, call)
        # What the replay will say, to the letter: the agent must not know more in the recorded run.
        return call.reply

    def save(self) -> None:
        with self._lock:
            if self._verdicts:
                self.header[VERDICTS] = self._verdicts
            self._tape._save(force=True)


class _Player(Cassette):
    def __init__(self, store: Store, preparer: Preparer, drift: Drift, prompt: str, content: Content) -> None:
        now = store.header
        calls = store.load()
        self._reel = Reel([call for call in calls if not is_judges(call.asked.params)])
        self._verdicts = Reel([call for call in calls if is_judges(call.asked.params)])
        super().__init__(store)
        self._about = Circumstances(store.header, now, prompt, content)
        self._preparer = preparer
        self._drift = drift
        self._how_to_record = store.how_to_record
        self._asks = self._judged = 0
        self._told: dict[tuple[bytes, bytes], int] = {}

    def _ask(self, body: Json, send: Send) -> Reply:  # noqa: ARG002
        asked = self._preparer.ask(body)
        with self._lock:
            if is_judges(asked.params):
                return self._verdict(asked)
            self._asks += 1
            index = self._reel.exact(asked)
            if index is None:
                index = self._by_position(asked)
            return self._reel.play(index)

    def ended_by(self) -> str | None:
        return self.header.get("ended_by") if not self._reel.unplayed else None

    def unplayed(self) -> int:
        return self._reel.unplayed + self._verdicts.unplayed

    def _verdict(self, asked: Asked) -> Reply:
        self._judged += 1
        index = self._verdicts.exact(asked)
        if index is None:
            told = words.explain(self._judged, asked, self._verdicts.requests, self._about)
            raise self._missing(told, "a verdict is recorded with its task, whose agent is then asked anew as well")
        return self._verdicts.play(index)

    def _by_position(self, asked: Asked) -> int:
        index = self._reel.loose(asked)
        if index is None or self._drift == "strict":
            raise self._missed(asked, only_output=index is not None)
        self.environment_drift.append(f"call {self._asks}: {self._what_differs(asked, self._reel.requests[index])}")
        return index

    def _what_differs(self, asked: Asked, recorded: Asked) -> str:
        """The first output that was not told of before: a conversation repeats it with every call."""
        changes = words.output_changes(asked, recorded)
        for index, now, old in changes:
            if self._told.setdefault((now.exact, old.exact), self._asks) == self._asks:
                return words.output_line(asked, index, old, self._about)
        _, now, old = changes[0]
        return f"the same output as in call {self._told[now.exact, old.exact]}"

    def _missed(self, asked: Asked, *, only_output: bool) -> CassetteDriftError:
        advice = "only tool output differs, which --agent-drift=report would allow" if only_output else ""
        return self._missing(words.explain(self._asks, asked, self._reel.requests, self._about), advice)

    def _missing(self, told: str, advice: str) -> CassetteDriftError:
        lines = [told, f"cassette: {shown(self.path)}", advice, self._how_to_record]
        error = CassetteDriftError("\n".join(filter(None, lines)))
        self.miss = self.miss or error
        return error
