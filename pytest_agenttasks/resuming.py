"""What earlier runs came to, and what follows for a task: done already, set aside, or to be done. No pytest in here."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pytest_agenttasks.exceptions import RunFolderError, SetAsideError
from pytest_agenttasks.progress import Progress
from pytest_agenttasks.results import Json, Outcome, TaskResult
from pytest_agenttasks.runs import Attempt, Index, expected_seconds, read_result
from pytest_agenttasks.settings import Plan, Settings

DECISIVE = ("passed", "failed", "resumed")
"""Outcomes that say something of the task's work; error and quota leave what was known before as it was."""

WORKERS_LOST = 2
"""So often may a task's worker die in the middle of it before the task is set aside."""

MOST_KEPT = 20
"""Different contents of a task that are remembered: every worker is handed them. Older work than that is done again."""

COUNTS_FOR = {
    "record": ("recorded",),
    "live": ("recorded", "live"),
    "replay": ("replayed",),
    "none": ("none",),
}
"""What is to be done → how an earlier pass must have been done to count: a replay spares no live work."""


@dataclass(slots=True)
class Past:
    """What a run needs to know of those before it; read once, in the controller.

    Attributes:
        decisive: slug → attempts that passed or failed, the youngest first, one for each content and way.
        lost: slug → attempts since the last decisive one whose worker died, the youngest first.
        expected: slug → seconds that a replay takes; and for work in which models are asked, or that asks none.
    """

    decisive: dict[str, list[Attempt]] = field(default_factory=dict)
    lost: dict[str, list[Attempt]] = field(default_factory=dict)
    expected: tuple[dict[str, float], dict[str, float]] = field(default_factory=lambda: ({}, {}))

    @classmethod
    def of(cls, base: Path, *, resume: bool) -> Past:
        """Read the index of a project, made anew where it is gone.

        Args:
            base: the folder `.agenttasks`.
            resume: whether earlier outcomes matter; else only lengths are kept.
        """
        attempts = Index(base).attempts() if (base / "runs").is_dir() else []
        lengths = (expected_seconds(attempts, replayed=True), expected_seconds(attempts, replayed=False))
        past = cls(expected=lengths)
        for one in attempts if resume else ():
            past.add(one)
        return past

    def add(self, one: Attempt) -> None:
        """Take in an attempt that is older than all before."""
        known = self.decisive.setdefault(one.slug, [])
        if one.outcome in DECISIVE:
            if len(known) < MOST_KEPT and not any(
                one.content == other.content and one.cassette == other.cassette for other in known
            ):
                known.append(one)
        elif one.crashes and not known:
            self.lost.setdefault(one.slug, []).append(one)

    def to_json(self) -> Json:
        """For the way to workers."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Json) -> Past:
        """The inverse of `to_json`."""
        replayed, other = data["expected"]
        return cls(_attempts(data["decisive"]), _attempts(data["lost"]), (replayed, other))


def earlier_end(plan: Plan, content: dict[str, str], past: Past, settings: Settings) -> Attempt | None:
    """The attempt by which a task counts as done; None if it is to be done.

    It is the last one that says something of the same work, done as this run would do it, by models that this run
    would ask. It must have passed, unless it is one of several trials, or one of several presets that are compared: to
    try again those that failed, and only those, would make any rate better than the work is.

    Args:
        plan: what would be done.
        content: what its outcome depends on now; empty where that is not known.
        past: earlier runs.
        settings: of this run.
    """
    same = [one for one in past.decisive.get(plan.slug(settings.root), ()) if one.content == content]
    last = next((one for one in same if _says_something(one, plan.action)), None)
    if last is None or not content or (last.outcome == "failed" and not _is_kept(last, plan)):
        return None
    if plan.chain is not None and not set(last.asked) <= {preset.model for preset in plan.chain.presets}:
        return None
    if plan.action == "record" and not plan.cassette.is_file():
        return None
    return last


def _says_something(one: Attempt, action: str) -> bool:
    """Whether an attempt counts for or against a task of today: live work that failed does so in a record run, too."""
    against = "live" if action == "record" and one.outcome == "failed" else None
    return one.cassette in (*COUNTS_FOR[action], against)


def _is_kept(failed: Attempt, plan: Plan) -> bool:
    """Whether a failure is a result that counts: it is measured, and was done as this run would do it."""
    return plan.task.is_measured and failed.cassette in COUNTS_FOR[plan.action]


def changed_since(plan: Plan, content: dict[str, str], past: Past, settings: Settings) -> list[str]:
    """What is other than when the task passed last; empty if it never did."""
    passes = [one for one in past.decisive.get(plan.slug(settings.root), ()) if one.outcome != "failed"]
    comparable = [one for one in passes if one.cassette in COUNTS_FOR[plan.action]]
    if not comparable:
        return []
    before = comparable[0].content
    return sorted(name for name in before.keys() | content.keys() if before.get(name) != content.get(name))


def sorted_out(
    plans: list[Plan], contents: list[dict[str, str]], past: Past, settings: Settings
) -> tuple[list[Plan], list[str]]:
    """The plans of what is to be done, and lines that tell a person what is not, and what is done again.

    Args:
        plans: of all tasks that were selected.
        contents: for each, what its outcome depends on now.
        past: earlier runs.
        settings: of this run.
    """
    left: list[tuple[Plan, dict[str, str]]] = []
    ended: list[Attempt] = []
    for plan, content in zip(plans, contents, strict=True):
        end = earlier_end(plan, content, past, settings)
        if end is None:
            left.append((plan, content))
        else:
            ended.append(end)
    done, failed = len(ended), sum(end.outcome == "failed" for end in ended)
    how = f"ended in earlier runs: {done - failed} passed, {failed} failed" if failed else "passed in earlier runs"
    why = Counter(name for one in left for name in changed_since(*one, past, settings))
    changed = f"; changed since they passed: {', '.join(f'{n} {name}' for name, n in why.items())}" if why else ""
    return [plan for plan, _ in left], [f"resumed: {done} of {len(plans)} {how}{changed}"]


def refuse_if_lost(plan: Plan, content: dict[str, str], past: Past, settings: Settings, how_to_run: str) -> None:
    """Set a task aside that has ended its worker too often, in earlier runs or in this one.

    Args:
        plan: what would be done.
        content: what its outcome depends on now.
        past: earlier runs.
        settings: of this run.
        how_to_run: the command that tries it all the same.

    Raises:
        SetAsideError: it has.
    """
    left = read_result(settings.run.path / plan.slug(settings.root) / "result.json")
    here = left.crashes if left else 0
    same = [one for one in past.lost.get(plan.slug(settings.root), ()) if one.content in (content, {})]
    if here + sum(one.crashes for one in same) < WORKERS_LOST:
        return
    runs = dict.fromkeys([*(one.run for one in reversed(same)), *([settings.run.path.name] if here else [])])
    raise SetAsideError(
        f"set aside: its worker died in the middle of it {WORKERS_LOST} times or more (runs {', '.join(runs)})\n"
        f"look at what it does (memory, signals) and change it, or try it all the same: {how_to_run}",
        here,
    )


def take_over(plan: Plan, attempt: Attempt, settings: Settings) -> TaskResult | None:
    """Put what an earlier run made of a task into this run's folder, with all of it; None if that is gone or damaged.

    Its costs and waits are told as recorded: this run spends nothing on it.

    Raises:
        RunFolderError: it cannot be written.
    """
    slug = plan.slug(settings.root)
    source, target = settings.run.path.parent / attempt.run / slug, settings.run.path / slug
    result = read_result(source / "result.json")
    if result is None or result.outcome not in (Outcome.PASSED, *([Outcome.FAILED] if plan.task.is_measured else [])):
        return None
    result.resumed_from = result.resumed_from or attempt.run
    result.run = settings.run.path.name
    result.place = plan.task.place
    if result.models or not result.recorded:
        result.recorded = {
            "cost_usd": result.cost_usd,
            "wait_s": result.wait_s,
            "models": [asdict(use) for use in result.models],
        }
    if result.judge is not None:
        result.judge.take_over()
    result.models, result.earlier_models = [], []
    result.cost_usd = result.earlier_cost_usd = result.wait_s = 0.0
    try:
        _link(source, target)
        settings.run.task(slug).write_result(result, settings.secrets.scrub)
    except OSError as error:
        raise RunFolderError(f"the run folder {target} cannot be written: {error.strerror}") from error
    Progress(settings.events, slug, live=False).ended(result)
    return result


def evidence_of(settings: Settings, run: str, slug: str) -> bytes:
    """Put what an earlier run left of a task into this run's folder, but for the result, for a worker that cannot.

    Args:
        settings: of this run.
        run: the earlier one.
        slug: of the task.

    Returns:
        Its result.json; empty if that is gone.

    Raises:
        OSError: it cannot be written.
    """
    source = settings.run.path.parent / run / slug
    try:
        result = (source / "result.json").read_bytes()
    except OSError:
        return b""
    _link(source, settings.run.path / slug)
    return result


def told(result: TaskResult) -> str:
    """When a task passed or failed, and by whom, for people."""
    when = "at an unknown time"
    with suppress(ValueError, OverflowError, OSError):  # of a damaged file
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(result.ended)) if result.ended else when
    who = f" with {', '.join(result.served)}" if result.served else f" by {result.agent}"
    return f"{result.outcome} {when} in run {result.resumed_from}{who}, and nothing changed since"


def _link(source: Path, target: Path) -> None:
    """The same files once more, but for the result; as copies where a file system has no links."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, copy_function=_same_file, ignore=_not_the_result(source))


def _not_the_result(folder: Path) -> Callable[[str, list[str]], list[str]]:
    """It is written anew: a kill in between must not leave what looks like another, paid pass."""
    return lambda here, _: ["result.json"] if here == str(folder) else []


def _same_file(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _attempts(data: Json) -> dict[str, list[Attempt]]:
    return {slug: [Attempt(**{**one, "asked": tuple(one["asked"])}) for one in some] for slug, some in data.items()}
