"""Tasks whose agents work before their turn, in threads: those that wait for models wait at once. No pytest in here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Event
from typing import TYPE_CHECKING

from pytest_agenttasks.network import free
from pytest_agenttasks.runner import TaskRun
from pytest_agenttasks.runs import DONE

if TYPE_CHECKING:
    from pytest_agenttasks.cassettes import Cassette
    from pytest_agenttasks.models import Session
    from pytest_agenttasks.results import AgentResult
    from pytest_agenttasks.settings import Settings
    from pytest_agenttasks.spec import Task
    from pytest_agenttasks.workspace import Workspace

OPEN = 8
"""As many workspaces for each agent in flight are open at most, those counted that wait for their turn. In a simulation
of 1,000 tasks of uneven length (lognormal, sigma 0.8), 100 in flight, with 1 for each all took 4.3 times the shortest
possible time, with 2 2.7, with 8 1.43, and without any bound 1.41."""

DESCRIPTORS = 16
"""Open files that an agent in flight needs: connections, and pipes of the command that it runs."""

OTHER_DESCRIPTORS = 256

AGAIN = 0.05
"""Seconds after which an agent that is still at work is told once more that it is given up."""


class RunAhead(TaskRun):
    """A task that is begun in a thread, by `go`, and goes on in its turn.

    The stages before the checks then open nothing. The first of them waits until the agent has worked, gives what
    the thread has opened, and closes it at its end; what went wrong is raised there.

    Attributes:
        taken: whether its turn has come, and what was done is its own; else all of it was in vain.
        seconds_ahead: how long it was worked on before its turn; 0 before that.
    """

    def __init__(self, task: Task, settings: Settings) -> None:
        super().__init__(task, settings)
        self.taken = False
        self.seconds_ahead = 0.0
        self._opened = ExitStack()
        self._ready = Event()
        self._ready_at = 0.0
        self._error: BaseException | None = None

    def go(self) -> None:
        """Open all stages, and let the agent work. Raises nothing."""
        self._began, self._began_at = time.monotonic(), time.time()
        try:
            with free():
                self._go()
        except BaseException as error:
            self._error = error
        finally:
            self._ready_at = time.monotonic()
            self._ready.set()

    @contextmanager
    def open_models(self) -> Iterator[Session]:
        """Wait for the agent; see `TaskRun.open_models`. At its end all is closed.

        Raises:
            AgentTasksError: what ended the stages or the agent's work.
        """
        try:
            self._take_turn()
            assert self.session is not None
            yield self.session
        finally:
            self.close()

    @contextmanager
    def open_workspace(self) -> Iterator[Workspace]:
        """The workspace that the agent has worked in."""
        assert self.workspace is not None
        yield self.workspace

    @contextmanager
    def open_cassette(
        self,
        session: Session,  # noqa: ARG002
        workspace: Workspace,  # noqa: ARG002
        patterns: Mapping[str, object] | None = None,  # noqa: ARG002 - a project that has some runs nothing ahead
    ) -> Iterator[Cassette | None]:
        """The cassette that the agent has asked."""
        yield self._cassette

    def work(self, session: Session, workspace: Workspace) -> AgentResult:  # noqa: ARG002
        """How the agent's work ended."""
        return self.agent_result

    def close(self) -> None:
        """Close what is open. An agent that is still at work is given up first, and its end waited for."""
        self.give_up()
        while not self._ready.wait(AGAIN):
            self.give_up()
        self._opened.close()

    def give_up(self) -> None:
        """As `TaskRun.give_up`; nothing is recorded of it."""
        super().give_up()
        self._worked = False

    def _go(self) -> None:
        if self._given_up.is_set():
            return
        session = self._opened.enter_context(super().open_models())
        workspace = self._opened.enter_context(super().open_workspace())
        self._opened.enter_context(super().open_cassette(session, workspace))
        if self._given_up.is_set():
            return
        super().work(session, workspace)
        session.hang_up()  # the connection is of no use until its turn
        self.progress.phase(DONE)

    def _take_turn(self) -> None:
        asked = time.monotonic()
        self._ready.wait()
        self.taken = True
        self.seconds_ahead = max(min(asked, self._ready_at) - self._began, 0.0)
        self._began += max(asked - self._ready_at, 0.0)  # it did not work while it waited for its turn
        if self._error is not None:
            raise self._error


class Flight:
    """So many threads, in which tasks are run ahead in the order in which they are given.

    Attributes:
        in_vain: those that were closed without their turn, though models were asked.
    """

    def __init__(self, agents: int, *, most_open: int) -> None:
        """Start no thread yet.

        Args:
            agents: that work at the same time.
            most_open: tasks that are begun, or wait for a thread, and are not closed.
        """
        _allow_descriptors(agents)
        self._threads = ThreadPoolExecutor(agents, "agent-in-flight")
        self._most = most_open
        self._open: list[RunAhead] = []
        self.in_vain: list[RunAhead] = []

    @property
    def full(self) -> bool:
        """Whether one has to be closed before another one may begin."""
        return len(self._open) >= self._most

    def begin(self, run: RunAhead) -> None:
        """Let it go as soon as a thread is free."""
        self._open.append(run)
        self._threads.submit(run.go)

    def close(self, run: RunAhead) -> None:
        """It had its turn, or never will."""
        self._open.remove(run)
        run.close()
        if not run.taken and run.session is not None and run.session.calls:
            self.in_vain.append(run)

    def end(self) -> None:
        """Give up all that are open."""
        for run in self._open:
            run.give_up()
        with ExitStack() as stack:  # one that cannot be closed keeps no other one open
            stack.callback(self._threads.shutdown)
            for run in self._open:
                stack.callback(self.close, run)


def _allow_descriptors(agents: int) -> None:
    """Raise the limit of open files, where it is too low for so many agents, as far as the system lets us."""
    import resource

    wanted = agents * DESCRIPTORS + OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )
