"""The smallest plugin that collects YAML files: libyaml's loader, nothing looked at, an item for each task.

Loaded with `-p benchmarks.projects.smallest_yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Every YAML file."""
    return YamlFile.from_parent(parent, path=file_path) if file_path.suffix == ".yaml" else None


class YamlFile(pytest.File):
    """A file with a task, or with a list of them."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each task."""
        with self.path.open("rb") as file:
            data = yaml.load(file, Loader=yaml.CSafeLoader)
        for task in data.get("tasks", [data]):
            yield YamlItem.from_parent(self, name=task["id"], task=task)


class YamlItem(pytest.Item):
    """Does nothing, and fails."""

    def __init__(self, *, task: dict[str, Any], **more: Any) -> None:
        super().__init__(**more)
        self.task = task

    def runtest(self) -> None:
        """Fail, so that `-x` ends the run when all is collected."""
        raise AssertionError(self.task["prompt"])
