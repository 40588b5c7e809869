"""Agents ask in many ways; what they say is told once, and where it belongs."""

from __future__ import annotations

from dataclasses import replace

from pytest_agenttasks.calls import CallFacts
from pytest_agenttasks.results import Json
from tests.trajectory.told import ABOUT, ASK, SYSTEM, Asked, Make, call, gives, refused, says, short, user


def texts(steps: list[Json]) -> list[str]:
    return [text for _, text in short(steps)]


def test_what_is_repeated_is_told_once_though_it_is_written_differently(valid: Make) -> None:
    """Agents send answers back with other fields, arguments in another form, and texts as parts."""
    first = says(None, call("bash", '{"a":1}'), reasoning_content="hm")
    echoed = says([{"type": "text", "text": "x"}], call("bash", '{"a": 1}'), name="agent")
    again = user([{"type": "text", "text": " Do it.", "cache_control": {"type": "ephemeral"}}])
    document = valid([Asked([SYSTEM, ASK], first), Asked([SYSTEM, again, echoed, gives("1")], says("ok"))]).document
    assert [step["source"] for step in document["steps"]] == ["system", "user", "agent", "agent"]
    assert "subagent_trajectories" not in document
    assert "rewritten" not in document["steps"][3]["extra"]


def test_subagents_are_trajectories_of_their_own(valid: Make) -> None:
    main, sub = [SYSTEM, ASK], [{"role": "system", "content": "You search."}, user("Find it.")]
    first, second, third = says(None, call("task")), says(None, call("grep", id="s1")), says(None, call("end", id="c9"))
    exchanges = [
        Asked(main, first),
        Asked(sub, second),
        Asked([user("A title?")], says("Title")),
        Asked([*sub, second, gives("here", "s1")], says("found")),
        Asked([*main, first, gives("found")], third),
        Asked([*main, first, gives("found"), third, gives("ok", "c9")], says("done")),
    ]
    document = valid(exchanges).document
    assert [step["source"] for step in document["steps"]] == ["system", "user", "agent", "agent", "agent"]
    search, title = document["subagent_trajectories"]
    assert [one["trajectory_id"] for one in (search, title)] == ["conversation-2", "conversation-3"]
    assert short(search["steps"])[1] == ("user", "Find it.")
    assert search["steps"][2]["observation"]["results"][0]["content"] == "here"
    assert short(title["steps"]) == [("user", "A title?"), ("agent", "Title")]
    assert search["final_metrics"]["total_prompt_tokens"] == 20
    assert document["final_metrics"]["total_prompt_tokens"] == 60
    assert document["final_metrics"]["total_cost_usd"] == 0.06
    assert document["final_metrics"]["total_steps"] == 5


def test_no_cost_is_told_in_all_where_that_of_a_subagent_is_unknown(valid: Make) -> None:
    exchanges = [Asked([ASK], says("a")), Asked([user("sub")], says("b"), CallFacts("m", "x", (), None))]
    document = valid(exchanges).document
    assert "total_cost_usd" not in document["final_metrics"]


def test_the_longest_conversation_is_the_trajectory_whichever_began_first(valid: Make) -> None:
    title = Asked([user("A title?")], says("Title"))
    document = valid([title, Asked([ASK], says("a")), Asked([ASK, says("a"), user("more")], says("b"))]).document
    assert short(document["steps"])[0] == ("user", "Do it.")
    assert len(document["subagent_trajectories"]) == 1


def test_parallel_conversations_do_not_mix(valid: Make) -> None:
    one, two = [SYSTEM, user("one")], [SYSTEM, user("two")]
    exchanges = [
        Asked(one, says("1")),
        Asked(two, says("2")),
        Asked([*two, says("2"), user("go on")], says("22")),
        Asked([*one, says("1"), user("go on")], says("11")),
    ]
    document = valid(exchanges).document
    assert texts(document["steps"]) == ["Be brief.", "one", "1", "go on", "11"]
    (other,) = document["subagent_trajectories"]
    assert texts(other["steps"]) == ["Be brief.", "two", "2", "go on", "22"]


def test_a_conversation_that_branches_holds_what_came_before_as_context(valid: Make) -> None:
    """Two ways to go on from one answer, at once."""
    begun = [ASK, says("a")]
    left, right = [*begun, user("left")], [*begun, user("right")]
    exchanges = [
        Asked([ASK], says("a")),
        Asked(left, says("l")),
        Asked(right, says("r")),
        Asked([*left, says("l"), user("on")], says("end")),
    ]
    document = valid(exchanges).document
    assert texts(document["steps"]) == ["Do it.", "a", "left", "l", "on", "end"]
    (other,) = document["subagent_trajectories"]
    assert texts(other["steps"]) == ["Do it.", "a", "right", "r"]
    assert [step.get("is_copied_context") for step in other["steps"]] == [None, True, None, None]


def test_a_history_that_was_compacted_goes_on_in_the_same_trajectory(valid: Make) -> None:
    first, second = says(None, call("bash")), says(None, call("bash", id="c2"))
    whole = [SYSTEM, ASK, first, gives("long output"), second, gives("2", "c2")]
    compacted = [SYSTEM, ASK, user("Summary."), first, gives("[cleared]"), second, gives("2", "c2")]
    exchanges = [
        Asked(whole[:2], first),
        Asked(whole[:4], second),
        Asked(whole, says("x")),
        Asked(compacted, says("y")),
    ]
    document = valid(exchanges).document
    assert "subagent_trajectories" not in document
    assert texts(document["steps"]) == ["Be brief.", "Do it.", "", "", "x", "Summary.", "y"]
    assert document["steps"][6]["extra"]["rewritten"] == {"kept": 5, "left_out": 2}
    assert document["steps"][2]["observation"]["results"] == [
        {"source_call_id": "c1", "content": "long output"},
        {"source_call_id": "c1", "content": "[cleared]", "extra": {"rewritten": True}},
    ]


def test_the_same_request_again(valid: Make) -> None:
    document = valid([Asked([SYSTEM, ASK], says("a")), Asked([SYSTEM, ASK], says("b"))]).document
    assert texts(document["steps"]) == ["Be brief.", "Do it.", "a", "b"]
    assert document["steps"][3]["extra"]["rewritten"] == {"kept": 2, "left_out": 1}


def test_two_images_of_one_size_are_not_the_same(valid: Make) -> None:
    def look(end: str) -> Json:
        return user([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 2000 + end}}])

    made = valid([Asked([look("AAAA")], says("a")), Asked([look("AAAA"), says("a"), look("BBBB")], says("b"))])
    assert len(made.media) == 2
    assert len(made.document["steps"]) == 4
    assert (
        "subagent_trajectories" in valid([Asked([look("AAAA")], says("a")), Asked([look("BBBB")], says("b"))]).document
    )


class TestTheTranscript:
    """What the agent itself says of the conversation."""

    def test_what_follows_the_last_answer_is_added(self, valid: Make) -> None:
        first = says(None, call("finish"))
        transcript = [SYSTEM, ASK, {**first, "content": ""}, gives("[finished]"), "words"]
        document = valid([Asked([SYSTEM, ASK], first)], transcript).document
        assert document["steps"][2]["observation"]["results"][0]["content"] == "[finished]"
        assert short(document["steps"])[3:] == [("user", "words")]

    def test_one_of_another_conversation_adds_nothing(self, valid: Make) -> None:
        document = valid([Asked([SYSTEM, ASK], says("a"))], [user("else"), says("b"), ASK, says("c")]).document
        assert texts(document["steps"]) == ["Be brief.", "Do it.", "a"]

    def test_of_an_agent_that_asks_no_model_it_is_all(self, valid: Make) -> None:
        about = replace(ABOUT, agent="oracle", model=None)
        document = valid([], [ASK, says("echo hi\nhi")], about).document
        assert short(document["steps"]) == [("user", "Do it."), ("agent", "echo hi\nhi")]
        assert document["steps"][1]["llm_call_count"] == 0
        assert "model_name" not in document["agent"]
        assert document["final_metrics"] == {"total_cost_usd": 0, "total_steps": 2}

    def test_reasoning_of_a_model_that_we_did_not_ask(self, valid: Make) -> None:
        assert "llm_call_count" not in valid([], [says("a", reasoning_content="b")]).document["steps"][0]


def test_an_agent_that_did_nothing_was_asked_to(valid: Make) -> None:
    assert short(valid([]).document["steps"]) == [("user", "Do it.")]


def test_calls_that_nobody_answered_are_told_and_what_they_said(valid: Make) -> None:
    """Asked once more with the same words, and at the end, where a tool's output is in no other request."""
    first = says(None, call("bash"))
    exchanges = [
        refused([SYSTEM, ASK]),
        Asked([SYSTEM, ASK], first),
        refused([SYSTEM, ASK, first, gives("1")], "context"),
    ]
    document = valid(exchanges).document
    assert [step["source"] for step in document["steps"]] == ["system", "user", "agent"]
    assert document["steps"][2]["observation"]["results"][0]["content"] == "1"
    assert "rewritten" not in document["steps"][2]["extra"]
    assert [one["refused"] for one in document["extra"]["unanswered"]] == ["unavailable", "context"]
    assert (document["extra"]["unanswered"][0]["requested"], document["extra"]["task"]) == ("m", "t")
    assert document["final_metrics"]["total_cost_usd"] == 0.01


def test_a_conversation_without_an_answer_is_left_out_where_there_is_another(valid: Make) -> None:
    """The built-in agent begins anew with another system prompt where a model turns out to have no tool calling."""
    document = valid([refused([SYSTEM, ASK]), Asked([user("tags"), ASK], says("a"))]).document
    assert texts(document["steps"]) == ["tags", "Do it.", "a"]
    assert "subagent_trajectories" not in document
    assert len(document["extra"]["unanswered"]) == 1


def test_nobody_answered_at_all(valid: Make) -> None:
    document = valid([refused([SYSTEM, ASK]), refused([SYSTEM, ASK])]).document
    assert texts(document["steps"]) == ["Be brief.", "Do it."]
    assert len(document["extra"]["unanswered"]) == 2


def test_no_message_at_all(valid: Make) -> None:
    assert short(valid([Asked([], says("a"))]).document["steps"]) == [("agent", "a")]
