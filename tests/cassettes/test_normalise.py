"""What varies is taken out of tool output; what means something stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_agenttasks.cassettes import VOLATILE, Normaliser, own_patterns
from pytest_agenttasks.exceptions import CassetteDriftError, CassetteError
from pytest_agenttasks.results import Json
from tests.cassettes.helpers import answer, body, never, opened

SAME = {
    "date and time": [
        ("at 2026-11-22T16:06:19Z.", "at 2025-01-02T03:04:05.123456+01:00."),
        ("2026-11-22 16:06:19,123 INFO", "2025-01-02 03:04:05,999 INFO"),
        ("--- a.py\t2026-11-22 16:06:19.000000000 +0000", "--- a.py\t2025-01-02 03:04:05.123456789 +0100"),
        ("-rw-r--r-- 1 u u 3 2026-11-22 16:06 a", "-rw-r--r-- 1 u u 3 2025-01-02 03:04 a"),
    ],
    "date of date(1), ctime and git log": [
        ("Sun Nov 22 16:06:19 UTC 2026", "Mon Jan  2 03:04:05 CEST 2025"),
        ("Date:   Sun Nov 22 16:06:19 2026 +0000", "Date:   Mon Jan 2 03:04:05 2025 -0500"),
    ],
    "date in `ls -l`": [
        ("x\n-rw-r--r-- 1 root root 35 Nov 22 15:59 a.py\n", "x\n-rw-r--r-- 1 root root 35 Jan  2  2025 a.py\n"),
        ("drwxr-xr-x 2 u u 4096 Nov 22 15:59 src", "drwxr-xr-x 2 u u 4096 Feb  1 00:00 src"),
    ],
    "last line of pytest": [
        ("===== 3 passed in 0.03s =====", "==== 3 passed in 12.34s ===="),
        ("=== 1 failed, 2 passed in 0.03s ===", "= 1 failed, 2 passed in 61.20s (0:01:01) ="),
    ],
    "duration": [
        ("3 passed in 0.03s", "3 passed in 61.99s (0:01:01)"),
        ("Ran 3 tests in 0.001s", "Ran 3 tests in 10.250s"),
    ],
    "line of `pytest --durations`": [("0.03s call     t.py::a", "1.25s call     t.py::a")],
    "line of `time`": [("real\t0m0.003s\nuser\t0m0.001s", "real\t1m2.030s\nuser\t0m9.999s")],
    "UUID": [("id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-0000-4000-8000-0000DEADBEEF")],
    "address of an object": [
        ("<A object at 0x7f3a2c1b4d60>", "<A object at 0x10e4b2f40>"),
        ("fault 0x7ffd1c2b3a40", "fault 0x5581aabbccdd"),
    ],
    "temporary path": [
        ("open /tmp/tmpab12_x/f.txt", "open /private/tmp/tmp.Zz9/f.txt"),
        ("at /tmp/pytest-of-root/pytest-3/test_a0", "at /tmp/pytest-of-ci/pytest-99/test_a0"),
        ('"/tmp/go-build1/b.o"', '"/tmp/go-build2345/b.o"'),
    ],
    "temporary path on macOS": [("/var/folders/ab/c_d12/T/tmpx/f", "/private/var/folders/zz/y/T/tmpq/f")],
    "port on this machine": [
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:43111/a"),
        ("localhost:80 [::1]:1", "localhost:8080 [::1]:65535"),
    ],
    "process id": [("pid 1234 PID: 1 pid=7", "pid 9 PID: 77777 pid=8")],
    "process id of a shell's job": [
        ("[1] 1234\n", "[1] 9\n"),
        ("[1]+ 1234 Running   sleep", "[1]+ 55 Running   sleep"),
    ],
    "platform in pytest's header": [
        ("platform linux -- Python 3.11.7, pytest-9.2.0, pluggy-1.6.0", "platform darwin -- Python 3.13.0, pytest-8.4"),
    ],
    "plugins in pytest's header": [("plugins: xdist-3.8.0, json-report-1.5\ncollected 1", "collected 1")],
    "folders in pytest's header": [
        ("rootdir: /a/b\ncachedir: .c", "rootdir: /c\ncachedir: /x/.cache"),
        ("rootdir: /a, configfile: x.toml", "rootdir: /b, configfile: x.toml"),
    ],
}

DIFFERENT = [
    ("3 passed", "4 passed"),
    ("3 passed in 0.03s", "4 passed in 0.03s"),
    ("===== 3 passed in 0.03s =====", "===== 4 passed in 0.03s ====="),
    ("-rw-r--r-- 1 u u 35 Nov 22 15:59 a", "-rw-r--r-- 1 u u 36 Nov 22 15:59 a"),
    ("-rw-r--r-- 1 u u 35 Nov 22 15:59 a", "-rwxr-xr-x 1 u u 35 Nov 22 15:59 a"),
    ("released 2026-11-22", "released 2026-11-23"),
    ("retry in 5 seconds", "retry in 6 seconds"),
    ("0xdeadbeef", "0xcafebabe"),
    ("hash 0xcbf29ce484222325", "hash 0xcbf29ce484222326"),
    ("example.org:80", "example.org:81"),
    ("/tmp/a/one.txt", "/tmp/a/two.txt"),
    ("/home/tmp/a", "/home/tmp/b"),
    ("plugins: [search]\n", "plugins: [tags]\n"),
    ("rapid 12", "rapid 13"),
    ("x = [1] 12 34", "x = [1] 13 34"),
    ("01:02:03", "01:02:04"),
    ("version 3.11.7", "version 3.11.8"),
]


def test_every_pattern_has_an_example() -> None:
    assert [row.name for row in VOLATILE] == list(SAME)
    assert all(row.reason for row in VOLATILE)


@pytest.mark.parametrize(("name", "one", "other"), [(n, a, b) for n, pairs in SAME.items() for a, b in pairs])
def test_the_same_in_tool_output(name: str, one: str, other: str) -> None:
    normalise = Normaliser()
    assert normalise(one) == normalise(other)
    assert normalise(normalise(one)) == normalise(one)
    row = next(row for row in VOLATILE if row.name == name)
    assert row.replace(one) != one or row.replace(other) != other
    assert normalise.replace(one) == one


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_still_different(one: str, other: str) -> None:
    assert Normaliser()(one) != Normaliser()(other)


def test_replacements_take_the_longest_and_whole_names() -> None:
    normalise = Normaliser([("/tmp/w1", "/workspace"), ("/tmp/w1/home", "~"), ("/gone", "")])
    assert normalise.replace("/tmp/w1/a /tmp/w12 /tmp/w1-b /tmp/w1.py /tmp/w1. /tmp/w1/home/x (/tmp/w1) /gone") == (
        "/workspace/a /tmp/w12 /tmp/w1-b /tmp/w1.py /workspace. ~/x (/workspace) "
    )
    assert normalise("/tmp/w1/a") == "/workspace/a"


def test_no_replacements() -> None:
    assert Normaliser([("", "x"), ("a", "a")]).replace("a b") == "a b"


def request(prompt: str, output: object, *, protocol: str = "tool") -> Json:
    asked = body("system", prompt)
    content = output if protocol == "tool" else f"[output of bash]\n{output}"
    extra = {"tool_call_id": "1"} if protocol == "tool" else {}
    asked["messages"].append({"role": protocol, "content": content, **extra})
    return asked


@pytest.mark.parametrize("protocol", ["tool", "user"])
def test_another_workspace_and_another_clock_are_the_same_request(tmp_path: Path, protocol: str) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record", replacements=[("/ws/one", "/workspace")]) as cassette:
        asked = request("work in /ws/one", "/ws/one/a: 3 passed in 0.03s", protocol=protocol)
        recorded = cassette.ask(asked, lambda _: answer("cd /ws/one"))
        cassette.save()
    assert recorded.body["choices"][0]["message"]["content"] == "cd /workspace"
    assert "/ws/one" not in path.read_text()
    with opened(path, "replay", replacements=[("/ws/two", "/workspace")]) as cassette:
        asked = request("work in /ws/two", "/ws/two/a: 3 passed in 7.77s", protocol=protocol)
        assert cassette.ask(asked, never) == recorded
        assert cassette.environment_drift == []


def test_content_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record") as cassette:
        cassette.ask(request("p", [{"type": "text", "text": "in 0.03s"}]), lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette:
        cassette.ask(request("p", [{"type": "text", "text": "in 0.04s"}]), never)
        assert cassette.environment_drift == []


@pytest.mark.parametrize(("one", "other"), [pair for pairs in SAME.values() for pair in pairs])
def test_a_prompt_keeps_all_of_it(tmp_path: Path, one: str, other: str) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record") as cassette:
        cassette.ask(body("s", one), lambda _: answer())
        cassette.save()
    with opened(path, "replay") as cassette, pytest.raises(CassetteDriftError):
        cassette.ask(body("s", other), never)


def test_a_number_in_a_prompt_is_never_taken_out(tmp_path: Path) -> None:
    """Not even by a pattern of the project: those are for tool output."""
    path, patterns = tmp_path / "t--m.yaml", {"number": (r"\d+", "<n>")}
    with opened(path, "record", patterns=patterns) as cassette:
        cassette.ask(request("raise it to 70 %", "3 files"), lambda _: answer())
        cassette.save()
    with opened(path, "replay", patterns=patterns) as cassette, pytest.raises(CassetteDriftError) as caught:
        cassette.ask(request("raise it to 75 %", "3 files"), never)
    assert "«75» %" in str(caught.value)


BUILDS = {"build": (r"build #\d+ of (\w+)", r"build #<n> of \1"), "seed": (re.compile("SEED=[0-9a-f]+", re.I), "seed")}


@pytest.mark.parametrize("protocol", ["tool", "user"])
def test_a_projects_own_patterns_hold_on_both_sides(tmp_path: Path, protocol: str) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record", patterns=BUILDS) as cassette:
        cassette.ask(request("p", "build #17 of shop\nseed=AF0", protocol=protocol), lambda _: answer())
        cassette.save()
    assert "build #<n> of shop" in path.read_text()
    with opened(path, "replay", patterns=BUILDS, drift="strict") as cassette:
        cassette.ask(request("p", "build #9999 of shop\nSeed=1", protocol=protocol), never)
    with opened(path, "replay", patterns=BUILDS) as cassette:
        cassette.ask(request("p", "build #17 of till\nseed=AF0", protocol=protocol), never)
        assert "recorded " in cassette.environment_drift[0]
        assert "«till»" in cassette.environment_drift[0]


def test_a_pattern_that_is_added_later_needs_no_new_recording(tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record") as cassette:
        cassette.ask(request("p", "build #17 of shop"), lambda _: answer())
        cassette.save()
    with opened(path, "replay", patterns=BUILDS, drift="strict") as cassette:
        cassette.ask(request("p", "build #18 of shop"), never)


def test_a_pattern_sees_what_the_cassette_shows(tmp_path: Path) -> None:
    """So that one can write it by what drift told: durations, times and the like are placeholders already."""
    normalise = Normaliser([], own_patterns({"timing": (r"took \d+ in <duration>", "took <some>")}))
    assert normalise("took 5 in 0.03s") == normalise("took 6 in 0.04s") == "took <some>"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("a", "b")], "must give a mapping of names to pairs of a pattern and what is put in its place; found list"),
        ({"x": "a"}, "must give a mapping of names to pairs of a pattern and what is put in its place; found 'a' for"),
        ({"x": ("a", 1)}, r"found \('a', 1\) for 'x'"),
        ({"x": (re.compile(b"a"), "b")}, "found .* for 'x'"),
        ({"x": ("(", "b")}, "'x' cannot be used: missing"),
        ({"x": ("a", r"\1")}, "'x' cannot be used: invalid group"),
    ],
)
def test_wrong_patterns_are_told(given: object, told: str) -> None:
    with pytest.raises(CassetteError, match=told):
        own_patterns(given)


@pytest.mark.parametrize("pair", [("a", "aa"), ("now", "pid 7")])
def test_a_pattern_that_would_not_settle_is_told(pair: tuple[str, str]) -> None:
    """What a cassette holds is normalised again when it is read: it must not change then."""
    normalise = Normaliser([], own_patterns({"odd": pair}))
    assert normalise("none here") == "none here"
    with pytest.raises(CassetteError, match="agent_normalise: 'odd' changes its own result"):
        normalise("a now")
