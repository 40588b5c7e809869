"""What the judges of a task ask their models through: apart from its agent, in session, counting and evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pytest_agenttasks.accounting import served_by
from pytest_agenttasks.calls import CallFacts, Exchange, Reply
from pytest_agenttasks.exceptions import (
    AgentTasksError,
    CheckError,
    NotTried,
    QuotaError,
    RunFolderError,
    TransientError,
)
from pytest_agenttasks.models import Chain, Session, Tape
from pytest_agenttasks.results import Json
from pytest_agenttasks.settings import Plan, Settings
from pytest_agenttasks.usage import JudgeUse

if TYPE_CHECKING:
    from pytest_agenttasks.cassettes import Cassette
    from pytest_agenttasks.models import Gateway
    from pytest_agenttasks.progress import Progress
    from pytest_agenttasks.runs import TaskFolder
    from pytest_agenttasks.spec import JudgeOptions


class TaskCourt:
    """The judges of one task; see `checks.base.Court`."""

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        folder: TaskFolder,
        progress: Progress,
        exchanges: Sequence[Exchange],
        cassette: Cassette | None,
    ) -> None:
        """Make it ready; nothing is asked yet.

        Args:
            plan: of the task.
            settings: of the run.
            folder: of the task, in the run folder.
            progress: is told of calls and waits.
            exchanges: what the agent asked, and who answered.
            cassette: of the task; None where its agent asks no model.
        """
        self.clean = settings.secrets.scrub
        self._plan, self._settings, self._folder, self._progress = plan, settings, folder, progress
        self._tape: Tape = cassette.for_judges() if cassette is not None else _Direct()
        self._own = _own_models(plan, exchanges)
        self._sessions: list[Session] = []
        self._files: list[str] = []
        self._client: Gateway | None = None

    def session(self, options: JudgeOptions) -> Session:
        """What a judge asks its models through; models that did the work are not among them."""
        if self._plan.judging == "none":
            agent = self._plan.agent.name
            raise NotTried(f"the agent {agent} asks no model, and then --agent-cassettes=live alone asks a judge")
        if self._client is None and self._plan.asks_judges:
            slug = self._plan.slug(self._settings.root)
            self._client = self._settings.gateway_for(slug, self._progress.waiting)
        session = Session(self._chain(options), self._client)
        session.listener = self._progress.of_judges()
        session.use(self._tape)
        self._sessions.append(session)
        return session

    def refuse_own(self, options: JudgeOptions, facts: CallFacts) -> None:
        """Refuse an answer of a model that did the work: a provider's router may have chosen it."""
        own = [name for name in (facts.answered_by, facts.served) if name in self._own]
        if own and not options.same_model:
            raise CheckError(f"{own[0]} gave a vote, and it did the work itself; {_MEND}")

    def keep(self, record: Json) -> None:
        """Write what was asked and answered, as `judge-1.json` and so on."""
        name = f"judge-{len(self._files) + 1}.json"
        try:
            self._folder.write_json(name, record, self.clean)
        except OSError as error:
            raise RunFolderError(f"{self._folder.path}/{name} cannot be written: {error.strerror}") from error
        self._files.append(name)

    def close(self) -> None:
        """Let go of the gateway."""
        if self._client is not None:
            self._client.close()

    def failure(self, told: str) -> AgentTasksError | None:
        """What ends the task where a judge was not answered and waiting, or another try, may help; else None.

        Args:
            told: its message.
        """
        failure = next((session.failure for session in self._sessions if session.failure), None)
        if isinstance(failure, QuotaError):
            return QuotaError(told, failure.resets_at)
        return type(failure)(told) if isinstance(failure, TransientError) else None

    @property
    def use(self) -> JudgeUse | None:
        """What all of it came to; None where no judge was asked."""
        if not self._sessions:
            return None
        calls = [call for session in self._sessions for call in session.calls]
        costs = [session.cost_usd for session in self._sessions]
        spent = None if None in costs else sum(cost for cost in costs if cost is not None)
        live = self._plan.asks_judges
        return JudgeUse(
            requested=list(dict.fromkeys(session.requested for session in self._sessions)),
            served=served_by(call.facts for call in calls),
            calls=len(calls),
            prompt_tokens=sum(call.prompt_tokens for call in calls),
            completion_tokens=sum(call.completion_tokens for call in calls),
            cost_usd=spent if live else 0.0,
            recorded_cost_usd=0.0 if live else spent,
            wait_s=round(sum(session.waited_s for session in self._sessions), 3) if live else 0.0,
            files=self._files,
        )

    def _chain(self, options: JudgeOptions) -> Chain:
        chain = next(one.chain for one in self._plan.judges if one.options == options)
        if options.same_model:
            return chain
        others = tuple(preset for preset in chain.presets if preset.model not in self._own)
        if not others:
            names = ", ".join(preset.name for preset in chain.presets)
            raise CheckError(f"there is nobody to judge: {names} did the work; {_MEND}")
        return Chain(others, chain.by_name, chain.source)


_MEND = "name another judge (`model` of the check, or `judge` in models.yaml), or allow it with `same_model: true`"


class _Direct:
    """No cassette: everything is asked, nothing recorded."""

    def ask(self, body: Json, send: Callable[[Json], Reply]) -> Reply:
        return send(body)

    def ended_by(self) -> str | None:
        return None


def _own_models(plan: Plan, exchanges: Sequence[Exchange]) -> set[str]:
    """Full ids of the model that was asked for the work, and of those that did it, by each name that they have."""
    facts = [exchange.facts for exchange in exchanges]
    named = {name for one in facts for name in (one.served, one.answered_by) if name}
    return named | ({plan.chain.presets[0].model} if plan.chain else set())
