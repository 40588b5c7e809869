"""`agenttasks cassettes verify`, `prune` and `refresh`: with real runs of pytest and a provider over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pytest_agenttasks.cassettes.file_format import Call
from pytest_agenttasks.results import Json
from pytest_agenttasks.spec import slug
from tests.cli.recordings import ONE, OTHER, TASKS, Cli, rewritten
from tests.e2e.project import LIVE, WRITES, plays, tool
from tests.provider import Answer, Asked, Provider


class TestVerify:
    """Whole files that replay exactly."""

    def test_what_was_just_recorded_is_ok(self, cli: Cli) -> None:
        other = cli.project.path / OTHER
        other.with_name("other--n.yaml").write_text(other.read_text())
        rewritten(other.with_name("other--n.yaml"), _asked_as_n)
        told = cli("verify").splitlines()
        assert told == [
            f"{ONE}: ok",
            f"{OTHER}: ok",
            "cassettes/tasks/two/other--n.yaml: ok",
            "3 of 3 cassettes: replay as recorded",
        ]

    def test_the_first_call_that_differs_is_told(self, cli: Cli) -> None:
        def change(_: Json, calls: list[Call]) -> None:
            output = calls[1].asked.messages[-1]
            output.value["content"] = "wrote 4 characters to out.txt"

        rewritten(cli.project.path / ONE, change)
        told = cli("verify", "--", "-n2", code=1)
        assert f"{ONE}: not ok: the request of call 2 is not in the cassette: message 4 (tool) differs" in told
        assert "tasks/two.yaml:3\n" in told
        assert "    recorded: wrote «4» characters to out.txt\n" in told
        assert f"{OTHER}: ok\n1 of 2 cassettes: replay as recorded\n" in told

    def test_calls_that_are_not_asked_for_are_not_ok(self, cli: Cli) -> None:
        rewritten(cli.project.path / ONE, lambda _, calls: calls.append(calls[-1]))
        told = cli("verify", "one", code=1)
        assert told.startswith(f"{ONE}: not ok: 1 of its calls, from call 3, were not asked for\n")

    def test_a_check_that_fails_is_no_fault_of_the_cassette(self, cli: Cli) -> None:
        cli.project.write("tasks/two.yaml", TASKS.replace('text: "42"', 'text: "43"'))
        assert f"{ONE}: ok\n" in cli("verify", "one")

    def test_files_only_replays_nothing(self, cli: Cli) -> None:
        cli.project.write("tasks/two.yaml", TASKS.replace("Write 42", "Write 43"))
        assert "2 of 2 cassettes: files are whole" in cli("verify", "--files-only")
        torn = cli.project.path / ONE
        torn.write_text(torn.read_text()[:-100])
        key = "sk-or-v1-" + "0123456789abcdef" * 2
        rewritten(cli.project.path / OTHER, lambda header, _: header.update(note=key))
        told = cli("verify", "--files-only", code=1)
        assert f"{ONE}: not ok: is incomplete: " in told
        assert f"{OTHER}: not ok: it holds something shaped like a key (sk-or-…)" in told
        assert key not in told

    def test_an_orphan_and_a_file_that_lies_wrong(self, cli: Cli) -> None:
        moved = cli.project.path / "cassettes/tasks/three/one--m.yaml"
        moved.parent.mkdir()
        (cli.project.path / ONE).rename(moved)
        cli.project.write("tasks/two.yaml", TASKS.replace("id: other", "id: renamed"))
        told = cli("verify", code=1)
        assert "three/one--m.yaml: not ok: it was recorded for 'one' of tasks/two, and lies in tasks/three" in told
        assert f"{OTHER}: not ok: not replayed: there is no such task" in told


class TestPrune:
    """Deletes what is of no use, and nothing else."""

    @pytest.fixture
    def orphaned(self, cli: Cli) -> Cli:
        """A project in which the cassette OTHER is an orphan."""
        cli.project.write("tasks/two.yaml", TASKS.replace("id: other", "id: renamed"))
        return cli

    def test_orphans_go_and_a_dry_run_tells_which(self, orphaned: Cli) -> None:
        orphaned.project.write("cassettes/notes.yaml", "a: 1\n")
        orphaned.project.write("cassettes/tasks/two/gone--m.yaml", "a: 1\n")
        before = orphaned.project.cassettes()
        dry = orphaned("prune", "--dry-run")
        assert dry.startswith(f"would delete {OTHER}: orphan: there is no such task\nwould delete 1 cassette of ")
        assert orphaned.project.cassettes() == before
        assert orphaned("prune").startswith(f"deleted {OTHER}: orphan: ")
        assert orphaned.project.cassettes() == ["notes.yaml", "tasks/two/gone--m.yaml", "tasks/two/one--m.yaml"]
        assert orphaned("prune").startswith("deleted 0 cassettes of ")

    def test_recordings_of_other_trials_are_no_orphans(self, cli: Cli) -> None:
        """They were recorded with `--agent-repeat`, which this command knows of only if it is told."""
        trial = (cli.project.path / ONE).with_name(f"{slug('one[trial2]')}--m.yaml")
        trial.write_text((cli.project.path / ONE).read_text())
        rewritten(trial, lambda header, _: header.update(task="one[trial2]"))
        name = f"cassettes/tasks/two/{trial.name}"
        assert cli.states() == {ONE: "ok", name: "spare", OTHER: "ok"}
        assert "deleted 0 cassettes of 3" in cli("prune", "--unused-presets")
        assert cli.states("--", "--agent-repeat=2") == {ONE: "spare", name: "ok", OTHER: "spare"}
        assert f"{ONE}: not ok: not replayed: tasks/two.yaml::one[trial1] is done now" in cli(
            "verify", ONE, "--", "--agent-repeat=2", code=1
        )
        assert cli("prune", "--unused-trials").startswith(
            f"deleted {name}: spare: tasks/two.yaml::one is done now, and not this trial of it; `-- --agent-repeat N` "
        )

    def test_what_killed_recordings_left_goes_and_what_a_living_one_writes_stays(self, cli: Cli) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            pass
        folder = (cli.project.path / ONE).parent
        left, living = (folder / f".one--m.yaml.{pid}.0123abcd.tmp" for pid in (ended.pid, os.getpid()))
        left.write_text("half a")
        living.write_text("half a")
        assert (
            cli("prune").splitlines()[0] == f"deleted {left.relative_to(cli.project.path)}: a killed recording left it"
        )
        assert (left.exists(), living.exists()) == (False, True)
        assert len(cli.project.cassettes()) == 2

    def test_empty_folders_go_too(self, cli: Cli) -> None:
        (cli.project.path / "tasks/two.yaml").rename(cli.project.path / "tasks/three.yaml")
        cli("prune")
        assert cli.project.cassettes() == []
        assert (cli.project.path / "cassettes").is_dir()
        assert not (cli.project.path / "cassettes/tasks").exists()

    def test_a_link_and_what_it_leads_to_stay(self, orphaned: Cli) -> None:
        path = orphaned.project.path / OTHER
        elsewhere = path.rename(orphaned.project.path / "elsewhere.yaml")
        path.symlink_to(elsewhere)
        assert orphaned("prune").startswith("deleted 0 cassettes")
        assert path.is_symlink()

    def test_a_path_outside_is_refused(self, orphaned: Cli) -> None:
        assert "agenttasks: tasks lies outside of the cassettes' folder, cassettes\n" in orphaned(
            "prune", "tasks", code=2
        )
        orphaned.project.write("cassettes/notes.yaml", "a: 1\n")
        assert "cassettes/notes.yaml is no cassette" in orphaned("prune", "cassettes/notes.yaml", code=2)
        assert "deleted 0 cassettes of 1" in orphaned("prune", ONE)
        assert (orphaned.project.path / OTHER).exists()

    @pytest.mark.parametrize("broken", ["tasks/more.yaml", "tasks/two.yaml"])
    def test_nothing_is_deleted_where_a_task_file_cannot_be_read(self, orphaned: Cli, broken: str) -> None:
        orphaned.project.write(broken, "prompt: [1\n")
        told = orphaned("prune", code=2)
        assert told.startswith("agenttasks: nothing was deleted: not all task files and tests could be read\n")
        assert f"{broken}:" in told
        assert (orphaned.project.path / OTHER).exists()

    def test_nothing_is_deleted_where_there_are_no_tasks_at_all(self, cli: Cli) -> None:
        cli.project.write("pytest.ini", "[pytest]\nagenttasks_paths = taks\n")
        (cli.project.path / "tasks/two.yaml").unlink()
        assert "nothing was deleted: no task was found in " in cli("prune", code=2)
        assert len(cli.project.cassettes()) == 2

    def test_deselected_tasks_are_there(self, cli: Cli) -> None:
        cli.project.write("tasks/a.yaml", "{prompt: x, agent: nop}\n")
        cli.project.write(".pytest_cache/v/cache/lastfailed", '{"tasks/a.yaml::a": true}')
        cli.project.write("pytest.ini", "[pytest]\naddopts = -k nothing --lf\n")
        assert cli("prune").startswith("deleted 0 cassettes of 2")

    def test_expired_and_unused_presets_go_if_asked_for(self, cli: Cli) -> None:
        other = cli.project.path / OTHER
        rewritten(cli.project.path / ONE, lambda header, _: header.update(recorded="2024-01-01T00:00:00Z"))
        rewritten(other, lambda header, _: header.update(preset="n"))
        other.rename(other.with_name("other--n.yaml"))
        assert "deleted 0 cassettes of 2" in cli("prune", "--max-age", "90d")
        told = cli("prune", "--dry-run", "--expired", "--max-age", "90d")
        assert f"would delete {ONE}: expired: it is " in told
        told = cli("prune", "--unused-presets")
        assert "deleted cassettes/tasks/two/other--n.yaml: its task asks m now, not n\n" in told
        assert cli.project.cassettes() == ["tasks/two/one--m.yaml"]


class TestRefresh:
    """Records what needs it."""

    def test_a_dry_run_tells_commands_and_reasons(self, cli: Cli) -> None:
        assert cli("refresh", "--dry-run") == "0 cassettes to record, 2 that need it not\n"
        cli.project.write("tasks/two.yaml", TASKS.replace("id: one", "id: new").replace("please", "now"))
        assert cli("refresh", "--dry-run", "--", "-n", "2", "--model-fallbacks", "n,m").splitlines() == [
            f"{OTHER}: stale: prompt changed since it was recorded",
            "cassettes/tasks/two/new--m.yaml: missing",
            "2 cassettes to record, 0 that need it not",
            "pytest tasks/two.yaml::other tasks/two.yaml::new --agent-cassettes=record -n 2 --model-fallbacks n,m",
        ]
        told = cli("refresh", "--dry-run", "tasks/two.yaml::new").splitlines()
        assert told[-1] == "pytest tasks/two.yaml::new --agent-cassettes=record"
        assert "refresh records" in cli("refresh", "--", "--agent-cassettes=live", code=2)

    def test_another_preset_is_a_run_of_its_own(self, cli: Cli) -> None:
        other = cli.project.path / OTHER
        other.with_name("other--n.yaml").write_text(other.read_text())
        rewritten(other.with_name("other--n.yaml"), _asked_as_n)
        assert cli("refresh", "--dry-run", "--all", "other").splitlines()[-2:] == [
            "pytest tasks/two.yaml::other --agent-cassettes=record",
            "pytest tasks/two.yaml::other --model-preset n --agent-cassettes=record",
        ]
        told = cli("refresh", "--dry-run", "--all", "other", "--", "--model-preset", "n").splitlines()
        assert told[-1] == "pytest tasks/two.yaml::other --agent-cassettes=record --model-preset n"
        assert len(told) == 3

    def test_only_what_needs_it_is_asked_for(self, cli: Cli) -> None:
        cli.project.write("tasks/data/n.txt", "2\n")
        before = (cli.project.path / ONE).read_bytes()
        asked: list[Asked] = []

        def answer(request: Asked) -> Answer:
            asked.append(request)
            return WRITES(request)

        with Provider(answer) as provider:
            cli.project.models(provider, "m", "n")
            cli("refresh", "--", *LIVE)
        assert len(asked) == 2
        assert all("please" in json.dumps(one.body["messages"][1]) for one in asked)
        assert (cli.project.path / ONE).read_bytes() == before
        assert cli.states() == {ONE: "ok", OTHER: "ok"}

    def test_a_recording_that_fails_is_the_exit_code(self, cli: Cli) -> None:
        cli.project.write("tasks/data/n.txt", "2\n")
        with Provider(plays([tool("finish", answer="nothing done")])) as provider:
            cli.project.models(provider, "m", "n")
            cli("refresh", "--", *LIVE, code=1)


def _asked_as_n(header: Json, calls: list[Call]) -> None:
    header.update(preset="n", model="openrouter/test/n:free")
    for call in calls:
        call.asked.params["model"] = "n"
