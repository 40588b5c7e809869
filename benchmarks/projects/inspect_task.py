"""`bench.py` of a peer's folder: each prompt is a sample that is asked once, and the answer scored. For Inspect AI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inspect_ai import Task, task  # type: ignore[import-not-found]
from inspect_ai.dataset import Sample  # type: ignore[import-not-found]
from inspect_ai.scorer import includes  # type: ignore[import-not-found]
from inspect_ai.solver import generate  # type: ignore[import-not-found]


@task  # type: ignore[untyped-decorator]
def asked() -> Any:
    """All of them."""
    prompts = json.loads(Path(__file__).with_name("prompts.json").read_text("utf-8"))
    return Task(dataset=[Sample(input=one, target="function") for one in prompts], solver=generate(), scorer=includes())
