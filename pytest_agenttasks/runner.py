"""The way of one task: models, workspace, cassette, the agent's work, checks, result. No pytest in here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from pytest_agenttasks.accounting import account, call_of
from pytest_agenttasks.cassettes import Cassette, Normaliser, open_cassette, own_patterns
from pytest_agenttasks.content import RECORDED_FROM, header_of, how_to_record, known_content
from pytest_agenttasks.court import TaskCourt
from pytest_agenttasks.evidence import about_of, write_evidence
from pytest_agenttasks.exceptions import (
    AgentError,
    AgentTasksError,
    CheckError,
    CheckFailed,
    LimitReached,
    QuotaError,
    RunFolderError,
)
from pytest_agenttasks.models import Session
from pytest_agenttasks.progress import Progress
from pytest_agenttasks.results import AgentResult, CheckResult, Outcome, TaskResult
from pytest_agenttasks.runs import read_transcript
from pytest_agenttasks.scrub import scrubbed
from pytest_agenttasks.settings import ACTION_WORDS, Plan, Settings, plan_task
from pytest_agenttasks.spec import Task
from pytest_agenttasks.workspace import Workspace, choose_isolation, open_workspace, origin_of

if TYPE_CHECKING:
    from pytest_agenttasks.runs import TaskFolder


class TaskRun:
    """One task on its way. Each stage is a context manager or a method, called in this order:

    `open_models`, `open_workspace`, `open_cassette`, `work`, `judge`, `finish`.

    Attributes:
        task: the task.
        plan: what will be done for it.
        progress: what is told of it while it is done.
        content: hashes of what its outcome depends on.
        session: set by `open_models`.
        workspace: set by `open_workspace`.
        agent_result: set by `work`.
        checks: set by `judge`.
        crashes: how often in this run a worker died in the middle of it.
    """

    def __init__(self, task: Task, settings: Settings) -> None:
        self.task = task
        self.settings = settings
        self.plan: Plan = plan_task(task, settings)
        self.session: Session | None = None
        self.workspace: Workspace | None = None
        self.agent_result = AgentResult("")
        self.checks: list[CheckResult] = []
        self.crashes = 0
        self._cassette: Cassette | None = None
        self._court: TaskCourt | None = None
        self._changed: tuple[str, ...] = ()
        self._artifacts: list[str] = []
        self._worked = self._judged = False
        self._finished: TaskResult | None = None
        self._given_up = Event()
        self._began, self._began_at = time.monotonic(), time.time()
        slug = self.plan.slug(settings.root)
        self.folder: TaskFolder = settings.run.task(slug, durable=self.plan.live)
        self.progress = Progress(settings.events, slug, live=self.plan.live, process=settings.teller)

    @contextmanager
    def open_models(self) -> Iterator[Session]:
        """The session of the task's chain, connected to the gateway where models are really asked."""
        self.progress.began(self.content)
        slug, waiting = self.plan.slug(self.settings.root), self.progress.waiting
        client = self.settings.gateway_for(slug, waiting) if self.plan.live else None
        try:
            self.session = Session(self.plan.chain, client)
            self.session.listener = self.progress
            yield self.session
        finally:
            if client is not None:
                client.close()

    @contextmanager
    def open_workspace(self) -> Iterator[Workspace]:
        """The workspace, built from what the task says.

        Raises:
            IsolationError: the sandbox that is needed does not work here.
            WorkspaceError: it cannot be built.
        """
        self.progress.phase("workspace")
        isolation = choose_isolation(self.settings.isolation, live=self.plan.live)
        spec, withheld = self.task.spec.workspace, self.settings.withheld(self.task)
        with open_workspace(
            spec,
            base=self.task.path.parent,
            isolation=isolation,
            withheld=withheld,
            resources=self.settings.resources,
            shared=self.settings.shared,
            cancel=self._given_up,
        ) as workspace:
            self.workspace = workspace
            yield workspace

    @contextmanager
    def open_cassette(
        self, session: Session, workspace: Workspace, patterns: Mapping[str, object] | None = None
    ) -> Iterator[Cassette | None]:
        """The task's cassette, put into the session; None for agents that ask no model.

        Args:
            session: of the task.
            workspace: of the task.
            patterns: what the project takes out of tool output, besides what is usual; see `own_patterns`.

        Raises:
            CassetteError: it is missing, damaged, or of another task; or a pattern is wrong.
        """
        if self.plan.action == "none":
            yield None
            return
        with open_cassette(
            self.plan.cassette,
            self.plan.action,
            header=header_of(self.plan, self.settings, self._recorded_from()),
            normalise=Normaliser([(str(workspace.path), "/workspace")], own_patterns(patterns or {})),
            secrets=self.settings.secrets,
            drift=self.settings.drift,
            how_to_record=how_to_record(self.plan, self.settings),
            slug_of_trial=self.task.slug_of_trial,
            prompt=self.task.spec.prompt,
            content=self._recorded_from,
        ) as cassette:
            self._cassette = cassette
            session.use(cassette)
            yield cassette
            if self._worked and not self._judged:  # a Python test that judges by its own asserts
                cassette.save()

    def work(self, session: Session, workspace: Workspace) -> AgentResult:
        """Let the agent work; keep its trajectory, patch and artifacts in the run folder.

        Raises:
            AgentTasksError: infrastructure failed, also where the agent swallowed that.
        """
        if not isinstance(workspace, Workspace) or not isinstance(session, Session):
            raise AgentError(
                f"agent_workspace and agent_models must give a Workspace and a Session, "
                f"not {type(workspace).__name__} and {type(session).__name__}; change what the built-in fixtures give"
            )
        self.session, self.workspace = session, workspace
        self._begin()
        self.progress.phase("agent")
        spec = self.task.spec
        try:
            with self.settings.guard(self.plan) as guard:
                self.agent_result = self.plan.agent.run(spec, workspace, session, spec.limits)
        except LimitReached as reached:
            self.agent_result = AgentResult(reached.limit, steps=len(session.calls))
        except AgentError:
            if guard.trespass is None and session.failure is None:
                raise
        finally:
            if not self._given_up.is_set():  # who gave it up wants it to end
                self._keep_evidence(session, workspace)
        failure = guard.trespass or session.failure
        if failure is not None:
            raise failure
        self._worked = True
        if self.agent_result.stopped == "seconds" and self._cassette is not None:
            self._cassette.header["ended_by"] = "seconds"
        return self.agent_result

    def judge(self) -> list[CheckResult]:
        """Run all checks, then save the recording: it is worth keeping now.

        Raises:
            CheckFailed: a check failed.
            CheckError: none failed, but one could not be run.
            QuotaError, TransientError: the same, since the models of a judge did not answer.
            CassetteError: the recording cannot be saved.
        """
        from pytest_agenttasks.checks import Place, Work, run_checks

        assert self.workspace is not None
        assert self.session is not None
        self._judged = True
        self.progress.phase("checks")
        work = Work(self.plan.agent.name, self.agent_result, self.session.exchanges)
        self._court = TaskCourt(self.plan, self.settings, self.folder, self.progress, work.exchanges, self._cassette)
        place = Place(self.workspace, work, self.task.path.parent, self.task.name, self.task.spec.prompt, self._court)
        try:
            self.checks = run_checks(self.task.spec.checks, place, self.task.check_lines)
        finally:
            self._court.close()
        failed = [check for check in self.checks if check.status == "failed"]
        broken = [check for check in self.checks if check.status == "error"]
        if broken and not failed:
            raise self._court.failure(self._told(broken)) or CheckError(self._told(broken), broken[0].line)
        if self._cassette is not None:
            self._cassette.save()
        if failed:
            raise CheckFailed(self._told([*failed, *broken]), failed[0].line)
        if not self.checks and self._ended_by_limit():
            raise CheckFailed(f"the agent did not finish{self._ended_by_limit()}, and there is no check to judge it by")
        return self.checks

    def finish(self, outcome: Outcome, reason: str, resets_at: float | None = None) -> TaskResult:
        """Write result.json and give its content; an outcome that cannot be written down is an error."""
        if outcome is Outcome.PASSED:
            reason = self._ended_by_limit().strip(" []")
        scrub = self.settings.secrets.scrub
        # Before it is written or told anywhere: what tools, providers and checks said is in it.
        result = _without_secrets(self._result(outcome, reason), scrub)
        result.resets_at = resets_at
        if outcome in (Outcome.ERROR, Outcome.QUOTA) and self.settings.orphaned:
            return result  # the run was killed around it: for the next one it did not end
        try:
            self.folder.write_result(result, scrub)
        except OSError as error:
            result.outcome = Outcome.ERROR
            result.reason = f"{self.folder.path}/result.json cannot be written: {error.strerror}"
        self.progress.ended(result)
        self._finished = result
        return result

    def give_up(self) -> None:
        """From another thread: let it end soon. Its commands are killed, and its models are not asked any more."""
        self._given_up.set()
        if self.session is not None:
            self.session.give_up()

    def recall(self) -> None:
        """Know of the calls that a worker made before it died, as far as they were written down."""
        self.session = Session(self.plan.chain)
        self.session.calls = [call_of(exchange) for exchange in read_transcript(self.folder.path)]

    def spoil(self) -> None:
        """What came after the work failed, in a fixture say: a pass stays one, but later runs do the task again."""
        if self._finished is None or self._finished.outcome is not Outcome.PASSED:
            return
        self._finished.content = {}
        with suppress(OSError):
            self.folder.write_result(self._finished, self.settings.secrets.scrub)

    def _begin(self) -> None:
        try:
            self.folder.begin()
            self.progress.keep_calls(self.folder.path, self.settings.secrets.scrub)
        except OSError as error:
            raise RunFolderError(f"the run folder {self.folder.path} cannot be made: {error.strerror}") from error

    def _told(self, checks: list[CheckResult]) -> str:
        """The first check's message, then the others, each behind its place in the task file."""
        first, *others = checks
        head, _, evidence = first.message.partition("\n")
        parts = [f"{first.check}: {head}{self._ended_by_limit()}\n{evidence}".rstrip()]
        parts += [f"{self.task.document.path}:{one.line}: {one.check}: {one.message}" for one in others]
        return "\n\n".join(parts)

    def _ended_by_limit(self) -> str:
        stopped = self.agent_result.stopped
        if stopped in ("", "finished"):
            return ""
        return " [the agent got stuck]" if stopped == "stuck" else f" [the agent was ended by its limit: {stopped}]"

    def _keep_evidence(self, session: Session, workspace: Workspace) -> None:
        about = about_of(self.plan, self.settings, session, self.agent_result.stopped)
        try:
            self._changed, self._artifacts = write_evidence(
                self.folder, about, session, workspace, self.task.spec.artifacts, self.settings.secrets.scrub
            )
        except OSError as error:
            raise RunFolderError(f"the run folder {self.folder.path} cannot be written: {error.strerror}") from error

    @cached_property
    def content(self) -> dict[str, str]:
        """Hashes of what the outcome depends on, when it was begun; none where what they are made from is not there."""
        return known_content(self.plan, self.settings)

    def _recorded_from(self) -> dict[str, str]:
        """Of these, what a recording is made from."""
        return {name: digest for name, digest in self.content.items() if name in RECORDED_FROM}

    def _result(self, outcome: Outcome, reason: str) -> TaskResult:
        spec = self.task.spec
        result = TaskResult(
            task=self.task.name,
            unit=self.task.unit or self.task.name,
            trial=self.task.trial,
            place=self.task.place,
            file=self.task.document.path,
            line=self.task.line,
            slug=self.plan.slug(self.settings.root),
            agent=self.plan.agent.name,
            run=self.settings.run.path.name,
            title=spec.title,
            category=spec.category,
            outcome=outcome,
            reason=reason,
            requested=self.plan.requested,
            cassette=ACTION_WORDS[self.plan.action],
            seconds=round(time.monotonic() - self._began, 3),
            stopped=self.agent_result.stopped,
            steps=self.agent_result.steps,
            answer=self.agent_result.answer,
            cost_usd=None if self.plan.live and self.session is None else 0.0,
            isolation=self.workspace.isolation if self.workspace else "",
            checks=self.checks,
            changed=list(self._changed),
            artifacts=self._artifacts,
            began=round(self._began_at, 3),
            ended=round(time.time(), 3),
            content=self.content,
            crashes=self.crashes,
            source=origin_of(spec.workspace, base=self.task.path.parent, root=self.settings.root),
        )
        if self._court is not None:
            result.judge = self._court.use
        if self._cassette is not None:
            result.environment_drift = list(self._cassette.environment_drift)
            result.unplayed = self._cassette.unplayed() if self.plan.action == "replay" else 0
        if self.session is not None and self.plan.chain is not None:
            account(result, self.session, self.plan.chain, live=self.plan.live)
        return result


def _without_secrets(result: TaskResult, scrub: Callable[[str], str]) -> TaskResult:
    data = result.to_json()
    clean = scrubbed(data, scrub)
    return result if clean is data else TaskResult.from_json(clean)


def run_task(task: Task, settings: Settings) -> TaskResult:
    """Do one task from beginning to end, without pytest; whatever goes wrong on the way becomes the outcome.

    Raises:
        AgentError: there is no such agent.
        ModelsConfigError: there is no such model.
    """
    run = TaskRun(task, settings)
    try:
        with (
            run.open_models() as session,
            run.open_workspace() as workspace,
            run.open_cassette(session, workspace),
        ):
            run.work(session, workspace)
            run.judge()
    except Exception as error:
        return run.finish(*verdict_on(error))
    return run.finish(Outcome.PASSED, "")


def verdict_on(error: BaseException) -> tuple[Outcome, str, float | None]:
    """Outcome, reason in one line, and time of reset, for what ended a task."""
    text = str(error).strip() or type(error).__name__
    reason = text.splitlines()[0]
    if isinstance(error, QuotaError):
        return Outcome.QUOTA, reason, error.resets_at
    if isinstance(error, CheckFailed):
        return Outcome.FAILED, reason, None
    known = isinstance(error, AgentTasksError)
    return Outcome.ERROR, reason if known else f"{type(error).__name__}: {reason}", None
