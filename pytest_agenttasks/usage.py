"""What was asked of one model and what came of it: of a call, a task or a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class ModelUse:
    """A line of the table by model.

    Attributes:
        asked: full id that was asked.
        model: full id by which the provider names who answered; the one asked where nobody answered.
        requests: HTTP requests sent.
        answers: calls that it answered.
        limited: requests answered 429, by HTTP status or inside an HTTP 200.
        failed: requests that failed otherwise.
        prompt_tokens: of its answers, as the provider tells.
        completion_tokens: of its answers, as the provider tells.
        cost_usd: of those answers whose cost is known; None if it is known of none.
        unknown_costs: answers whose cost nobody knows. Unknown is never 0.
        wait_s: seconds waited for limits before its requests.
    """

    asked: str
    model: str
    requests: int = 0
    answers: int = 0
    limited: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    unknown_costs: int = 0
    wait_s: float = 0.0

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, other: ModelUse) -> None:
        """Count another one's numbers in."""
        self.requests += other.requests
        self.answers += other.answers
        self.limited += other.limited
        self.failed += other.failed
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.unknown_costs += other.unknown_costs
        self.wait_s = round(self.wait_s + other.wait_s, 3)
        if other.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + other.cost_usd

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ModelUse:
        """Read a line of result.json; unknown keys are left out."""
        return cls(**{key: value for key, value in data.items() if key in cls.__dataclass_fields__})
