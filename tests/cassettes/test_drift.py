"""What people read when a request is not in the cassette: the whole text, since it is all they get."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import CassetteDriftError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import BASH, EDIT, Gateway, answer, body, converse, never, opened

PROMPT = (
    "Raise the coverage of src/slug.py.\n" + "Write small tests. " * 200 + "Aim for 70 % and stop there.\n" + "x" * 99
)
OUTPUTS = ["a.py\n", "3 passed\n", "bye\n"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t--flash.yaml"


def drift(path: Path, recorded: list[Json], asked: Json) -> list[str]:
    """The lines of the error for a request after some were recorded; the two lines that never change left out."""
    with opened(path, "record") as cassette:
        for request in recorded:
            cassette.ask(request, lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        with pytest.raises(CassetteDriftError) as caught:
            cassette.ask(asked, never)
        assert caught.value is cassette.miss
    *lines, file, advice = str(caught.value).splitlines()
    assert file == f"cassette: {path}"
    assert advice == "record it: pytest --agent-cassettes=record"
    return lines


def test_a_changed_number_far_into_a_prompt(path: Path) -> None:
    changed = PROMPT.replace("70 %", "75 %")
    before = " small tests. Write small tests. Write small tests. Aim for "
    assert drift(path, [body("s", PROMPT)], body("s", changed)) == [
        "the request of call 1 is not in the cassette: message 2 (user) differs from the recorded one",
        "  compared with recorded call 1 of 1",
        "  message 2 (user), content:",
        f"    recorded: …{before}«70» % and stop there.\\n{'x' * 41}…",
        f"    now:      …{before}«75» % and stop there.\\n{'x' * 41}…",
    ]


def test_a_long_change_is_cut(path: Path) -> None:
    lines = drift(path, [body("s", "begin end")], body("s", f"begin {'very ' * 1000}end"))
    assert lines[-2] == "    recorded: begin «»end"
    assert lines[-1] == f"    now:      begin «{'very ' * 40}… (5,000 characters)»end"


def test_a_tool_and_a_parameter(path: Path) -> None:
    function = {"name": "bash", "parameters": {"type": "object", "properties": {"command": {"type": "string"}}}}
    asked = body("s", "u", tools=[{"type": "function", "function": function}, EDIT], temperature=0.2)
    recorded = body("s", "u", tools=[BASH], seed=7, temperature=0)
    assert drift(path, [recorded], asked) == [
        "the request of call 1 is not in the cassette: "
        "tool bash was changed; tool edit was added; parameter seed was removed; 1 more change",
        "  compared with recorded call 1 of 1",
        "  tool bash, function.parameters.properties.command:",
        "    recorded: (nothing)",
        '    now:      {"type": "string"}',
        "  tool edit:",
        "    recorded: (nothing)",
        '    now:      {"type": "function", "function": '
        '{"name": "edit", "parameters": {"type": "object", "properties": {}}}}',
        "  parameter seed:",
        "    recorded: 7",
        "    now:      (nothing)",
        "  parameter temperature:",
        "    recorded: 0",
        "    now:      0.2",
    ]


def test_tools_in_another_order(path: Path) -> None:
    lines = drift(path, [body("s", "u", tools=[BASH, EDIT])], body("s", "u", tools=[EDIT, BASH]))
    assert lines[0] == "the request of call 1 is not in the cassette: its tools are in another order"


def test_another_number_of_messages(path: Path) -> None:
    lines = drift(path, [body("s", "u")], body("s", "u", "a", "u2"))
    assert lines[0] == (
        "the request of call 1 is not in the cassette: it has 4 messages and the recorded one 2 messages"
    )


def test_another_role_and_content_in_parts(path: Path) -> None:
    recorded: Json = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "one two"}]}]}
    asked: Json = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "one 2"}]}]}
    assert drift(path, [recorded], asked)[2:] == [
        "  message 1 (user), content[0].text:",
        "    recorded: one «two»",
        "    now:      one «2»",
    ]
    asked["messages"][0]["role"] = "system"
    assert drift(path, [recorded], asked)[2:] == [
        "  message 1 (system), role:",
        "    recorded: «user»",
        "    now:      «system»",
    ]


def test_the_nearest_request_is_shown_and_the_same_place_preferred(path: Path) -> None:
    calls = [body("s", "one"), body("s", "two", "a", "b"), body("s", "three", "a", "b")]
    assert drift(path, calls, body("s", "three", "a", "c"))[1] == "  compared with recorded call 3 of 3"
    assert drift(path, calls, body("new", "one"))[1] == "  compared with recorded call 1 of 3"


def test_of_equally_near_requests_the_same_place_is_shown(path: Path) -> None:
    with opened(path, "record") as cassette:
        for prompt in ("one", "two", "three"):
            cassette.ask(body("s", prompt), lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        cassette.ask(body("s", "one"), never)
        with pytest.raises(CassetteDriftError) as caught:
            cassette.ask(body("s", "TWO"), never)
    assert str(caught.value).splitlines()[:2] == [
        "the request of call 2 is not in the cassette: message 2 (user) differs from the recorded one",
        "  compared with recorded call 2 of 3",
    ]


def recorded_outputs(path: Path) -> None:
    with opened(path, "record") as cassette:
        converse(cassette, Gateway(), OUTPUTS)
        cassette.save()


def test_other_tool_output_is_played_by_position_and_told(path: Path) -> None:
    recorded_outputs(path)
    with opened(path, "replay") as cassette:
        replies = converse(cassette, never, ["b.py\n", "3 passed\n", "bye\n"])
        assert cassette.unplayed() == 0
    assert [reply.body["choices"][0]["message"]["content"] for reply in replies] == ["step 1", "step 2", "step 3"]
    assert cassette.miss is None
    assert cassette.environment_drift == [
        "call 2: output of bash (message 4) differs: recorded «a».py\\n · now «b».py\\n",
        "call 3: the same output as in call 2",
    ]


def test_each_other_output_is_told_once(path: Path) -> None:
    recorded_outputs(path)
    with opened(path, "replay") as cassette:
        converse(cassette, never, ["b.py\n", "2 failed\n", "bye\n"])
    assert cassette.environment_drift[1] == (
        "call 3: output of bash (message 6) differs: recorded «3 passed»\\n · now «2 failed»\\n"
    )


def test_strict_makes_other_output_an_error(path: Path) -> None:
    recorded_outputs(path)
    with opened(path, "replay", drift="strict") as cassette:
        with pytest.raises(CassetteDriftError) as caught:
            converse(cassette, never, ["b.py\n", "3 passed\n", "bye\n"])
        assert cassette.miss is caught.value
    assert str(caught.value).splitlines() == [
        "the request of call 2 is not in the cassette: message 4 (tool) differs from the recorded one",
        "  compared with recorded call 2 of 3",
        "  message 4 (tool), content:",
        "    recorded: «a».py\\n",
        "    now:      «b».py\\n",
        f"cassette: {path}",
        "only tool output differs, which --agent-drift=report would allow",
        "record it: pytest --agent-cassettes=record",
    ]


def test_the_text_protocol_has_tool_output_in_user_messages(path: Path) -> None:
    def request(output: str) -> Json:
        return body("s", "u", "```bash\nls\n```", output)

    with opened(path, "record") as cassette:
        cassette.ask(request("[output of bash]\na.py\n"), lambda _: answer("fine"))
        cassette.save()
    with opened(path, "replay") as cassette:
        assert cassette.ask(request("[output of bash]\nb.py\n"), never).status == 200
        assert cassette.environment_drift == [
            "call 1: output of bash (message 4) differs: "
            "recorded [output of bash]\\n«a».py\\n · now [output of bash]\\n«b».py\\n"
        ]
    with opened(path, "replay") as cassette, pytest.raises(CassetteDriftError, match=r"message 4 \(user\)"):
        cassette.ask(request("output of bash: a.py\n"), never)


def test_a_changed_prompt_beside_other_output_is_drift(path: Path) -> None:
    recorded_outputs(path)
    with opened(path, "replay") as cassette, pytest.raises(CassetteDriftError, match=r"message 2 \(user\)"):
        converse(cassette, never, ["b.py\n"], prompt="do it now")


def test_other_output_of_equal_requests_is_played_in_order(path: Path) -> None:
    def request(output: str) -> Json:
        return {"model": "m", "messages": [{"role": "tool", "tool_call_id": "1", "content": output}]}

    with opened(path, "record") as cassette:
        for output in "abc":
            cassette.ask(request(output), lambda _, o=output: answer(f"was {o}"))  # type: ignore[misc]
        cassette.save()
    with opened(path, "replay") as cassette:
        replies = [cassette.ask(request(output), never) for output in "bxy"]
    said = [reply.body["choices"][0]["message"]["content"] for reply in replies]
    assert said == ["was b", "was a", "was c"]
    assert [line.split(":")[0] for line in cassette.environment_drift] == ["call 2", "call 3"]
