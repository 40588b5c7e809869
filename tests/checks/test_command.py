from __future__ import annotations

from tests.checks.conftest import Box


def test_passes(any_box: Box) -> None:
    assert any_box.passes("command", "test -d .") == "`test -d .` ended with exit code 0"


def test_says_command_exit_code_and_the_end_of_the_output(any_box: Box) -> None:
    message = any_box.fails("command", "echo one; echo two >&2; exit 3")
    assert message.splitlines() == [
        "`echo one; echo two >&2; exit 3` ended with exit code 3: two",
        "one",
    ]


def test_another_exit_code_can_be_asked_for(box: Box) -> None:
    box.passes("command", {"run": "exit 3", "exit_code": 3})
    message = box.fails("command", {"run": "true", "exit_code": 3})
    assert message == "`true` ended with exit code 0 instead of 3, without output"


def test_a_missing_script_is_the_agents_failure(box: Box) -> None:
    message = box.fails("command", "./run.sh")
    assert message.startswith("`./run.sh` ended with exit code 127: ")
    assert "No such file" in message or "not found" in message


def test_running_out_of_time_is_a_failure(any_box: Box) -> None:
    message = any_box.fails("command", {"run": "echo begun; while :; do :; done", "seconds": 1})
    assert message.splitlines()[0] == "`echo begun; while :; do :; done` did not end within 1 s"


def test_huge_output_leaves_a_short_message(box: Box) -> None:
    message = box.fails("command", "yes | head -c 3000000; printf '%05000d' 0; exit 1")
    assert len(message.splitlines()) < 20
    assert len(message) < 2_000


def test_a_killed_command(box: Box) -> None:
    assert "exit code 143" in box.fails("command", "sh -c 'kill $$'")


def test_what_it_prints(any_box: Box) -> None:
    run = "echo version 1.2; echo careful >&2"
    assert any_box.passes("command", {"run": run, "stdout": "version", "stderr": {"equals": "careful"}}) == (
        f"`{run}` ended with exit code 0, and printed what it should"
    )
    any_box.passes("command", {"run": run, "stdout": {"matches": r"^version \d", "lacks": "careful"}})
    message = any_box.fails("command", {"run": run, "stdout": {"contains": ["careful"]}, "stderr": {"equals": ""}})
    assert message.splitlines() == [
        f"stdout of `{run}` does not contain 'careful'; "
        f"stderr of `{run}` is not as expected: line 1 is 'careful', expected not there",
        "version 1.2",
        "careful",
    ]


def test_streams_apart_and_the_exit_code(box: Box) -> None:
    message = box.fails("command", {"run": "echo out; echo err >&2; exit 3", "stdout": "out"})
    assert message.splitlines() == ["`echo out; echo err >&2; exit 3` ended with exit code 3: err", "out"]
    box.passes("command", {"run": "echo out; exit 3", "exit_code": 3, "stdout": "out"})
    assert "did not end within 1 s" in box.fails("command", {"run": "echo a; sleep 60", "seconds": 1, "stdout": "a"})


def test_streams_apart_of_a_script_with_quotes_and_a_mistake(any_box: Box) -> None:
    any_box.passes("command", {"run": "cat <<'END'\nit's\nEND\nexit 0", "stdout": {"equals": "it's"}})
    assert "exit code" in any_box.fails("command", {"run": "echo '", "stdout": "x"})


def test_paths_are_told_as_the_agent_knows_them(any_box: Box) -> None:
    any_box.passes("command", {"run": "pwd", "stdout": {"equals": "/workspace"}})


def test_a_command_that_prints_nothing(box: Box) -> None:
    assert box.fails("command", {"run": "true", "stdout": "x"}) == "stdout of `true` does not contain 'x'"
    box.passes("command", {"run": "true", "stdout": {"equals": ""}})


def test_more_than_is_read_of_a_stream(box: Box) -> None:
    message = box.fails("command", {"run": "yes | head -c 17000000", "stdout": {"lacks": "no"}})
    assert message.splitlines()[0] == "stdout of `yes | head -c 17000000` is longer than 16 MiB"
