"""One look at a run after the other."""

from __future__ import annotations

import time
from pathlib import Path

from pytest_agenttasks.runs import GatewayFacts, TaskStatus, Watch, read_gateway_facts, read_result


class Look:
    """What is known of a run now.

    Attributes:
        path: the run folder.
        watch: the run.
        state: `running`, `ended`, `killed` or `elsewhere`.
        now: seconds since the epoch; of a run that is over, when it was last seen.
        gateway: what its gateway knows; None where there is none, or no more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.watch = Watch(path)
        self._reasons: dict[str, str] = {}
        self.again()

    def again(self) -> None:
        """Look again."""
        self.watch.look()
        self.state = self.watch.look_at_end()
        self.now = time.time() if self.goes_on else self.watch.seen
        self.gateway: GatewayFacts | None = read_gateway_facts(self.path) if self.goes_on else None

    @property
    def goes_on(self) -> bool:
        """Whether there may be more to see."""
        return self.state in ("running", "elsewhere")

    @property
    def is_one(self) -> bool:
        """Whether the folder is one of a run."""
        return self.watch.facts is not None or self.watch.status.total > 0

    @property
    def not_passed(self) -> list[TaskStatus]:
        """Tasks that have an outcome and did not pass."""
        return [task for task in self.watch.status.tasks.values() if task.outcome not in ("", "passed")]

    def reason(self, task: TaskStatus) -> str:
        """Why a task did not pass, in a line; empty if nobody knows (yet)."""
        if task.slug not in self._reasons:
            result = read_result(self.path / task.slug / "result.json")
            if result is None or result.outcome != task.outcome:
                return ""
            self._reasons[task.slug] = result.reason.partition("\n")[0]
        return self._reasons[task.slug]
