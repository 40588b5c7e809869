"""How much of a benchmark is to be run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line says.

    Attributes:
        quick: smaller loads, for a look.
        peers: whether others are run side by side.
        minute: seconds that stand for a provider's minute.
    """

    quick: bool = False
    peers: bool = True
    minute: float = 2.0
