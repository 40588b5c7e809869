"""What a whole run may spend: given by a person, held by the gateway."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?(usd|tokens)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so much for all tasks of a run together; None: no bound.

    Attributes:
        usd: US dollars.
        tokens: prompt and completion.
    """

    usd: float | None = None
    tokens: int | None = None

    @classmethod
    def of(cls, amounts: Sequence[str]) -> Budget:
        """Read amounts such as `5.00`, `5usd` and `300000tokens`.

        Raises:
            ValueError: one of them is no amount, or there are two of a kind; the message says which.
        """
        found: dict[str, float] = {}
        for amount in amounts:
            match = _AMOUNT.fullmatch(amount.strip())
            kind = (match[2] or "usd").lower() if match else ""
            if match is None or float(match[1]) <= 0 or (kind == "tokens" and "." in match[1]):
                raise ValueError(
                    f"{amount}: expected US dollars such as 5.00 or 5usd, or tokens such as 300000tokens, above 0"
                )
            if kind in found:
                raise ValueError(f"{amount}: a budget in {kind} is given already; give one for each kind")
            found[kind] = float(match[1])
        tokens = found.get("tokens")
        return cls(found.get("usd"), None if tokens is None else int(tokens))

    def __str__(self) -> str:
        parts = [] if self.usd is None else [f"${self.usd:g}"]
        return ", ".join(parts if self.tokens is None else [*parts, f"{self.tokens:,} tokens"])

    def headers(self) -> dict[str, str]:
        """What tells the gateway, with every call."""
        given = {"x-agenttasks-budget-usd": self.usd, "x-agenttasks-budget-tokens": self.tokens}
        return {name: str(value) for name, value in given.items() if value is not None}
