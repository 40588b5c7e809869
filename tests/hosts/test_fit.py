"""What a machine must have, and in what two working copies differ."""

from __future__ import annotations

import platform
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from pytest_agenttasks import __version__
from pytest_agenttasks.hosts import Host, differences, hosts_in, project_files, tunnelled, unfit
from pytest_agenttasks.hosts.surroundings import surroundings

HOST = Host("b", "-p 22 me@there")


def test_this_machine_is_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks").mkdir()
    there = surroundings({"names": ["tasks"], "gateway": None})
    assert there["folder"] == str(tmp_path)
    assert unfit(HOST, there) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"python": "3.9.1"}, "/py on host b (me@there) is Python 3.9.1, here it is"),
        ({"versions": {}}, "/py on host b (me@there) has no pytest-agenttasks; install it there"),
        ({"versions": {"pytest-agenttasks": __version__, "pytest": "9"}}, "has no pytest-xdist; install it there"),
        ({"versions": {"pytest-agenttasks": "0.0.1", "pytest": "9", "pytest-xdist": "3"}}, "0.0.1, here it is"),
        ({"absent": ["pytest.ini", "tasks"]}, "/repo on host b (me@there) has no pytest.ini, tasks; chdir="),
        ({"gateway": "the gateway does not answer"}, "host b (me@there): the gateway does not answer"),
    ],
)
def test_a_machine_that_is_not_says_why(change: dict[str, Any], told: str) -> None:
    versions = {"pytest-agenttasks": __version__, "pytest": "9", "pytest-xdist": "3"}
    fit = {
        "python": platform.python_version(), "executable": "/py", "versions": versions, "folder": "/repo",
        "absent": [], "gateway": "",
    }  # fmt: skip
    assert unfit(HOST, fit) is None
    assert told in (unfit(HOST, fit | change) or "")


def test_a_gateway_that_cannot_be_reached_from_there_is_told() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    there = surroundings({"names": [], "gateway": [url, "token"]})
    assert f"the gateway at {url} does not answer (ConnectionRefusedError" in (unfit(HOST, there) or "")


def test_the_way_back_is_asked_of_ssh() -> None:
    (host,) = hosts_in(["id=b//ssh=-p 22 me@there//python=PY//chdir=/a b"])
    assert host == HOST
    assert tunnelled("id=b//ssh=-p 22 me@there//chdir=/a b", "/tmp/x.sock", 4100) == (
        "id=b//ssh=-o ExitOnForwardFailure=yes -R /tmp/x.sock:127.0.0.1:4100 -p 22 me@there//chdir=/a b"
    )


def test_files_that_decide_which_tasks_there_are(tmp_path: Path) -> None:
    names = ["models.yaml", "conftest.py", "tasks/a.yaml", "tasks/deep/b.yml", "tasks/deep/conftest.py"]
    others = ["tasks/_shared.yaml", "tasks/.x/c.yaml", "tasks/data.txt", "other.yaml"]
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    folders = (tmp_path / "tasks", tmp_path / "none")
    found = project_files(tmp_path, folders, (tmp_path / "models.yaml", tmp_path / "pytest.ini", None))
    assert set(found) == set(names)
    (tmp_path / "tasks/a.yaml").write_text("other")
    assert differences(found, project_files(tmp_path, folders, (tmp_path / "models.yaml",))) == "tasks/a.yaml differs"


def test_differences_are_told_by_their_parts_and_not_without_end() -> None:
    assert differences({"a": "1"}, {"a": "1"}) == ""
    assert differences({"a": {"x": "1", "y": "2", "z": "3"}}, {"a": {"x": "1", "y": "0"}}) == "a differs (y, z)"
    here = {f"t{number}": "1" for number in range(9)}
    assert differences(here, {"u": "1"}) == (
        "t0 is missing there; t1 is missing there; t2 is missing there; t3 is missing there; t4 is missing there and "
        "5 more"
    )
