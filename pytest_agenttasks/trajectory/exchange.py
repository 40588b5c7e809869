"""What a trajectory is made from: calls and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pytest_agenttasks.calls import CallFacts
from pytest_agenttasks.results import Json


class Exchange(Protocol):
    """One call, as a session keeps it."""

    @property
    def messages(self) -> Sequence[Json]:
        """The whole conversation as it was sent, OpenAI form."""

    @property
    def answer(self) -> Json:
        """The assistant message, OpenAI form; empty where no model answered."""

    @property
    def refused(self) -> str:
        """Why no model answered, in a word; empty for an answer."""

    @property
    def finish_reason(self) -> str:
        """Why the answer ended, as the provider gave it."""

    @property
    def facts(self) -> CallFacts:
        """Who answered and how it came about."""

    @property
    def usage(self) -> Json:
        """OpenAI's `usage`; empty where nobody told."""

    @property
    def params(self) -> Json:
        """The rest of the request: tools, temperature, …"""
