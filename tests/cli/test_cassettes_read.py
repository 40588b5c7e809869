"""`agenttasks cassettes show` and `diff`: what a person is told of recordings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pytest_agenttasks.cli import main
from pytest_agenttasks.results import Json
from tests.cli.recordings import ONE, Cli, call, cassette, rewritten, user


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    ended = main(["cassettes", *arguments])
    text = "".join(capsys.readouterr())
    assert ended == code, text
    return text


def tool_call(**arguments: str) -> Json:
    return {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": json.dumps(arguments)}}


class TestShow:
    """A recording as a conversation."""

    def test_each_call_tells_what_it_adds_and_who_answered(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        calls = {"tool_calls": [tool_call(command="ls\ncat a")]}
        output = {"role": "tool", "tool_call_id": "c1", "content": "a\nb"}
        limited = {"model": "openrouter/test/m", "status": 429, "verdict": "rotate", "reason": "rate_limited"}
        answered = {"model": "openrouter/test/n", "status": 200, "verdict": "answered", "waited_s": 2.0}
        tools = [{"type": "function", "function": {"name": "bash"}}]
        path = cassette(
            tmp_path / "t--m.yaml",
            call(user("Look."), answer=calls, tools=tools),
            call(user("Look."), {"role": "assistant", **calls}, output, answer="two files", served="openrouter/test/n",
                 tools=tools, attempts=[limited, answered]),
            note="by hand",
        )  # fmt: skip
        assert told(capsys, "show", str(path)).splitlines()[1:] == [
            "  task:      t",
            "  preset:    m",
            "  note:      by hand",
            f"  holds:     2 calls, 2,468 tokens, $0.5, {path.stat().st_size / 1000:.0f} KB",
            "",
            "call 1 of 2: answered by openrouter/test/m · 1,200 + 34 tokens · $0.25",
            '  asks with model m, tools ["bash"]',
            "  user:",
            "    Look.",
            "  answer:",
            "    → bash",
            "      command:",
            "      ls",
            "      cat a",
            "",
            "call 2 of 2: answered by openrouter/test/n · 1,200 + 34 tokens · $0.25 · waited 2 s",
            "  asked openrouter/test/m: rate_limited (429)",
            "  asked openrouter/test/n: answered, after 2 s",
            "  tool:",
            "    a",
            "    b",
            "  answer:",
            "    two files",
        ]

    def test_a_conversation_that_begins_anew_says_so(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = cassette(tmp_path / "t--m.yaml", call(user("a"), user("b")), call(user("a"), user("summary")))
        text = told(capsys, "show", str(path))
        assert "  begins anew after 1 message\n  user:\n    summary\n" in text
        assert text.count("    a\n") == 1

    def test_long_texts_are_cut_and_told_in_full_if_asked_for(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = [f"line {n}" for n in range(40)]
        path = cassette(tmp_path / "t--m.yaml", call(user("\n".join(lines)), user("x" * 1500)))
        text = told(capsys, "show", str(path))
        assert "    line 11\n    [… 28 lines, " in text
        assert "line 12" not in text
        assert "    [… 1 line, 500 characters left out; --full shows them]\n" in text
        whole = told(capsys, "show", "--full", str(path))
        assert all(f"    {line}\n" in whole for line in [*lines, "x" * 1500])
        assert "left out" not in whole

    def test_nothing_in_it_commands_the_terminal(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = cassette(tmp_path / "t--m.yaml", call(user("\x1b[2J\ud800"), answer="\x07"), note="\x1b]0;x")
        text = told(capsys, "show", str(path))
        assert "\\x1b[2J\\ud800" in text
        assert not {"\x1b", "\x07"} & set(text)

    def test_a_damaged_file_and_one_that_is_not_there(
        self, cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = cassette(tmp_path / "t--m.yaml", call(user("a")))
        path.write_text(path.read_text().replace("ok", "no"))
        assert f"{path}: is damaged or was edited" in told(capsys, "show", str(path), code=2)
        assert "agenttasks: none.yaml: no cassette belongs to it" in cli("show", "none.yaml", code=2)

    def test_a_task_stands_for_its_cassette_on_the_preset_it_asks(self, cli: Cli) -> None:
        path = cli.project.path / ONE
        other = path.with_name("one--n.yaml")
        other.write_text(path.read_text())
        rewritten(other, lambda header, _: header.update(preset="n"))
        assert cli("show", "tasks/two.yaml::one").startswith(f"{ONE}\n")
        assert cli("show", "one", "--preset", "n").startswith("cassettes/tasks/two/one--n.yaml\n")
        assert "one: none of them is on x:" in cli("show", "one", "--preset", "x", code=2)
        assert "several cassettes belong to it; name one:" in cli("show", "tasks/two.yaml", code=2)


class TestDiff:
    """Two recordings."""

    def test_header_first_difference_and_counts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        begin, calls = "x" * 3000, {"tool_calls": [tool_call(command="ls")]}
        same_calls = {"tool_calls": [{**tool_call(command="ls"), "id": "c9"}]}
        output = {"role": "tool", "tool_call_id": "c1", "content": "a"}
        old = cassette(
            tmp_path / "t--m.yaml",
            call(user(f"{begin} Count the lines of it."), answer=calls),
            call(user(f"{begin} Count the lines of it."), {"role": "assistant", **calls}, output, answer="one"),
            preset="m", recorded="2026-01-01T00:00:00Z",
        )  # fmt: skip
        new = cassette(
            tmp_path / "t--n.yaml",
            call(user(f"{begin} Count the words of it."), answer=same_calls),
            preset="n", recorded="2026-02-02T00:00:00Z",
        )  # fmt: skip
        assert told(capsys, "diff", str(old), str(new), code=1).splitlines() == [
            f"from {old}",
            f"to   {new}",
            "header, preset:",
            "  - «m»",
            "  + «n»",
            "call 1, messages[0].content:",
            f"  - …{'x' * 49} Count the «lines» of it.",
            f"  + …{'x' * 49} Count the «words» of it.",
            "1 of 1 call differs",
            "calls 2 → 1 · tokens 2,468 → 1,234",
        ]

    def test_ids_and_times_are_no_difference(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        one = cassette(tmp_path / "a.yaml", call(user("a")), recorded="2026-01-01T00:00:00Z")
        two = cassette(tmp_path / "b.yaml", call(user("a")), recorded="2026-02-02T00:00:00Z")
        assert told(capsys, "diff", str(one), str(two)).splitlines()[-1] == "nothing differs but ids and times"

    def test_a_difference_in_every_call_is_told_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        one = cassette(tmp_path / "a.yaml", *(call(user(f"{n}")) for n in range(9)))
        two = cassette(tmp_path / "b.yaml", *(call(user(f"{n}"), served="openrouter/test/n") for n in range(9)))
        text = told(capsys, "diff", str(one), str(two), code=1)
        assert text.count("answered by:") == 1
        assert "9 of 9 calls differ" in text

    def test_with_the_version_in_git(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = cassette(tmp_path / "sub/t--m.yaml", call(user("a"), answer="one"))
        name = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        for arguments in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "x"]):
            subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
        assert "nothing differs" in told(capsys, "diff", str(path))
        cassette(path, call(user("a"), answer="two"))
        text = told(capsys, "diff", str(path), code=1)
        assert f"from {path} in HEAD\n" in text
        assert "call 1, answer, content:\n  - «one»\n  + «two»\n" in text
        assert f"agenttasks: {path} in none: fatal: " in told(capsys, "diff", str(path), "--rev", "none", code=2)
        new = cassette(tmp_path / "new.yaml", call(user("a")))
        assert f"agenttasks: {new} in HEAD: " in told(capsys, "diff", str(new), code=2)

    def test_there_is_no_pytest_to_pass_options_to(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["cassettes", "diff", "a", "--", "-n2"])
        assert ended.value.code == 2
        assert "nothing to pass on" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["ls", "show", "diff", "verify", "prune", "refresh"])
def test_help_of_a_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cassettes", command, "--help"])
    assert ended.value.code == 0
    assert f"example: agenttasks cassettes {command}" in capsys.readouterr().out
