"""Options of the checks that only look: `files`, `contains`, `diff`."""

from __future__ import annotations

from pydantic import Field, StrictBool

from pytest_agenttasks.spec.check_options.base import Options, Pattern, Patterns, Text


class FilesOptions(Options):
    """Files that must exist: a relative path or glob, or a list of them; each must match."""

    exist: Patterns = Field(description="paths or globs, each must match at least one file that is not empty")


class ContainsOptions(Options):
    """A file must contain a text."""

    file: Pattern = Field(description="relative path or glob; with a glob one matching file suffices")
    text: Text = Field(description="text that must stand in it, as it is")
    ignore_case: StrictBool = Field(False)


class DiffOptions(Options):
    """What the agent may have changed."""

    only: Patterns = Field(description="globs; every changed file must match one (** crosses folders)")
