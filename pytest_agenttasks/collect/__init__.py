"""From run folders to what reports are made of: which runs are meant, merged, with the evidence beside each task."""

from pytest_agenttasks.collect.artifacts import Copied, copy_artifacts
from pytest_agenttasks.collect.durations import Durations, durations
from pytest_agenttasks.collect.evidence import EvidenceReader
from pytest_agenttasks.collect.found import find_runs
from pytest_agenttasks.collect.merged import merged

__all__ = ["Copied", "Durations", "EvidenceReader", "copy_artifacts", "durations", "find_runs", "merged"]
