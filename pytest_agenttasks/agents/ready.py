"""Programs that are known by name: how each is told to work alone, through the session, without a word to anybody."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_agenttasks.spec import AgentSpec


@dataclass(frozen=True, slots=True)
class Ready:
    """A known program.

    Attributes:
        spec: its command line and variables.
        install: how to get it.
        tried: the version that was run with these arguments.
    """

    spec: AgentSpec
    install: str
    tried: str

    def with_more(self, more: AgentSpec | str) -> AgentSpec:
        """The program with a task's own variables and folders added."""
        if isinstance(more, str):
            return self.spec
        changed = {"env": {**self.spec.env, **more.env}, "folders": [*self.spec.folders, *more.folders]}
        return self.spec.model_copy(update=changed)


READY: dict[str, Ready] = {
    "mini-swe-agent": Ready(
        AgentSpec(
            name="mini-swe-agent",
            command=[
                "mini", "--model", "openai/agent", "--task", "{prompt}", "--yolo", "--cost-limit", "0",
                "--exit-immediately", "--output", "/dev/null",
            ],
            env={
                "MSWEA_CONFIGURED": "true",
                "MSWEA_SILENT_STARTUP": "1",
                "MSWEA_COST_TRACKING": "ignore_errors",
                "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "1",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_MODE": "PRODUCTION",
            },
        ),
        "pip install mini-swe-agent",
        "2.4.6",
    ),
}  # fmt: skip
