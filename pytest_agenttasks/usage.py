"""What was asked of models and what came of it: of one in a call, a task or a run; of the judges of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class JudgeUse:
    """What the judges of a task were asked, apart from what its agent asked.

    Attributes:
        requested: presets or full ids at the head of their chains.
        served: full ids of the models that answered, in order of first use.
        calls: answers asked for.
        prompt_tokens: of these.
        completion_tokens: of these.
        cost_usd: of this run; None if unknown.
        recorded_cost_usd: of the recording that was replayed, or of the run in which the task passed; None if unknown.
        wait_s: seconds waited for limits in this run.
        files: names of what holds their conversations, in the folder of the task.
    """

    requested: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    recorded_cost_usd: float | None = 0.0
    wait_s: float = 0.0
    files: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def take_over(self) -> None:
        """Count as an earlier run's: this one spends nothing on it."""
        spent = (self.cost_usd, self.recorded_cost_usd)
        self.recorded_cost_usd = None if None in spent else sum(one or 0.0 for one in spent)
        self.cost_usd = self.wait_s = 0.0

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> JudgeUse:
        """Read a part of result.json; unknown keys are left out."""
        return cls(**{key: value for key, value in data.items() if key in cls.__dataclass_fields__})
