"""What a trajectory is made from: calls that were answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pytest_agenttasks.results import CallFacts, Json


class Exchange(Protocol):
    """One call that a model answered, as a session keeps it."""

    @property
    def messages(self) -> Sequence[Json]:
        """The whole conversation as it was sent, OpenAI form."""

    @property
    def answer(self) -> Json:
        """The assistant message, OpenAI form."""

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
