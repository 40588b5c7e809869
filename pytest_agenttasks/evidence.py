"""What is kept of a task's work, whatever came of it: trajectory, patch, what a program printed, artifacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_agenttasks.accounting import purity, served_by
from pytest_agenttasks.models import Session
from pytest_agenttasks.runs import TaskFolder
from pytest_agenttasks.scrub import scrubbed
from pytest_agenttasks.settings import ACTION_WORDS, Plan, Settings
from pytest_agenttasks.trajectory import About, trajectory_of
from pytest_agenttasks.workspace import Workspace


def write_evidence(
    folder: TaskFolder,
    about: About,
    session: Session,
    workspace: Workspace,
    artifacts: Sequence[str],
    scrub: Callable[[str], str],
) -> tuple[tuple[str, ...], list[str]]:
    """Write all of it, secrets taken out.

    Args:
        folder: of the task, in the run folder.
        about: what stands at the top of the trajectory.
        session: of the task.
        workspace: as the agent left it.
        artifacts: globs of files to keep.
        scrub: takes secrets out of a text.

    Returns:
        Files that the agent changed, and artifacts that were kept.

    Raises:
        OSError: the disk is full or read-only.
    """
    changed = workspace.changed()
    trajectory = trajectory_of(about, session.exchanges, session.transcript)
    folder.write_trajectory(scrubbed(trajectory.document, scrub), trajectory.media, scrub)
    folder.write_patch(workspace.patch(), scrub)
    if session.log:
        folder.write_log(session.log, scrub)
    kept = workspace.collect(artifacts, folder.artifacts)
    folder.scrub_artifacts(scrub)
    return changed, kept


def about_of(plan: Plan, settings: Settings, session: Session, stopped: str) -> About:
    """What stands at the top of a task's trajectory.

    Args:
        plan: what was to be done.
        settings: of the run.
        session: of the task.
        stopped: what ended the agent's work.
    """
    chain, served = plan.chain, served_by(one.facts for one in session.exchanges)
    return About(
        session_id=f"{settings.run.path.name}/{plan.slug(settings.root)}",
        agent=plan.agent.name,
        version=plan.agent.version,
        model=chain.presets[0].model if chain else None,
        prompt=plan.task.spec.prompt,
        extra={
            "task": plan.task.name,
            "requested": plan.requested,
            "chain": [preset.model for preset in chain.presets] if chain else [],
            "served": served,
            "purity": purity(served, pinned=chain.pinned) if chain else "",
            "stopped": stopped,
            "cassette": ACTION_WORDS[plan.action],
        },
    )
