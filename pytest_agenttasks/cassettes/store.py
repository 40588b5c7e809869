"""The file on disk: read with every check, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_agenttasks.cassettes.asked import Preparer, canonical, mapped
from pytest_agenttasks.cassettes.file_format import Call, FormatError, from_text, to_text
from pytest_agenttasks.cassettes.paths import presets_recorded, shown, trials_recorded
from pytest_agenttasks.exceptions import CassetteError, CassetteMissingError
from pytest_agenttasks.files import write_whole
from pytest_agenttasks.processes import lives
from pytest_agenttasks.results import Json
from pytest_agenttasks.scrub import Secrets

LONGEST_SAVE = 86_400.0
"""Seconds after which no process is still writing a file, wherever it runs; it takes less than one."""

MOST_TRIALS_TOLD = 5
"""Other trials that a message names."""


class Store:
    """One cassette's file.

    Attributes:
        path: the file.
        header: what is written at its top, without secrets; after `load`, what stood there.
        how_to_record: the command that records it, for messages; may be empty.
        slug_of_trial: gives the slugs of the task's trials, so that a message can tell which are recorded.
    """

    def __init__(
        self,
        path: Path,
        header: Json,
        preparer: Preparer,
        secrets: Secrets,
        how_to_record: str = "",
        slug_of_trial: Callable[[int], str] | None = None,
    ) -> None:
        self.path = path
        self.slug_of_trial = slug_of_trial
        self.header: Json = mapped(header, secrets.scrub)
        self.how_to_record = how_to_record
        self._preparer = preparer
        self._secrets = secrets

    def load(self) -> list[Call]:
        """The calls of the file.

        Raises:
            CassetteMissingError: there is no file.
            CassetteError: it cannot be read, is not a whole cassette, or is another task's.
        """
        try:
            header, calls = from_text(self.path.read_bytes().decode(), self._preparer.stored)
        except FileNotFoundError:
            raise self._missing() from None
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise self._unusable("is damaged: it is not UTF-8") from error
        except FormatError as error:
            raise self._unusable(str(error), upgrade=error.newer) from error
        self._check_task(header)
        self.header = header
        return calls

    def save(self, calls: Sequence[Call]) -> None:
        """Write the file in place of an older one.

        Raises:
            CassetteError: a secret would be in it, or it cannot be written. The older file stays.
        """
        text = to_text(self.header, calls)
        if found := self._secrets.found(text):
            raise CassetteError(
                f"cassette {shown(self.path)} was not written: it would hold secrets ({', '.join(found)})\n"
                "keep them out of the prompt and of what commands print, then record again"
            )
        # Another libyaml may write what it cannot read: better known now than at the first replay.
        if _facts(*from_text(text)) != _facts(self.header, calls):
            raise CassetteError(f"cassette {shown(self.path)} was not written: it would not load as it was recorded")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, text.encode())
        except OSError as error:
            raise CassetteError(f"cassette {shown(self.path)} cannot be written: {error.strerror}") from error

    def _check_task(self, header: Json) -> None:
        recorded, wanted = header.get("task"), self.header.get("task")
        if recorded != wanted and None not in (recorded, wanted):
            raise self._unusable(f"was recorded for another task: {recorded!r}, not {wanted!r}")

    def _missing(self) -> CassetteMissingError:
        presets = presets_recorded(self.path)
        others = f"recorded on {', '.join(presets)}" if presets else "not recorded on any other preset either"
        lines = [f"no cassette for this task on this preset: {shown(self.path)}", others, self._other_trials()]
        return CassetteMissingError("\n".join(filter(None, [*lines, self.how_to_record])))

    def _other_trials(self) -> str:
        """What is recorded of the same task on the same preset, and is not played, since trials are independent."""
        numbers = trials_recorded(self.path, self.slug_of_trial) if self.slug_of_trial else []
        if not numbers:
            return ""
        trials = [f"trial{number}" for number in numbers if number]
        more = [f"{len(trials) - MOST_TRIALS_TOLD} more"] if len(trials) > MOST_TRIALS_TOLD else []
        told = ["the task without trials"] * (0 in numbers) + trials[:MOST_TRIALS_TOLD] + more
        return f"recorded on this preset: {', '.join(told)}; a trial plays its own recording only"

    def _unusable(self, what: str, *, upgrade: bool = False) -> CassetteError:
        lines = [
            f"cassette {shown(self.path)} {what}",
            "upgrade pytest-agenttasks" if upgrade else "restore the file from version control, or record it again",
            self.how_to_record,
        ]
        return CassetteError("\n".join(filter(None, lines)))


def leftovers(folder: Path) -> list[Path]:
    """Files that a killed recording has left beside cassettes; none of a process that is alive."""
    return sorted(path for path in folder.rglob(".*.yaml.*.*.tmp") if not lives(path.name.split(".")[-3]))


def _facts(header: Json, calls: Sequence[Call]) -> list[bytes]:
    answers = [canonical([call.reply.status, call.reply.body]) for call in calls]
    return [canonical(header), *(call.asked.key for call in calls), *answers]
