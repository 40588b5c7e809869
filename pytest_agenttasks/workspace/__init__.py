"""Workspaces: the folder in which an agent works for one task, and how its commands are run."""

from pytest_agenttasks.workspace.commands import Isolation
from pytest_agenttasks.workspace.digest import workspace_digest
from pytest_agenttasks.workspace.disk import bytes_below
from pytest_agenttasks.workspace.door import Door
from pytest_agenttasks.workspace.environment import search_path
from pytest_agenttasks.workspace.folders import left_behind, private_folder, temporary_place
from pytest_agenttasks.workspace.git import missing_git
from pytest_agenttasks.workspace.isolation import choose_isolation, mend_of, probe_bubblewrap
from pytest_agenttasks.workspace.origin import origin_of
from pytest_agenttasks.workspace.paths import matches_any
from pytest_agenttasks.workspace.placing import Content
from pytest_agenttasks.workspace.plain import SUPERVISOR
from pytest_agenttasks.workspace.resources import Resources
from pytest_agenttasks.workspace.shared import Shared
from pytest_agenttasks.workspace.snapshot import Change
from pytest_agenttasks.workspace.source import LEFT_OUT
from pytest_agenttasks.workspace.tree import EXECUTABLE, FILE, LINK, blob_id, content_of, mode_of
from pytest_agenttasks.workspace.workspace import Workspace, open_workspace

__all__ = [
    "EXECUTABLE",
    "FILE",
    "LEFT_OUT",
    "LINK",
    "SUPERVISOR",
    "Change",
    "Content",
    "Door",
    "Isolation",
    "Resources",
    "Shared",
    "Workspace",
    "blob_id",
    "bytes_below",
    "choose_isolation",
    "content_of",
    "left_behind",
    "matches_any",
    "mend_of",
    "missing_git",
    "mode_of",
    "open_workspace",
    "origin_of",
    "private_folder",
    "probe_bubblewrap",
    "search_path",
    "temporary_place",
    "workspace_digest",
]
