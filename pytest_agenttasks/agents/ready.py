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

    def with_more(self, more: AgentSpec) -> AgentSpec:
        """The program with a task's own variables and folders added."""
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
            # Its prompt names the kernel of the machine.
            replace={
                "(?s)<system_information>.*?</system_information>": "<system_information>\nLinux\n</system_information>"
            },
        ),
        "pip install mini-swe-agent",
        "2.4.6",
    ),
    "claude-code": Ready(
        AgentSpec(
            name="claude-code",
            command=["claude", "-p", "{prompt}", "--bare", "--dangerously-skip-permissions"],
            env={
                "IS_SANDBOX": "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
                "DISABLE_TELEMETRY": "1",
                "DISABLE_ERROR_REPORTING": "1",
            },
            replace={
                r"Today's date is \d{4}-\d\d-\d\d": "Today's date is 2026-01-01",
                r"(?m)^Date: \d{4}-\d\d-\d\d$": "Date: 2026-01-01",
            },
        ),
        "npm install --global @anthropic-ai/claude-code",
        "2.1.197",
    ),
    "aider": Ready(
        AgentSpec(
            name="aider",
            command=[
                "aider", "--model", "openai/agent", "--message", "{prompt}", "--yes-always", "--no-git",
                "--no-gitignore", "--no-stream", "--no-check-update", "--no-show-model-warnings",
                "--no-show-release-notes", "--no-analytics",
            ],
            env={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        ),
        "pip install aider-chat",
        "0.86.2",
    ),
}  # fmt: skip
