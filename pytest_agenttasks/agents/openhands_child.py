"""One conversation of the OpenHands SDK, as a program: `python openhands_child.py REQUEST.json`.

It stands alone: it runs in the sandbox, which does not show the package that it belongs to. Models are asked at
OPENAI_BASE_URL. Exit codes: 0, the agent said that it is done; 3, it was stuck or reached a limit of its own;
4, the SDK failed, and says how on stderr.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openhands.sdk import Tool

DONE, STUCK, BROKEN = 0, 3, 4

HOME = Path.home() / ".openhands"
"""In the sandbox's own home, which is empty and gone with the task: a folder that is used again would be resumed."""

# Read by litellm and the SDK at import: nothing is downloaded, nothing is printed beside what happens.
os.environ.update({
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "OPENHANDS_SUPPRESS_BANNER": "1",
    "LOG_AUTO_CONFIG": "false", "HF_HUB_OFFLINE": "1", "OH_PERSISTENCE_DIR": str(HOME), "DO_NOT_TRACK": "1",
})  # fmt: skip

TIME = "2026-01-01T00:00"
"""What the model is told of the time: the same in every run, as everything that is sent."""


SHOWN_WORKSPACE = Path("/workspace")
"""Where the sandbox shows the folder of the work. The editor's paths are absolute: a recording that was made in the
sandbox says this one, and is played without a sandbox too."""


def tools() -> list[Tool]:
    """The SDK's terminal, which says nothing of the machine, and its file editor, which finds the workspace by both of
    its names."""
    from openhands.sdk import Tool
    from openhands.sdk.tool import register_tool
    from openhands.tools.file_editor import FileEditorAction, FileEditorExecutor, FileEditorTool
    from openhands.tools.terminal import TerminalExecutor, TerminalTool

    here = Path.cwd()

    class Editor(FileEditorExecutor):  # type: ignore[misc, unused-ignore]
        def __call__(self, action: FileEditorAction, conversation: Any = None) -> Any:
            path = Path(action.path)
            if path.is_relative_to(SHOWN_WORKSPACE):
                action = action.model_copy(update={"path": str(here / path.relative_to(SHOWN_WORKSPACE))})
            return super().__call__(action, conversation)

    class EditorTool(FileEditorTool):  # type: ignore[misc, unused-ignore]
        name = FileEditorTool.name

        @classmethod
        def create(cls, conv_state: Any) -> list[Any]:
            made = FileEditorTool.create(conv_state)
            return [tool.set_executor(Editor(workspace_root=str(here))) for tool in made]

    class Shell(TerminalExecutor):  # type: ignore[misc, unused-ignore]
        def __call__(self, action: Any, conversation: Any = None) -> Any:
            observation = super().__call__(action, conversation)
            # Else each output ends with the interpreter's path, which is another one on each machine.
            metadata = observation.metadata.model_copy(update={"py_interpreter_path": None})
            return observation.model_copy(update={"metadata": metadata})

    class ShellTool(TerminalTool):  # type: ignore[misc, unused-ignore]
        name = TerminalTool.name

        @classmethod
        def create(cls, conv_state: Any) -> Any:
            # tmux's output differs from that of a plain shell, and it is not installed everywhere.
            return TerminalTool.create(conv_state, executor=Shell(str(here), terminal_type="subprocess"))

    for tool in (ShellTool, EditorTool):
        register_tool(tool.name, tool)
    return [Tool(name=tool.name) for tool in (ShellTool, EditorTool)]


def main(request_file: str) -> int:
    """Work on the request until the agent is done."""
    request = json.loads(Path(request_file).read_text("utf-8"))
    import litellm

    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # costs that nobody knows, above all: the session knows what there is to know
    from openhands.sdk import LLM, Agent, AgentContext, Conversation

    llm = LLM(
        model="openai/agent",
        base_url=os.environ["OPENAI_BASE_URL"],
        api_key=os.environ["OPENAI_API_KEY"],
        usage_id="agent",
        num_retries=0,  # the session's gateway tries again, waits and rotates
        timeout=3600,
        reasoning_effort=None,
    )
    agent = Agent(llm=llm, tools=tools(), agent_context=AgentContext(current_datetime=TIME))
    conversation = Conversation(
        agent=agent,
        workspace=str(Path.cwd()),
        visualizer=None,
        # Also the key under which providers cache prompts, and a header.
        conversation_id=uuid.uuid5(uuid.NAMESPACE_URL, "pytest-agenttasks"),
        max_iteration_per_run=request["steps"],
        persistence_dir=str(HOME / "conversations"),
    )
    conversation.send_message(request["prompt"])
    conversation.run()
    status = getattr(conversation.state.execution_status, "value", str(conversation.state.execution_status))
    sys.stdout.write(f"the conversation ended as: {status}\n")
    return DONE if status == "finished" else STUCK


if __name__ == "__main__":
    try:
        code = main(sys.argv[1])
    except Exception:
        traceback.print_exc()
        code = BROKEN
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads of the SDK and of its terminal are of no use any more
