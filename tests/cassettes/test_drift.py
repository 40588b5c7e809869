"""What people read when a request is not in the cassette: the whole text, since it is all they get."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import CassetteDriftError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import BASH, EDIT, HEADER, Gateway, answer, body, converse, never, opened

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
        "  cause: the task's prompt, or what the agent makes of it",
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
        "  cause: the agent's tools; the agent's parameters",
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
    assert drift(path, [recorded], asked)[3:] == [
        "  message 1 (user), content[0].text:",
        "    recorded: one «two»",
        "    now:      one «2»",
    ]
    asked["messages"][0]["role"] = "system"
    assert drift(path, [recorded], asked)[3:] == [
        "  message 1 (system), role:",
        "    recorded: «user»",
        "    now:      «system»",
    ]


def test_the_nearest_request_is_shown_and_the_same_place_preferred(path: Path) -> None:
    calls = [body("s", "one"), body("s", "two", "a", "b"), body("s", "three", "a", "b")]
    assert drift(path, calls, body("s", "three", "a", "c"))[-4] == "  compared with recorded call 3 of 3"
    assert drift(path, calls, body("new", "one"))[2] == "  compared with recorded call 1 of 3"


def test_of_equally_near_requests_the_same_place_is_shown(path: Path) -> None:
    with opened(path, "record") as cassette:
        for prompt in ("one", "two", "three"):
            cassette.ask(body("s", prompt), lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        cassette.ask(body("s", "one"), never)
        with pytest.raises(CassetteDriftError) as caught:
            cassette.ask(body("s", "TWO"), never)
    assert str(caught.value).splitlines()[:3] == [
        "the request of call 2 is not in the cassette: message 2 (user) differs from the recorded one",
        "  cause: the task's prompt, or what the agent makes of it",
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
        "  cause: the environment, or what the workspace begins with: bash says something else",
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


SYSTEM = " ".join(f"Rule {n}: keep it short." for n in range(1, 200))


def test_a_word_three_thousand_characters_into_a_system_prompt(path: Path) -> None:
    """It is shown, and all that is told fits on a screen of 24 lines."""
    assert SYSTEM.index("Rule 130") > 3000
    lines = drift(path, [body(SYSTEM, "u")], body(SYSTEM.replace("Rule 130: keep", "Rule 130: make"), "u"))
    assert sum(1 + len(line) // 80 for line in lines) < 20
    assert "message 1 (system) differs" in lines[0]
    assert "«keep»" in lines[-2]
    assert "«make»" in lines[-1]


def test_of_several_changes_in_a_text_the_first_is_shown_and_the_others_counted(path: Path) -> None:
    changed = SYSTEM.replace("Rule 30:", "Law 30:").replace("Rule 90:", "Law 90:").replace("Rule 150:", "Law 150:")
    lines = drift(path, [body(SYSTEM, "u")], body(changed, "u"))
    assert "«Rule» 30:" in lines[-2]
    assert "«Law» 30:" in lines[-1]
    assert lines[-1].endswith("… (and 2 more places)")


def test_two_changed_lines_among_very_many(path: Path) -> None:
    """Too many words to compare one by one; then lines are."""
    said = [f"line {n}: nothing new to say here" for n in range(3000)]
    other = [*said[:10], "line 10: changed", *said[11:2000], "line 2000: changed", *said[2001:]]
    lines = drift(path, [body("s", "\n".join(said))], body("s", "\n".join(other)))
    assert "line 10: «changed" in lines[-1]
    assert lines[-1].endswith(" (and 1 more place)")


def test_many_changed_tools_fit_on_a_screen(path: Path) -> None:
    def tools(text: str) -> list[Json]:
        return [{"type": "function", "function": {"name": f"t{n}", "description": text}} for n in range(40)]

    lines = drift(path, [body("s", "u", tools=tools("one"))], body("s", "u", tools=tools("two")))
    assert lines[0].endswith("tool t0 was changed; tool t1 was changed; tool t2 was changed; 37 more changes")
    assert len(lines) < 20


PLUGIN = {**HEADER, "plugin": "1.1"}


@pytest.mark.parametrize(
    ("recorded", "asked", "header", "cause"),
    [
        (body("s", "Do a."), body("s", "Do b."), HEADER, "the task file: the prompt is another one"),
        (body("s", "Do b. Now."), body("s", "Do b. Soon."), HEADER,
         "the agent: the task's prompt is the same, and what it adds is not"),
        (body("s", "Do a."), body("s", "Do c."), HEADER, "the task's prompt, or what the agent makes of it"),
        (body("s", "Do b."), body("t", "Do b."), HEADER, "the agent's instructions"),
        (body("s", "Do b."), body("t", "Do b."), PLUGIN,
         "the agent's instructions: recorded with pytest-agenttasks 1.0, and this is 1.1"),
        (body("s", "Do b.", tools=[BASH]), body("s", "Do b.", tools=[EDIT]), PLUGIN,
         "the agent's tools: recorded with pytest-agenttasks 1.0, and this is 1.1"),
        (body("s", "Do b."), body("s", "Do b.", seed=1), HEADER, "the agent's parameters"),
        (body("s", "Do b."), body("s", "Do b.", seed=None), HEADER, "the agent's parameters"),
        (body("s", "Do b."), body("s", "Do b.", model="other"), HEADER,
         "the preset: it was recorded on flash, and this asks other"),
        (body("s", "Do b.", "one"), body("s", "Do b.", "two"), HEADER,
         "the agent tells its model another answer than it got"),
        (body("s", "Do b.", "one", "x"), body("s", "Do b.", "one", "y"), HEADER, None),
        (body("s", "Do b."), body("s", "Do c."), {**HEADER, "agent": "my:own"},
         "it was recorded with the agent loop, and this is my:own; the task's prompt, or what the agent makes of it"),
    ],
)  # fmt: skip
def test_the_cause_is_told_where_it_can_be(
    path: Path, recorded: Json, asked: Json, header: Json, cause: str | None
) -> None:
    with opened(path, "record") as cassette:
        cassette.ask(recorded, lambda _: answer())
        cassette.save()
    with opened(path, "replay", header=header, prompt="Do b.") as cassette, pytest.raises(CassetteDriftError) as caught:
        cassette.ask(asked, never)
    told = [line.removeprefix("  cause: ") for line in str(caught.value).splitlines() if "cause: " in line]
    assert told == ([cause] if cause else [])


def reading(path: str, *, after: list[Json] | None = None) -> list[Json]:
    call = {"id": "c", "function": {"name": "read_file", "arguments": f'{{"path": "{path}"}}'}}
    return [*(after or []), {"role": "assistant", "tool_calls": [call]}]


def asks_about(file: str, *, after: list[Json] | None = None) -> Json:
    output = {"role": "tool", "tool_call_id": "c", "content": file}
    return {"model": "m", "messages": [{"role": "user", "content": "u"}, *reading("notes.txt", after=after), output]}


def test_another_file_of_the_workspace_is_told_by_its_name(path: Path) -> None:
    with opened(path, "record") as cassette:
        cassette.ask(asks_about("one"), lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        cassette.ask(asks_about("two"), never)
    assert cassette.environment_drift == [
        "call 1: output of read_file `notes.txt` (message 3) differs: recorded «one» · now «two»; "
        "the workspace begins with another notes.txt"
    ]
    with opened(path, "replay", drift="strict") as cassette, pytest.raises(CassetteDriftError) as caught:
        cassette.ask(asks_about("two"), never)
    assert "\n  cause: the workspace begins with another notes.txt\n" in str(caught.value)


def test_a_file_that_something_may_have_changed_before_is_not_the_workspaces(path: Path) -> None:
    ran = {"id": "b", "function": {"name": "bash", "arguments": '{"command": "make notes"}'}}
    before: list[Json] = [{"role": "assistant", "tool_calls": [ran]}]
    with opened(path, "record") as cassette:
        cassette.ask(asks_about("one", after=before), lambda _: answer())
        cassette.save()
    with opened(path, "replay", drift="strict") as cassette, pytest.raises(CassetteDriftError) as caught:
        cassette.ask(asks_about("two", after=before), never)
    assert (
        "cause: the environment, or what the workspace begins with: read_file `notes.txt` says something else\n"
        in str(caught.value)
    )


CONTENT = {"prompt": "p1", "agent": "a1", "workspace": "w1"}


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"prompt": "p2"}, "the task file: the prompt is another one"),
        ({"agent": "a2"}, "the agent loop is not what it was; the task's prompt, or what the agent makes of it"),
        ({"workspace": "w2"}, "the task's prompt, or what the agent makes of it"),
        ({"other": "x"}, "the task's prompt, or what the agent makes of it"),
    ],
)
def test_hashes_of_what_it_was_recorded_from_tell_the_cause(path: Path, changed: dict[str, str], cause: str) -> None:
    with opened(path, "record", header={**HEADER, "content": CONTENT}) as cassette:
        cassette.ask(body("s", "Do a."), lambda _: answer())
        cassette.save()
    with (
        opened(path, "replay", content={**CONTENT, **changed}) as cassette,
        pytest.raises(CassetteDriftError) as caught,
    ):
        cassette.ask(body("s", "Do b."), never)
    assert f"\n  cause: {cause}\n" in str(caught.value)


@pytest.mark.parametrize(
    ("workspace", "strict", "told"),
    [
        ("w1", "the environment: bash says something else, though the workspace begins with the same files", ""),
        ("w2", "the workspace begins with other files", "; the workspace begins with other files"),
    ],
)
def test_the_workspaces_hash_tells_it_from_the_environment(path: Path, workspace: str, strict: str, told: str) -> None:
    content = {**CONTENT, "workspace": workspace}
    with opened(path, "record", header={**HEADER, "content": CONTENT}) as cassette:
        converse(cassette, Gateway(), OUTPUTS)
        cassette.save()
    with opened(path, "replay", content=content) as cassette:
        converse(cassette, never, ["b.py\n", "3 passed\n", "bye\n"])
    assert cassette.environment_drift[0].endswith(f"now «b».py\\n{told}")
    with (
        opened(path, "replay", content=content, drift="strict") as cassette,
        pytest.raises(CassetteDriftError) as caught,
    ):
        converse(cassette, never, ["b.py\n", "3 passed\n", "bye\n"])
    assert f"\n  cause: {strict}\n" in str(caught.value)
