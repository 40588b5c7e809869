"""The check `judge`: a model finds, by several votes, that the criteria of a rubric hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_agenttasks.checks import judge_ballot as ballot
from pytest_agenttasks.checks.base import Finding, Place, found, missed, plural
from pytest_agenttasks.checks.judge_sight import NothingToSee, Sight, sight
from pytest_agenttasks.exceptions import CheckError, LimitReached, ToolsUnsupportedError
from pytest_agenttasks.results import Json

if TYPE_CHECKING:
    from pytest_agenttasks.models import Completion, Session
    from pytest_agenttasks.spec import JudgeOptions

SHOWN = 60
"""Characters of a criterion in a message."""


def judge(options: JudgeOptions, place: Place) -> Finding:
    """Show a model what the agent left, and let it vote on each criterion.

    Raises:
        CheckError: it could not be asked, or gave too few verdicts that can be used for a majority.
        NotTried: no judge is asked in this run.
        AgentTasksError: its models do not answer.
    """
    try:
        seen = sight(options, place, place.court.clean)
    except NothingToSee as lacking:
        return missed(str(lacking))
    hearing = _Hearing(options, seen, place)
    try:
        hearing.hold()
    finally:
        place.court.keep(hearing.record())
    return hearing.finding()


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote.

    Attributes:
        number: from 1.
        model: who cast it, as people name it.
        findings: on each criterion; empty where the vote is void.
        void: why it is.
    """

    number: int
    model: str
    findings: Sequence[ballot.Finding] = ()
    void: str = ""


class _Hearing:
    """The votes of one judge. They are cast one after the other, and no more of them than it takes."""

    def __init__(self, options: JudgeOptions, seen: Sight, place: Place) -> None:
        self.options, self.seen, self.court = options, seen, place.court
        self.prompt = place.court.clean(place.prompt)
        self.session: Session = place.court.session(options)
        self.tool = self.session.tools
        self.votes: list[Vote] = []
        self.majority = options.votes // 2 + 1

    def hold(self) -> None:
        while self._open():
            self.votes.append(self._cast(len(self.votes) + 1))

    def finding(self) -> Finding:
        """What the majority found.

        Raises:
            CheckError: there is none.
        """
        tallies = list(self._tallies())
        against = [number for number, (_, no) in enumerate(tallies) if no >= self.majority]
        if against:
            return missed(self._told(against, tallies), [*self._reasons(against), *self._remarks()])
        if any(yes < self.majority for yes, _ in tallies):
            raise CheckError("\n".join([f"{self._void()} of {self.options.votes} votes are void", *self._remarks()]))
        holds = "the criterion holds" if len(tallies) == 1 else f"all {len(tallies)} criteria hold"
        remarks = "".join(f"; {line}" for line in self._remarks())
        return found(f"{holds} ({self._judges()}, {plural(len(self.votes), 'vote')}){remarks}")

    def record(self) -> Json:
        """Everything that was asked and answered, and what was read from it."""
        return {
            "rubric": self.options.rubric,
            "asked": [preset.name for preset in self.session.chain.presets] if self.session.chain else [],
            "votes": [
                {
                    "vote": vote.number,
                    "model": vote.model,
                    "void": vote.void,
                    "criteria": [{"holds": one.holds, "reason": one.reason} for one in vote.findings],
                }
                for vote in self.votes
            ],
            "calls": [
                {
                    "messages": exchange.messages,
                    "answer": exchange.answer,
                    "refused": exchange.refused,
                    "model": exchange.facts.answered_by,
                    "cost_usd": exchange.facts.cost_usd,
                    "usage": exchange.usage,
                }
                for exchange in self.session.exchanges
            ],
        }

    def _open(self) -> bool:
        """Whether another vote can decide a criterion that is not decided yet."""
        left = self.options.votes - len(self.votes)
        return any(max(tally) < self.majority <= max(tally) + left for tally in self._tallies())

    def _tallies(self) -> Iterator[tuple[int, int]]:
        """Votes for and against each criterion."""
        for number in range(len(self.options.rubric)):
            said = [vote.findings[number].holds for vote in self.votes if vote.findings]
            yield sum(said), len(said) - sum(said)

    def _cast(self, number: int) -> Vote:
        messages = self._question(number)
        wrong: list[str] = []
        completion = self._complete(messages, number)
        for _ in range(2):
            try:
                return Vote(number, self._name(completion), ballot.read(completion.message, len(self.options.rubric)))
            except ballot.Unusable as unusable:
                wrong.append(str(unusable))
                if len(wrong) == 1:
                    messages = [*messages, *ballot.once_more(completion.message, unusable, tool=self.tool)]
                    completion = self._complete(messages, number)
        return Vote(number, self._name(completion), void=f"{wrong[0]}; asked again: {wrong[1]}")

    def _question(self, number: int) -> list[Json]:
        rubric = [self.court.clean(one) for one in self.options.rubric]
        return ballot.question(rubric, self.prompt, self.seen, number, tool=self.tool)

    def _complete(self, messages: list[Json], number: int) -> Completion:
        try:
            completion = self.session.complete(messages, **(ballot.WITH_TOOL if self.tool else ballot.WITHOUT_TOOL))
        except ToolsUnsupportedError:
            if not self.tool:
                raise
            self.tool = False
            return self._complete(self._question(number), number)
        except LimitReached:
            asked = self.session.requested
            raise CheckError(f"it is shown too much for {asked}; show it less, or name another model") from None
        self.court.refuse_own(self.options, completion.facts)
        return completion

    def _name(self, completion: Completion) -> str:
        facts, chain = completion.facts, self.session.chain
        names = {preset.model: preset.name for preset in chain.presets} if chain else {}
        answered = facts.answered_by or ""
        return names.get(answered, answered)

    def _judges(self) -> str:
        return ", ".join(dict.fromkeys(vote.model for vote in self.votes if not vote.void))

    def _void(self) -> int:
        return sum(bool(vote.void) for vote in self.votes)

    def _told(self, against: Sequence[int], tallies: Sequence[tuple[int, int]]) -> str:
        first, *others = against
        yes, no = tallies[first]
        reason = next(one.reason for one in self._said(first) if not one.holds)
        more = f" (and {', '.join(str(one + 1) for one in others)})" if others else ""
        which = f"criterion {first + 1}{more} " if len(self.options.rubric) > 1 else ""
        criterion = _shortened(self.options.rubric[first])
        return f"no ({self._judges()}, {no} to {yes}): {which}{criterion!r}: {reason}"

    def _said(self, criterion: int) -> list[ballot.Finding]:
        return [vote.findings[criterion] for vote in self.votes if vote.findings]

    def _reasons(self, against: Sequence[int]) -> Iterator[str]:
        """What each vote says of the criteria that do not hold."""
        for criterion in against:
            yield f"criterion {criterion + 1}: {self.options.rubric[criterion]}"
            for vote in self.votes:
                if vote.findings:
                    one = vote.findings[criterion]
                    yield f"  vote {vote.number} ({vote.model}): {'yes' if one.holds else 'no'}: {one.reason}"

    def _remarks(self) -> list[str]:
        """What a person should know beside the verdict."""
        void = [f"vote {vote.number} ({vote.model}) is void: {vote.void}" for vote in self.votes if vote.void]
        return [*void, *(f"shown in part, {cut}" for cut in self.seen.cuts)]


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
