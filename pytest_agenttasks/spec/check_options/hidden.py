"""What a check puts in place after the agent has ended."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from pytest_agenttasks.spec.check_options.base import Options, Pattern, Patterns, Text, is_glob


def _plain(name: str) -> str:
    if is_glob(name) or name.endswith("/"):
        raise ValueError(f"{name} is a glob or a folder: give the path of a file")
    return name


FileName = Annotated[Pattern, AfterValidator(_plain)]


class Hidden(Options):
    """Hidden inputs: the check runs in a copy of the workspace in which these win over what the agent wrote."""

    from_: Text | None = Field(
        None, alias="from", description="folder whose files are put in, relative to the task file"
    )
    files: dict[FileName, str] = Field({}, description="files to put in, by relative path; they win over `from`")
    original: Patterns = Field([], description="globs of what is put back as it was before the agent began")

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Let a folder stand for `from`."""
        return {"from": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def something(self) -> Hidden:
        """Refuse what hides nothing.

        Raises:
            ValueError: none of the keys is given.
        """
        if self.from_ is None and not self.files and not self.original:
            raise ValueError("hidden: give `from`, `files` or `original`")
        return self
