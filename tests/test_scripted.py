"""The scripted provider over HTTP: the form of its answers, turns, faults, refusals."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider import Json, Provider
from tests.scripted import Fault, Script, ScriptedModel, load_scripts

GEMINI = "google/gemini-2.0-flash-exp:free"
LLAMA = "meta-llama/llama-3.3-8b-instruct:free"
PROMPT = "Paint the shed.\nGreen, please."

SCRIPT = Script(
    task="paint",
    first_line="Paint the shed.",
    turns={
        "gemini-flash": [
            {"content": "I look.", "calls": [{"bash": {"command": "ls"}}, {"read_file": {"path": "shed"}}]},
            {"calls": [{"write_file": {"path": "shed", "content": ["gre", "en"]}}]},
            {"content": "Done."},
        ],
        "llama-3.3-8b": [{"calls": [{"bash": '{"command": "ls'}]}, {"content": "Sorry."}],
    },
)


@pytest.fixture
def provider() -> Iterator[Provider]:
    faults = (Fault(1, GEMINI, "openrouter_429", "once"), Fault(2, GEMINI, "openrouter_429", "always"))
    limited = Script("limited", "Paint the fence.", SCRIPT.turns, faults)
    with Provider(ScriptedModel([SCRIPT, limited])) as running:
        yield running


def ask(base: str, messages: list[Json], model: str = GEMINI) -> tuple[int, Json]:
    """Status and body of a chat request."""
    data = json.dumps({"model": model, "messages": messages}).encode()
    request = urllib.request.Request(f"{base}/chat/completions", data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def begin(prompt: str = PROMPT) -> list[Json]:
    return [{"role": "system", "content": "Be good."}, {"role": "user", "content": prompt}]


def go_on(base: str, messages: list[Json], model: str = GEMINI) -> Json:
    """Ask, append the answer and an output for each of its tool calls; return the answer's message."""
    status, body = ask(base, messages, model)
    assert status == 200, body
    message: Json = body["choices"][0]["message"]
    calls = message.get("tool_calls", [])
    messages += [message, *({"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in calls)]
    return message


def test_an_answer_has_the_form_of_openrouters(provider: Provider) -> None:
    """The keys are those of OpenRouter's answers to `google/gemini-2.0-flash-exp:free` and others."""
    _, body = ask(provider.base, begin())
    assert body.keys() >= {"id", "object", "created", "model", "provider", "choices", "usage"}
    assert body["id"].startswith("gen-")
    assert body["model"] == GEMINI
    assert body["usage"]["cost"] == 0
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    choice = body["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "I look."
    first, second = (call["function"] for call in choice["message"]["tool_calls"])
    assert (first["name"], json.loads(first["arguments"])) == ("bash", {"command": "ls"})
    assert (second["name"], json.loads(second["arguments"])) == ("read_file", {"path": "shed"})


def test_the_same_request_has_the_same_answer(provider: Provider) -> None:
    assert ask(provider.base, begin()) == ask(provider.base, begin())


def test_the_number_of_answers_so_far_is_the_turn(provider: Provider) -> None:
    messages = begin()
    said = [go_on(provider.base, messages) for _ in range(3)]
    assert json.loads(said[1]["tool_calls"][0]["function"]["arguments"])["content"] == "green"
    assert said[2]["content"] == "Done."
    assert "tool_calls" not in said[2]


def test_arguments_given_as_a_text_are_sent_as_they_are(provider: Provider) -> None:
    message = go_on(provider.base, begin(), LLAMA)
    assert message["tool_calls"][0]["function"]["arguments"] == '{"command": "ls'


def test_a_model_that_takes_over_carries_on(provider: Provider) -> None:
    """A model of the chain that has no script of its own continues what another one began."""
    messages = begin()
    go_on(provider.base, messages, GEMINI)
    message = go_on(provider.base, messages, "openai/gpt-oss:free")
    assert message["tool_calls"][0]["function"]["name"] == "write_file"


def test_a_fault_is_delivered_once_or_always(provider: Provider) -> None:
    messages = begin("Paint the fence.")
    go_on(provider.base, messages)
    status, body = ask(provider.base, messages)
    assert (status, body["error"]["message"]) == (429, "Provider returned error")
    go_on(provider.base, messages)
    assert [ask(provider.base, messages)[0] for _ in range(3)] == [429] * 3
    assert ask(provider.base, messages, LLAMA)[0] == 200


def test_a_fault_is_for_its_task_only(provider: Provider) -> None:
    messages = begin()
    go_on(provider.base, messages)
    assert ask(provider.base, messages)[0] == 200


def test_an_unknown_prompt_is_refused(provider: Provider) -> None:
    status, body = ask(provider.base, begin("Paint the house."))
    assert status == 404
    assert "no script for this prompt" in body["error"]["message"]


def test_a_script_that_is_over_is_told(provider: Provider) -> None:
    messages = begin()
    for _ in range(3):
        go_on(provider.base, messages)
    status, body = ask(provider.base, messages)
    assert status == 400
    assert "script of paint for gemini-flash ends after 3 turns" in body["error"]["message"]


def test_a_misspelled_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="expected once or always, found 'twice'"):
        Fault(0, GEMINI, "openrouter_429", "twice")


def test_a_script_for_no_task_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "shed.yaml").write_text("{id: paint, prompt: Paint the shed.}")
    (tmp_path / "scripts" / "shed").mkdir(parents=True)
    (tmp_path / "scripts" / "shed" / "paint.yaml").write_text("{task: pant, turns: {}}")
    with pytest.raises(ValueError, match=r"shed/paint\.yaml: there is no task 'pant'"):
        load_scripts(tmp_path / "tasks", tmp_path / "scripts")


def test_a_solution_is_written_with_a_mistake_in_it(tmp_path: Path) -> None:
    (tmp_path / "tasks/_done").mkdir(parents=True)
    (tmp_path / "tasks/_done/shed.txt").write_text("green\n")
    (tmp_path / "tasks/shed.yaml").write_text("{id: paint, prompt: Paint the shed., solution: {from: _done}}")
    (tmp_path / "scripts/shed").mkdir(parents=True)
    script = tmp_path / "scripts/shed/paint.yaml"
    turns = "{a: [{calls: [write_file: {path: x, content: {solution: shed.txt, but: {%s: red}}}]}]}"
    script.write_text(f"{{task: paint, turns: {turns % 'green'}}}")
    (loaded,) = load_scripts(tmp_path / "tasks", tmp_path / "scripts")
    assert loaded.turns["a"][0]["calls"][0]["write_file"]["content"] == "red\n"
    script.write_text(f"{{task: paint, turns: {turns % 'blue'}}}")
    with pytest.raises(ValueError, match=r"paint: 'blue' is not once in shed\.txt"):
        load_scripts(tmp_path / "tasks", tmp_path / "scripts")


def test_the_command_prints_its_base_url() -> None:
    command = [sys.executable, "-m", "tests.scripted"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        try:
            status, _ = ask(process.stdout.readline().strip(), begin())
        finally:
            process.terminate()
    assert status == 404
