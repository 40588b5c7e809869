"""Whether a single value may stand in a task, for whoever makes task files from something else."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from pytest_agenttasks.spec.schema import TaskSpec
from pytest_agenttasks.yamlfile import Document, problems_of


def refusal(key: str, value: Any) -> str:
    """Why a task cannot have this value under this key, in the words of a task file's mistakes; empty if it can."""
    try:
        TaskSpec.model_validate({"prompt": "-", key: value})
    except ValidationError as error:
        found = problems_of(error, Document.in_code("", 1), TaskSpec)
        return "; ".join(dict.fromkeys(problem.message for problem in found))
    return ""
