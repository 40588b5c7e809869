"""Workspaces that several tasks begin with: built once, copied for each, and as if built anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_agenttasks.exceptions import WorkspaceError
from pytest_agenttasks.processes import unique_name
from pytest_agenttasks.workspace import Isolation, Shared, Workspace, open_workspace
from tests.workspace.conftest import spec
from tests.workspace.processes import wait_until

NUMBER = "cat /proc/sys/kernel/random/uuid > number"
"""Leaves something that is different whenever it runs."""

ROOT = Path(__file__).parents[2]


class Tasks:
    """Workspaces of the tasks of one run, in a folder for temporary files of their own."""

    def __init__(self, base: Path, stack: ExitStack) -> None:
        self.base, self.stack = base, stack
        self.shared = Shared(unique_name())

    def open(self, isolation: Isolation = "bubblewrap", uses: int = 2, **given: Any) -> Workspace:
        wanted = spec(**given)
        self.shared.expect([(self.base, wanted)] * uses)
        return self.stack.enter_context(open_workspace(wanted, base=self.base, isolation=isolation, shared=self.shared))


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /tmp."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def tasks(tmp_path: Path, temporary: Path, bubblewrap: Isolation) -> Iterator[Tasks]:
    """Nothing is left of them at the end."""
    with ExitStack() as stack:
        tasks = Tasks(tmp_path, stack)
        yield tasks
        stack.close()
        tasks.shared.close()
    assert list(temporary.iterdir()) == []


def number(workspace: Workspace) -> str:
    return (workspace.path / "number").read_text()


def test_the_setup_runs_once_and_each_task_has_a_copy_of_its_own(tasks: Tasks) -> None:
    first = tasks.open(setup=[NUMBER])
    first.execute("echo mine > number; touch other; echo > /tmp/x; echo > ~/y")
    second = tasks.open(setup=[NUMBER])
    third = tasks.open(setup=[NUMBER])
    assert number(second) == number(third) != number(first)
    assert second.execute("ls -A . /tmp ~").output == ".:\nnumber\n\n/home/agent:\n\n/tmp:\n"
    assert (first.changed(), second.changed()) == (("number", "other"), ())


@pytest.mark.parametrize(
    "given",
    [{"isolation": "none"}, {"uses": 1}, {"setup": []}],
    ids=["the real path may be in its files", "only one task needs it", "there is no setup"],
)
def test_where_it_does_not_pay_or_hold_each_builds_its_own(
    tasks: Tasks, given: dict[str, Any], temporary: Path
) -> None:
    opened = [tasks.open(**{"setup": [NUMBER], **given}) for _ in range(2)]
    assert len(list(temporary.iterdir())) == 2
    if given.get("setup") != []:
        assert number(opened[0]) != number(opened[1])


MAKES = r"""
mkdir -p deep/er empty closed && echo 1 > deep/er/file && ln deep/er/file deep/hard && ln -s deep/er soft
ln -s /nowhere dangling && mkfifo pipe && printf '#!/bin/sh\n' > run && chmod 755 run && echo 2 > "$(printf 'od\377d')"
echo 3 > closed/secret && chmod 640 from.txt && echo 4 > /tmp/t && echo 5 > ~/.config && chmod 1700 ~/.config
python -m venv --without-pip .environment
find . /tmp ~ -exec touch -h -d '2021-02-03 04:05:06.789' {} + && chmod 0 closed/secret closed && chmod 555 empty
"""
LIST = (
    r"chmod 700 closed; chmod 600 closed/secret; find . /tmp ~ -printf '%p %y %m %n %s %T@ %l\n' | sort; cat closed/*"
)


def test_a_copy_looks_as_if_it_had_been_built_anew(tasks: Tasks) -> None:
    (tasks.base / "from").mkdir()
    (tasks.base / "from/from.txt").write_text("from")
    given: dict[str, Any] = {"from": "from", "files": {"a/b.txt": "b"}, "setup": [MAKES]}
    anew, first, second = tasks.open(uses=1, **given), tasks.open(**given), tasks.open(**given)
    modes = [oct((one.path / "closed").stat().st_mode) for one in (anew, first, second)]
    assert modes == ["0o40000"] * 3
    listings = [one.execute(LIST, output_limit=1 << 20).output.splitlines() for one in (anew, first, second)]
    assert len(listings[0]) > 20
    assert listings[0] == listings[1] == listings[2]
    assert second.execute(".environment/bin/python -c 'import sys; print(sys.prefix)'").output == (
        "/workspace/.environment\n"
    )


def write(folder: Path, name: str, text: str) -> None:
    """Write a file and commit it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    for command in ("init -q", "add .", "-c user.name=a -c user.email=b commit -qm x"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)


SOURCES: list[dict[str, Any]] = [{"from": "."}, {"git": {"ref": "HEAD"}}]


@pytest.mark.parametrize("source", SOURCES, ids=["from", "git"])
def test_a_change_of_the_source_is_not_missed(tasks: Tasks, source: dict[str, Any]) -> None:
    write(tasks.base, "file", "one")
    first, again = (tasks.open(setup=[NUMBER], **source) for _ in range(2))
    write(tasks.base, "file", "two")
    second = tasks.open(setup=[NUMBER], **source)
    assert number(first) == number(again) != number(second)
    assert [(one.path / "file").read_text() for one in (first, again, second)] == ["one", "one", "two"]


@pytest.mark.parametrize("source", SOURCES, ids=["from", "git"])
def test_what_is_withheld_from_one_task_is_not_shown_to_it(tasks: Tasks, source: dict[str, Any]) -> None:
    write(tasks.base, "task.yaml", "solution: x")
    wanted = spec(setup=[NUMBER], **source)
    tasks.shared.expect([(tasks.base, wanted)] * 2)
    for withheld, seen in (((), ["number", "task.yaml"]), ((tasks.base / "task.yaml",), ["number"])):
        with open_workspace(
            wanted, base=tasks.base, isolation="bubblewrap", shared=tasks.shared, withheld=withheld
        ) as opened:
            assert sorted(path.name for path in opened.path.iterdir()) == seen


FAILS = "cat /proc/sys/kernel/random/uuid; exit 3"
KILLED = "cat /proc/sys/kernel/random/uuid; kill -9 $$"


def test_a_setup_that_fails_is_not_tried_by_every_task(tasks: Tasks) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(WorkspaceError, match="ended with 3; its last output:\n") as raised:
            tasks.open(setup=[FAILS])
        told.append(str(raised.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("given", [{"network": True}, {"setup": [KILLED]}], ids=["network", "killed"])
def test_one_that_may_succeed_another_time_is(tasks: Tasks, given: dict[str, Any]) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(WorkspaceError) as raised:
            tasks.open(**{"setup": [FAILS], **given})
        told.append(str(raised.value))
    assert told[0] != told[1]


def test_a_missing_source_is_told_as_ever(tasks: Tasks) -> None:
    given: dict[str, Any] = {"from": "nowhere"}
    with pytest.raises(WorkspaceError, match="`from` folder does not exist: "):
        tasks.open(setup=[NUMBER], **given)
    with pytest.raises(WorkspaceError, match="lies in no git repository"):
        tasks.open(setup=[NUMBER], git={"ref": "HEAD"})


BUILDER = """
import sys
from pathlib import Path
from pytest_agenttasks.spec import WorkspaceSpec
from pytest_agenttasks.workspace import Shared, open_workspace
spec, shared = WorkspaceSpec(setup=[sys.argv[2]]), Shared(sys.argv[1])
shared.expect([(Path(), spec)] * 2)
with open_workspace(spec, base=Path(), isolation="bubblewrap", shared=shared) as workspace:
    print((workspace.path / "number").read_text(), end="", flush=True)
"""
WAITS = f"{NUMBER}; until [ -e go ]; do sleep 0.02; done; rm go"


def builder(name: str, temporary: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILDER, name, WAITS],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def in_the_middle(temporary: Path) -> dict[Path, str]:
    """Workspaces whose setup has begun and not ended, with the number that it has written."""
    found = {}
    for path in temporary.glob("agenttasks-*/*.part/workspace/number"):
        with suppress(FileNotFoundError):
            found[path.parent] = path.read_text()
    return {folder: number for folder, number in found.items() if number}


def test_another_takes_over_from_a_killed_builder_and_a_later_run_clears_up(
    temporary: Path, bubblewrap: Isolation, tmp_path: Path
) -> None:
    name = unique_name()
    first = builder(name, temporary)
    wait_until(lambda: in_the_middle(temporary))
    (before,) = in_the_middle(temporary).values()
    others = [builder(name, temporary) for _ in range(2)]
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    wait_until(lambda: set(in_the_middle(temporary).values()) - {before})
    (folder,) = in_the_middle(temporary)
    (folder / "go").touch()
    told = {other.communicate()[0] for other in others}
    assert len(told) == 1
    assert before not in told
    with open_workspace(spec(), base=tmp_path, isolation=bubblewrap) as workspace:
        left = {path.name for path in temporary.iterdir()}
        assert left == {workspace.path.parent.name, f"agenttasks-{name}"}, "the run is alive, it is this process"
    shared = Shared(name)
    shared.close()
    assert list(temporary.iterdir()) == []


def test_only_what_dead_processes_of_this_user_have_left_is_removed(
    temporary: Path, isolation: Isolation, tmp_path: Path
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from pytest_agenttasks.processes import *; print(unique_name())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    dead = told.stdout.strip()
    (temporary / "kept").mkdir()
    (temporary / "kept/file").touch()
    (temporary / f"agenttasks-{dead}").mkdir()
    (temporary / f"agenttasks-{dead}/out").symlink_to(temporary / "kept")
    (temporary / f"agenttasks-{dead}x").symlink_to(temporary / "kept")
    (temporary / f"agenttasks-{dead}y").touch()
    for alive in (unique_name(), "abcdef-1.1-0", "notes", "of-mine"):
        (temporary / f"agenttasks-{alive}").mkdir()
    before = {path.name for path in temporary.iterdir()}
    with open_workspace(spec(), base=tmp_path, isolation=isolation):
        pass
    assert before - {path.name for path in temporary.iterdir()} == {f"agenttasks-{dead}"}
    assert (temporary / "kept/file").exists()
