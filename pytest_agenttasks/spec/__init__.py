"""Task files: their schema, a loader that knows line numbers, matrix and templates, JSON Schema, slugs."""

from pytest_agenttasks.spec.check_options import (
    Check,
    CommandOptions,
    ContainsOptions,
    CoverageOptions,
    DiffOptions,
    FilesOptions,
    Hidden,
    PytestOptions,
    PythonOptions,
)
from pytest_agenttasks.spec.json_schema import json_schema
from pytest_agenttasks.spec.loader import NOT_DEFAULTS, Task, load_tasks, unknown_name
from pytest_agenttasks.spec.refusal import refusal
from pytest_agenttasks.spec.schema import (
    PRIORITIES,
    AgentSpec,
    GitSource,
    Limits,
    SolutionSpec,
    TaskSpec,
    WorkspaceSpec,
)
from pytest_agenttasks.spec.slug import folder, slug
from pytest_agenttasks.spec.templates import literal

__all__ = [
    "NOT_DEFAULTS",
    "PRIORITIES",
    "AgentSpec",
    "Check",
    "CommandOptions",
    "ContainsOptions",
    "CoverageOptions",
    "DiffOptions",
    "FilesOptions",
    "GitSource",
    "Hidden",
    "Limits",
    "PytestOptions",
    "PythonOptions",
    "SolutionSpec",
    "Task",
    "TaskSpec",
    "WorkspaceSpec",
    "folder",
    "json_schema",
    "literal",
    "load_tasks",
    "refusal",
    "slug",
    "unknown_name",
]
