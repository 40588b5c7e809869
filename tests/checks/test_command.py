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
