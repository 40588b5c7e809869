"""What a run leaves behind: a folder with one folder a task."""

from pytest_agenttasks.runs.folder import RunFolder, TaskFolder, new_run_id, write_atomically

__all__ = ["RunFolder", "TaskFolder", "new_run_id", "write_atomically"]
