"""`python -m benchmarks`: runs the benchmarks, prints one table, writes the same as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import cassettes, crowd, daily_cap, live, load, order, overhead, replay, rotation, scale
from benchmarks.plan import Plan
from benchmarks.table import Row, table

BENCHMARKS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "rotation": rotation.rows,
    "daily-cap": daily_cap.rows,
    "overhead": overhead.rows,
    "cassettes": cassettes.rows,
    "order": order.rows,
    "replay": replay.rows,
    "load": load.rows,
    "live": live.rows,
    "crowd-agents": crowd.rows,
    "scale": scale.rows,
}
"""Name for `--only` → its rows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 also where a target is missed, for a machine that does other work misses some."""
    options = _parser().parse_args(arguments)
    plan = Plan(options.quick, not options.no_peers, options.minute)
    rows: list[Row] = []
    for name in options.only or BENCHMARKS:
        started, before = time.monotonic(), _processors()
        rows += BENCHMARKS[name](plan)
        took, used = time.monotonic() - started, _processors() - before
        print(f"{name}: {took:.0f} s, of processors {used:.0f} s", file=sys.stderr)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    told = {"python": platform.python_version(), "litellm": version("litellm"), "cpus": os.cpu_count(),
            "load_average": os.getloadavg(), **asdict(plan), "rows": [row.to_json() for row in rows]}  # fmt: skip
    options.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(table(rows))
    return 0


def _processors() -> float:
    """Seconds of processors, of this process and of all that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="numbers, each taken in one run")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="may be given several times")
    parser.add_argument("--quick", action="store_true", help="smaller loads, for a look")
    parser.add_argument("--no-peers", action="store_true", help="leave out what is run for comparison")
    parser.add_argument("--minute", type=float, default=Plan().minute, metavar="SECONDS",
                        help="what stands for a minute of a provider, default %(default)s")  # fmt: skip
    parser.add_argument("--json", type=Path, default=Path(".agenttasks/benchmarks.json"), metavar="FILE",
                        help="default: %(default)s")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
