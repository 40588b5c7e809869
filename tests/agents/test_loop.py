"""The built-in agent between a model's answers and a workspace: turns, ends, limits."""

from __future__ import annotations

import time

import pytest

from pytest_agenttasks.agents.loop import NUDGE, PATIENCE, SYSTEM
from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import (
    AgentTasksError,
    ModelRefusedError,
    ModelUnavailableError,
    ToolsUnsupportedError,
    WorkspaceError,
)
from pytest_agenttasks.models import Preset
from pytest_agenttasks.workspace import Workspace
from tests.agents.conftest import DONE, Work, tool, turn
from tests.models.answers import answered, attempt, chain, unanswered

NO_TOOLS = chain(Preset("m", "openrouter/t/m", tools=False))


def test_it_asks_acts_tells_and_ends(work: Work, workspace: Workspace) -> None:
    result, session, tape = work(
        turn(tool("write_file", path="b/new.txt", content="hi\n")), turn(tool("bash", command="cat b/new.txt")), DONE
    )
    assert (result.stopped, result.answer, result.steps) == ("finished", "all done", 3)
    assert (workspace.path / "b/new.txt").read_text() == "hi\n"
    assert [message["role"] for message in session.transcript] == [
        "system", "user", "assistant", "tool", "assistant", "tool", "assistant", "tool"
    ]  # fmt: skip
    assert session.transcript[0] == {"role": "system", "content": SYSTEM}
    assert session.transcript[1] == {"role": "user", "content": "Do it."}
    assert session.transcript[5]["content"] == "hi"
    assert [one["function"]["name"] for one in tape.bodies[0]["tools"]] == [
        "bash", "read_file", "write_file", "edit_file", "finish"
    ]  # fmt: skip


def test_several_calls_in_a_turn_are_done_in_order_and_answered_one_by_one(work: Work) -> None:
    calls = [{**tool("bash", command=f"echo {n} >> log; cat log"), "id": f"c{n}"} for n in range(3)]
    _, session, _ = work(turn(*calls), DONE)
    answers = session.transcript[3:6]
    assert [one["tool_call_id"] for one in answers] == ["c0", "c1", "c2"]
    assert [one["content"] for one in answers] == ["0", "0\n1", "0\n1\n2"]


def test_finish_in_the_middle_of_a_turn_ends_after_it(work: Work, workspace: Workspace) -> None:
    result, session, _ = work(
        turn(tool("finish", answer="early"), tool("write_file", path="late.txt", content="x")), DONE
    )
    assert (result.answer, result.steps) == ("early", 1)
    assert (workspace.path / "late.txt").exists()
    assert session.transcript[3]["content"] == "[finished]"


def test_an_empty_answer_ends_as_well(work: Work) -> None:
    result, _, _ = work(turn(tool("finish", answer="")), DONE)
    assert (result.stopped, result.answer, result.steps) == ("finished", "", 1)


def test_finish_without_an_answer_is_a_mistake_that_is_told(work: Work) -> None:
    _, session, _ = work(turn(tool("finish")), DONE)
    assert session.transcript[3]["content"] == "error: finish needs answer as text; missing or not text: answer"


@pytest.mark.parametrize("content", ["I think so.", "", None])
def test_a_model_that_only_talks_is_asked_to_go_on(work: Work, content: str | None) -> None:
    result, session, _ = work(answered(content), DONE)
    assert session.transcript[3] == {"role": "user", "content": NUDGE}
    assert result.answer == "all done"


def test_a_model_that_keeps_talking_has_answered(work: Work) -> None:
    result, session, _ = work(*[answered(f"words {n}") for n in range(PATIENCE)])
    assert (result.stopped, result.answer, result.steps) == ("finished", f"words {PATIENCE - 1}", PATIENCE)
    assert session.transcript[-1]["role"] == "assistant"


def test_a_tool_in_between_starts_the_count_anew(work: Work) -> None:
    talk = [answered("hm")] * (PATIENCE - 1)
    result, _, _ = work(*talk, turn(tool("bash", command="true")), *talk, DONE)
    assert result.answer == "all done"


def test_thoughts_are_given_back_and_nothing_else_of_a_message(work: Work) -> None:
    reply = turn(tool("bash", command="true"))
    message = reply.body["choices"][0]["message"]
    message |= {"reasoning_content": "hm", "refusal": None, "annotations": [1], "audio": {}}
    _, session, _ = work(reply, DONE)
    assert session.transcript[2] == {
        "role": "assistant", "content": "", "tool_calls": message["tool_calls"], "reasoning_content": "hm"
    }  # fmt: skip


class TestLimits:
    """A limit is how the work ended, not an error."""

    def test_steps(self, work: Work) -> None:
        result, _, tape = work(*[turn(tool("bash", command="true"))] * 9, steps=3)
        assert (result.stopped, result.answer, result.steps) == ("steps", "", 3)
        assert len(tape.bodies) == 3

    def test_the_last_step_may_finish(self, work: Work) -> None:
        assert work(DONE, steps=1)[0].stopped == "finished"

    def test_tokens(self, work: Work) -> None:
        result, _, tape = work(*[turn(tool("bash", command="true"), tokens=(90, 10))] * 9, tokens=200)
        assert (result.stopped, len(tape.bodies)) == ("tokens", 2)

    def test_cost(self, work: Work) -> None:
        result, _, tape = work(*[turn(tool("bash", command="true"), cost=0.25)] * 9, cost_usd=0.5)
        assert (result.stopped, len(tape.bodies)) == ("cost_usd", 2)

    def test_a_limit_of_cost_is_not_held_where_nobody_knows_the_cost(self, work: Work) -> None:
        with pytest.raises(ModelRefusedError, match=r"^limits\.cost_usd cannot be held"):
            work(*[turn(tool("bash", command="true"), cost=None)] * 3, DONE, cost_usd=0.01)

    def test_seconds_end_a_command_and_then_the_work(self, work: Work) -> None:
        result, session, _ = work(turn(tool("bash", command="echo begun; sleep 60")), DONE, seconds=1.2)
        assert result.stopped == "seconds"
        assert session.transcript[-1]["content"] == "begun\n\n[stopped after 1 s]"

    def test_a_conversation_too_long_for_every_model(self, work: Work) -> None:
        result, session, _ = work(turn(tool("bash", command="true")), unanswered("context_length_exceeded"))
        assert (result.stopped, result.steps) == ("context", 1)
        assert session.failure is None


def test_no_answer_is_an_error_and_the_conversation_stays(work: Work, workspace: Workspace) -> None:
    with pytest.raises(ModelUnavailableError):
        work(turn(tool("write_file", path="x", content="1")), unanswered("unavailable"))
    assert (workspace.path / "x").exists()


def test_waits_of_a_recording_are_no_time_of_a_replay(work: Work) -> None:
    waited = [attempt(waited_s=10_000.0)]
    assert work(turn(tool("bash", command="true"), attempts=waited), DONE, seconds=60)[0].stopped == "finished"


def test_a_workspace_that_is_gone_is_an_error(work: Work, workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="the workspace folder is gone"):
        work(turn(tool("bash", command='rm -rf "$PWD"')), turn(tool("bash", command="true")), DONE)


class TestWithoutToolCalling:
    """Tags in plain text instead."""

    WRITE = (
        'I write it.\n<tool name="write_file">\n<arg name="path">x.html</arg>\n'
        '<arg name="content"><b a="1">&amp; </b>\nif a < b > c: pass\n</arg>\n</tool>\nand look:\n'
        '<tool name="bash"><arg name="command">cat x.html</arg></tool>'
    )
    END = answered('<tool name="finish"><arg name="answer">ok</arg></tool>')

    def test_a_preset_that_says_so_is_not_sent_tools(self, work: Work, workspace: Workspace) -> None:
        result, session, tape = work(answered(self.WRITE), self.END, chain=NO_TOOLS)
        assert "tools" not in tape.bodies[0]
        assert "write_file(path, content)" in tape.bodies[0]["messages"][0]["content"]
        assert (workspace.path / "x.html").read_text() == '<b a="1">&amp; </b>\nif a < b > c: pass\n'
        assert session.transcript[3] == {
            "role": "user",
            "content": "[output of write_file]\nwrote 39 characters to x.html",
        }
        assert session.transcript[4]["content"].startswith('[output of bash]\n<b a="1">&amp; </b>')
        assert (result.answer, result.steps) == ("ok", 2)

    def test_a_provider_that_says_so_gets_the_task_anew_as_text(self, work: Work) -> None:
        result, session, tape = work(
            turn(tool("bash", command="true")), unanswered("tools_unsupported"), answered(self.WRITE), self.END
        )
        assert result.answer == "ok"
        assert [("tools" in body, len(body["messages"])) for body in tape.bodies] == [
            (True, 2), (True, 4), (False, 2), (False, 5)
        ]  # fmt: skip
        assert session.transcript[0]["content"] != SYSTEM
        assert not [message for message in session.transcript if "tool_calls" in message]

    def test_a_provider_that_refuses_text_as_well_is_an_error(self, work: Work) -> None:
        with pytest.raises(ToolsUnsupportedError):
            work(unanswered("tools_unsupported"), unanswered("tools_unsupported"))

    def test_half_a_tag_is_no_tool(self, work: Work) -> None:
        _, session, _ = work(answered('<tool name="bash"><arg name="command">ls'), self.END, chain=NO_TOOLS)
        assert session.transcript[3]["content"] == NUDGE


def test_a_failure_is_kept_by_the_session(work: Work) -> None:
    with pytest.raises(AgentTasksError, match=r"^gone$"):
        work(AgentTasksError("gone"))


def test_an_answer_cut_off_by_the_tasks_own_time_is_the_limit_and_no_fault_of_the_provider(work: Work) -> None:
    """Without any answer before it the provider is to blame."""

    def late() -> Reply:
        time.sleep(1.3)  # a provider takes its time
        return unanswered("unavailable")

    result, session, _ = work(turn(tool("bash", command="true")), late, seconds=1.2)
    assert result.stopped == "seconds"
    assert session.failure is None
    with pytest.raises(ModelUnavailableError):
        work(late, seconds=1.2)


def test_a_limit_of_tokens_is_not_held_where_nobody_knows_them(work: Work) -> None:
    with pytest.raises(ModelRefusedError, match=r"limits\.tokens cannot be held"):
        work(*[turn(tool("bash", command="true"), tokens=(0, 0))] * 3, DONE, tokens=10)
