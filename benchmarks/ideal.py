"""What a scheduler could do that knows all limits, sends without delay and takes no time: simulated.

The lower bound takes no notice of tasks whose calls follow each other, of which the last ones leave workers idle, nor
of models that an upstream keeps busy. Nobody reaches it; this is how near one can come.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from benchmarks.bound import Load, refusals


@dataclass
class _Model:
    """When it let requests in, and until when an upstream keeps it busy."""

    starts: list[float] = field(default_factory=list)
    busy_until: float = 0.0

    def free_at(self, load: Load) -> float:
        """When it takes the next request."""
        full = len(self.starts) >= load.requests
        return max(self.busy_until, self.starts[-load.requests] + load.seconds if full else 0.0)


def ideal(load: Load, busy: float) -> float:
    """Seconds for the load: each call goes to the model that is free first.

    Args:
        load: as the real one.
        busy: seconds for which a model answers nothing after an upstream refused.
    """
    models = [_Model() for _ in range(load.models)]
    refused = refusals(load.upstream, load.seed)
    undone, end = load.tasks, 0.0
    workers = [(0.0, number, 0) for number in range(load.workers)]  # when it goes on, who, calls left of its task
    while workers:
        now, worker, left = heapq.heappop(workers)
        if not left and not undone:
            end = max(end, now)
            continue
        if not left:
            undone, left = undone - 1, load.calls
        model = min(models, key=lambda one: max(now, one.free_at(load)))
        if model.free_at(load) > now:
            heapq.heappush(workers, (model.free_at(load), worker, left))
            continue
        model.starts.append(now)
        answered = now + load.latency
        if next(refused):
            model.busy_until = answered + busy
        else:
            left -= 1
        heapq.heappush(workers, (answered, worker, left))
    return end
