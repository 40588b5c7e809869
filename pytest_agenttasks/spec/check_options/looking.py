"""Options of the checks that only look at files: `files`, `absent`, `contains`, `matches`, `diff`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, model_validator

from pytest_agenttasks.spec.check_options.base import (
    Count,
    Expression,
    Options,
    Pattern,
    Patterns,
    Seconds,
    Text,
    Times,
)


class FilesOptions(Times):
    """Files that must exist: a relative path or glob, or a list of them; each must match."""

    exist: Patterns = Field(description="paths or globs, each must match at least one file that is not empty")
    min_bytes: Count = Field(1, description="a file counts from this size on")


class AbsentOptions(Options):
    """What must not be there: a relative path or glob, or a list of them; none may match."""

    paths: Patterns = Field(description="paths or globs; files, folders and links count, wherever a link leads")


class SearchOptions(Times):
    """Base: how often something stands in files."""

    file: Pattern = Field(description="relative path or glob; a file must match, also where nothing may be found")
    ignore_case: StrictBool = Field(False, description="whether upper and lower case are the same")
    in_: Literal["all", "each"] = Field(
        "all",
        alias="in",
        description="`all`: counted over all matching files together, so that one may have it all; "
        "`each`: in each file by itself",
    )


class ContainsOptions(SearchOptions):
    """A file must contain a text."""

    text: Text = Field(description="text that must stand in it, as it is")


class MatchesOptions(SearchOptions):
    """A regular expression must be found in a file."""

    regex: Expression = Field(description="regular expression of Python's `re`, searched for")
    multiline: StrictBool = Field(True, description="`^` and `$` match at each line, as in grep")
    dot_all: StrictBool = Field(False, description="`.` matches line ends too")
    seconds: Seconds = Field(10, description="time limit of the search; running out is a failure")


class DiffOptions(Options):
    """What the agent may have changed, and what it must."""

    only: Patterns = Field([], description="globs; every changed file must match one (** crosses folders)")
    must: Patterns = Field([], description="globs; each must match a changed file")
    never: Patterns = Field([], description="globs; no changed file may match one")
    max_files: Count | None = Field(None, description="changed files at most; a renamed one is one")
    min_lines: Count | None = Field(None, description="added and deleted lines at least")
    max_lines: Count | None = Field(None, description="added and deleted lines at most")

    @model_validator(mode="after")
    def something(self) -> DiffOptions:
        """Refuse what holds whatever was changed.

        Raises:
            ValueError: no option is given, or no number of lines is allowed.
        """
        if not self.model_fields_set:
            raise ValueError("diff: give at least one of only, must, never, max_files, min_lines, max_lines")
        if self.min_lines is not None and self.max_lines is not None and self.min_lines > self.max_lines:
            raise ValueError(f"min_lines {self.min_lines} is more than max_lines {self.max_lines}")
        return self
