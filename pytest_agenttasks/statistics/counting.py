"""From results to what rates are made of: which trials count for what, and what is left out of which number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.statistics.passes import Passes, passes, told_k
from pytest_agenttasks.statistics.rate import Rate, rate_of
from pytest_agenttasks.statistics.trials import Trials

Key = tuple[str, str]
"""A task: its file and its name, without trial and preset."""

NO_CATEGORY = "no category"
NO_MODEL = "asks no model"


class LeftOut(StrEnum):
    """Why a trial is in no rate, or not in its model's."""

    ERROR = "error"
    QUOTA = "quota"
    MIXED = "mixed"
    OTHER = "by another model"
    NOBODY = "without an answer"


def left_out(result: TaskResult, *, of_a_model: bool = False) -> LeftOut | None:
    """Why a trial does not count; None if it does.

    Error and quota say nothing about an agent or a model. For its model a trial counts only if that model alone
    answered in it.

    Args:
        result: of the trial.
        of_a_model: whether the number is to say something about the model that was asked for.
    """
    if result.outcome is Outcome.ERROR:
        return LeftOut.ERROR
    if result.outcome is Outcome.QUOTA:
        return LeftOut.QUOTA
    if not of_a_model or not result.requested:
        return None
    if result.purity == "mixed":
        return LeftOut.MIXED
    if not result.own:
        return LeftOut.OTHER
    return None if result.served else LeftOut.NOBODY


def task_of(result: TaskResult) -> Key:
    """What the trials of a task, and its runs on several models, have in common."""
    return result.file, result.unit or result.task


@dataclass(slots=True)
class Group:
    """Trials that one rate is about.

    Attributes:
        kind: `all`, `category`, `model`, `agent` or `task`.
        name: of the category, model, …; empty for `all`.
        tasks: the counted trials of each task.
        left_out: other trials, by why they are left out.
        mixed: counted trials that more than one model answered; 0 for a model, which has those left out.
        rerun: counted trials that were done again, by a rerun or in a later run.
        taken_over: counted trials that an earlier run did, and that were not done again.
        replayed: counted trials that were played from recordings.
        drifted: counted trials in which tools said something else than when they were recorded.
        of: for each task, models and agents of its counted trials.
    """

    kind: str
    name: str
    tasks: dict[Key, Trials] = field(default_factory=dict)
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    mixed: int = 0
    rerun: int = 0
    taken_over: int = 0
    replayed: int = 0
    drifted: int = 0
    of: dict[Key, set[tuple[str, str]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All trials."""
        return self.counted + self.left_out.total()

    @property
    def counted(self) -> int:
        """Trials that the rate is over."""
        return sum(trials.counted for trials in self.tasks.values())

    @property
    def rate(self) -> Rate | None:
        """Of the counted trials, each task counting the same; None where there are none."""
        return rate_of(list(self.tasks.values()))

    @property
    def repeated(self) -> bool:
        """Whether several trials of a task are counted."""
        return any(trials.counted > 1 for trials in self.tasks.values())

    @property
    def most(self) -> int:
        """Trials of the task that has the most of them counted."""
        return max((trials.counted for trials in self.tasks.values()), default=0)

    @property
    def told_k(self) -> int:
        """The k of pass@k and pass^k that says most (`passes.told_k`); 0 where it would mix models or agents."""
        return 0 if self.mixes else told_k(list(self.tasks.values()))

    def passes(self, k: int) -> Passes | None:
        """pass@k and pass^k; None where no task has so many trials, or where it would mix models or agents."""
        return None if self.mixes else passes(list(self.tasks.values()), k)

    @property
    def mixes(self) -> bool:
        """Whether trials of one task are of several models or agents, so that drawing k of them says nothing."""
        return any(len(done_by) > 1 for done_by in self.of.values())

    def add(self, result: TaskResult) -> None:
        """Count a trial, or leave it out."""
        why = left_out(result, of_a_model=self.kind in ("model", "task"))
        if why:
            self.left_out[why] += 1
            return
        known, passed = self.tasks.get(task_of(result)), int(result.outcome is Outcome.PASSED)
        more = Trials(known.passed + passed, known.counted + 1) if known else Trials(passed, 1)
        self.tasks[task_of(result)] = more
        self.of.setdefault(task_of(result), set()).add((result.requested, result.agent))
        self.mixed += result.purity == "mixed"
        self.rerun += bool(result.earlier_models) or result.earlier_cost_usd != 0
        self.taken_over += bool(result.resumed_from)
        self.replayed += result.cassette == "replayed"
        self.drifted += bool(result.environment_drift)


@dataclass(frozen=True, slots=True)
class Cell:
    """One task on one model with one agent.

    Attributes:
        task: its file and name.
        model: the preset asked for; `asks no model`.
        agent: that did it.
        group: its trials; mixed ones and those of another model are left out.
        results: of its trials, in their order.
    """

    task: Key
    model: str
    agent: str
    group: Group
    results: tuple[TaskResult, ...]

    @property
    def asked(self) -> str:
        """The preset asked for; empty for agents that ask no model."""
        return self.results[0].requested

    @property
    def place(self) -> int:
        """Of the model among those that a run compared, from 1 as they were given; 0 where none did."""
        return min((one.place for one in self.results if one.place), default=0)

    @property
    def own(self) -> Trials | None:
        """The trials that count for the model; None where there are none."""
        return self.group.tasks.get(self.task)

    @property
    def judged(self) -> Trials | None:
        """All that passed or failed, whoever answered; None where there are none."""
        outcomes = [one.outcome for one in self.results if left_out(one) is None]
        return Trials(outcomes.count(Outcome.PASSED), len(outcomes)) if outcomes else None

    @property
    def flaky(self) -> bool:
        """Whether the outcome differs over the trials that count for the model."""
        return self.own is not None and self.own.flaky


@dataclass(frozen=True, slots=True)
class Counts:
    """All that rates are told of.

    Attributes:
        all: every trial.
        categories: in the order of first tasks, likewise all below.
        models: by the preset asked for.
        agents: that did them.
        cells: tasks on models with agents.
    """

    all: Group
    categories: list[Group]
    models: list[Group]
    agents: list[Group]
    cells: list[Cell]

    @property
    def repeated(self) -> bool:
        """Whether tasks were to be tried more than once with the same model and agent."""
        return any(len(cell.results) > 1 for cell in self.cells)

    @property
    def compares(self) -> bool:
        """Whether a task was done on several models, or by several agents."""
        return len({cell.task for cell in self.cells}) < len(self.cells)

    @property
    def several(self) -> bool:
        """Whether there is more to tell than one rate: of trials, of models or of agents."""
        return self.repeated or self.compares

    @property
    def flaky(self) -> list[Cell]:
        """Those whose outcome differs over the counted trials."""
        return [cell for cell in self.cells if cell.flaky]


def counts(results: Iterable[TaskResult]) -> Counts:
    """Count trials for all that a rate is told of, in the order of task files, whichever ended first."""
    results = sorted(results, key=lambda result: result.order)
    every = Group("all", "")
    for result in results:
        every.add(result)
    return Counts(
        every,
        _grouped("category", results, lambda result: result.category or NO_CATEGORY),
        _grouped("model", results, model_of),
        _grouped("agent", results, lambda result: result.agent),
        _cells(results),
    )


def model_of(result: TaskResult) -> str:
    """The preset asked for."""
    return result.requested or NO_MODEL


def _grouped(kind: str, results: Sequence[TaskResult], name: Callable[[TaskResult], str]) -> list[Group]:
    groups: dict[str, Group] = {}
    for result in results:
        groups.setdefault(name(result), Group(kind, name(result))).add(result)
    return list(groups.values())


def _cells(results: Sequence[TaskResult]) -> list[Cell]:
    found: dict[tuple[Key, str, str], list[TaskResult]] = {}
    for result in results:
        found.setdefault((task_of(result), model_of(result), result.agent), []).append(result)
    cells = []
    for (task, model, agent), some in found.items():
        group = Group("task", "::".join(task))
        for result in some:
            group.add(result)
        cells.append(Cell(task, model, agent, group, tuple(some)))
    return cells
