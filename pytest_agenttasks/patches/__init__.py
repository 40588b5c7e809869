"""Patches that agents left, brought to a working tree: computed by git in a repository of its own, written in one step.

Whoever made a patch is not trusted: nothing of it is believed but its effect, which is looked at file by file.
"""

from pytest_agenttasks.patches.bring import Bringing, Ended, Patch
from pytest_agenttasks.patches.git import GitError, Repository
from pytest_agenttasks.patches.journal import Journal, JournalError

__all__ = ["Bringing", "Ended", "GitError", "Journal", "JournalError", "Patch", "Repository"]
