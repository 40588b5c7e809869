"""What runs spend, and where their budgets end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pytest_agenttasks.gateway.state import State
from pytest_agenttasks.gateway.upstream import Answer


@dataclass(frozen=True, slots=True)
class Bill:
    """To whom a call is charged.

    Attributes:
        run: the run.
        call: unique for the call, also when its caller sends it again: it is charged once.
        usd: budget of the whole run in US dollars; None without one.
        tokens: budget in tokens, prompt and completion; None without one.
    """

    run: str = ""
    call: str = ""
    usd: float | None = None
    tokens: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether there is a budget: only then the spend of the run is kept."""
        return self.usd is not None or self.tokens is not None


class Spending:
    """Keeps the spend of runs that have a budget, where a gateway that is started again finds it."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def over(self, bill: Bill) -> str | None:
        """Why the run may not ask any more; None if it may. Calls under way when it is spent end as they do."""
        if not bill.bounded:
            return None
        spent = await self._state.spent(bill.run)
        if bill.usd is not None and spent.usd >= bill.usd:
            return f"the run's budget is spent: ${spent.usd:.4f} of ${bill.usd:g}"
        if bill.tokens is not None and spent.tokens >= bill.tokens:
            return f"the run's budget is spent: {spent.tokens:,} of {bill.tokens:,} tokens"
        return None

    async def unknown(self, bill: Bill) -> Collection[str]:
        """Full ids of models that a budget in dollars cannot bound: they answered, and nobody knows at what cost."""
        return (await self._state.spent(bill.run)).unknown if bill.usd is not None else ()

    async def note(self, bill: Bill, model: str, answer: Answer) -> None:
        """Charge an answer."""
        if bill.bounded:
            await self._state.spend(bill.run, bill.call, model, answer.cost_usd, answer.tokens)
