"""`agenttasks report` on real runs: every format, merged and compared, in a browser, and read by others' parsers."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_agenttasks.cli import main
from tests import node
from tests.cli import reported
from tests.e2e.project import Project
from tests.reports.told import EVIL

ROOT = Path(__file__).parents[2]
MADE: list[Path] = []


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, the current one, with `first/`, `killed/` and `nop/`, and what pytest said; made once in a process."""
    if not MADE:
        reported.make(Project(pytester, monkeypatch))
        kept = tmp_path_factory.mktemp("reported")
        reported.copy(pytester.path, kept)
        MADE.append(kept)
    reported.copy(MADE[0], pytester.path)
    return pytester.path


class Report:
    """The command."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints; it must end with this code."""
        self._capfd.readouterr()
        ended = main(["report", *arguments])
        told = "".join(self._capfd.readouterr())
        assert ended == code, told
        return told


@pytest.fixture
def report(runs: Path, capfd: pytest.CaptureFixture[str]) -> Report:
    return Report(capfd)


def test_text_tells_the_killed_run_first(report: Report) -> None:
    text = report("killed/")
    assert re.match(
        r"! run \S+ was killed after 0 of 3 tasks; unfinished: tasks/slow.yaml::slow0\n"
        r"! 3 tasks without a result, and so not passed: .*slow0 on first, .*slow1 on first, .*slow2 on first\n",
        text,
    )
    assert "3 tasks, none with a result" in text
    assert "5 tasks: 2 passed, 1 quota, 1 error, 1 failed" in report("first/")


def test_markdown_has_what_did_not_pass_before_the_table_of_all(report: Report) -> None:
    text = report("first/", "killed/", "--md")
    order = ["was killed", "2 passed, 1 failed, 1 error, 1 quota, 3 missing; passed of judged: 2 of 3", "### Missing",
             "### Not passed", "| outcome | task |"]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "<img" not in text.replace("\\<img", "")


def test_csv_and_json_have_a_row_for_each_task(report: Report) -> None:
    rows = {row["task"]: row for row in csv.DictReader(io.StringIO(report("first/", "killed/", "--csv"), newline=""))}
    document = json.loads(report("first/", "killed/", "--json"))
    tasks = {task["task"]: task for task in document["columns"][0]["tasks"]}
    statuses = {"answer": "passed", "limited": "passed", "wrong": "failed", "nobody": "error", "quota": "quota",
                "slow0": "missing", "slow1": "missing", "slow2": "missing"}  # fmt: skip
    assert {name: task["status"] for name, task in tasks.items()} == statuses
    assert set(rows) == set(statuses)
    assert rows["limited"]["limited"] == "1"
    assert rows["limited"]["served"] == "openrouter/test/second:free"
    states = [run["state"] for run in document["columns"][0]["runs"]]
    assert sorted(states) == ["ended", "killed"]


def test_two_agents_are_compared_by_task(report: Report) -> None:
    document = json.loads(report("--compare", "first/", "nop/", "--json"))
    changes = {one["task"].partition("::")[2]: one["change"] for one in document["changes"]}
    assert changes == {"answer": "worse", "limited": "other", "wrong": "same", "nobody": "other", "quota": "other"}
    assert [one["label"] for one in document["columns"]] == ["first", "nop"]
    text = report("--compare", "first/", "nop/")
    assert "worse  tasks/work.yaml::answer: passed → failed" in text
    assert "1 worse, 3 other, 1 same" in text
    assert "| worse | tasks/work.yaml::answer | passed: 2 calls, 240 tokens, " in report(
        "--compare", "first/", "nop/", "--md"
    )
    report("--compare", "first/", "nop/", "-o", "c.html")
    assert 'href="#t2-' in Path("c.html").read_text()


def test_junit_is_that_of_pytest(report: Report, runs: Path) -> None:
    """Same names, same outcomes, same properties; pytest itself wrote the other one, in the same run."""

    def cases(text: str) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
        found = {}
        for case in ET.fromstring(text.encode()).iter("testcase"):
            kind = next((one.tag for one in case if one.tag in ("failure", "error", "skipped")), "passed")
            properties = {p.get("name", ""): p.get("value", "") for p in case.iter("property")}
            found[case.get("classname", ""), case.get("name", "")] = kind, properties
        return found

    assert cases(report("first/", "--junit")) == cases((runs / "junit.xml").read_text())


def parsed_by(reader: str, file: Path) -> dict[str, int]:
    """Tests, failures and errors, as a parser of others reads them."""
    if reader == "junitparser":
        junitparser = pytest.importorskip("junitparser", reason="junitparser is not installed")
        xml = junitparser.JUnitXml.fromfile(str(file))
        kinds = [type(result).__name__ for suite in xml for case in suite for result in case.result]
        return {"tests": sum(len(list(suite)) for suite in xml), "failures": kinds.count("Failure"),
                "errors": kinds.count("Error")}  # fmt: skip
    modules = node.modules(reader)
    if reader == "junit2json":
        (path,) = modules.glob("junit2json/dist/esm/cli.js")
        suites = json.loads(node.run(path, file, cwd=file.parent))["testsuite"]
        suites = suites if isinstance(suites, list) else [suites]
        every = [case for suite in suites for case in suite.get("testcase", ())]
        return {"tests": len(every), "failures": sum("failure" in case for case in every),
                "errors": sum("error" in case for case in every)}  # fmt: skip
    told = node.run(modules / "xunit-viewer/bin/xunit-viewer.js", "-r", file, "-c", "--no-color", cwd=file.parent)
    counts = {
        name: int(number) for number, name in re.findall(r"(\d+) (passed|failure|error)\b", told.splitlines()[-2])
    }
    return {"tests": sum(counts.values()), "failures": counts["failure"], "errors": counts["error"]}


@pytest.mark.parametrize("reader", ["junitparser", "junit2json", "xunit-viewer"])
def test_parsers_of_others_read_the_report_and_pytests_own(reader: str, report: Report, runs: Path) -> None:
    report("first/", "killed/", "--junit", "-o", "report.xml")
    assert parsed_by(reader, runs / "report.xml") == {"tests": 8, "failures": 1, "errors": 5}
    assert parsed_by(reader, runs / "junit.xml") == {"tests": 5, "failures": 1, "errors": 2}


def test_the_page_in_a_browser(report: Report, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At two widths, light and dark, with scripts and without: all is there, nothing is loaded, nothing runs."""
    browser, modules = node.chromium(), node.modules("playwright-core")
    report("first/", "killed/", "-o", "page.html")
    monkeypatch.setenv("NODE_PATH", str(modules))
    script = ROOT / "tests/reports/browser.cjs"
    looks: list[dict[str, Any]] = json.loads(node.run(script, browser, (runs / "page.html").as_uri(), cwd=runs))
    for seen in looks:
        assert (seen["console"], seen["errors"], seen["requests"], seen["dialogs"]) == ([], [], [], 0)
        assert seen["tooWide"] == 0
        assert [status for status, _, _ in seen["tasks"]] == [
            "failed", "error", "quota", "missing", "missing", "missing", "passed", "passed",
        ]  # fmt: skip
        assert all(is_open and shown for _, is_open, shown in seen["tasks"])
        assert seen["drawn"] >= 10
        for words in (EVIL, "was killed", "rate_limited (429), moved on", "echo at work", "It was cut off", "By model",
                      "Passed of those that were judged: 2 of 3 (67 %)", "+42", "out.txt", "\\x1b[1m"):  # fmt: skip
            assert words in seen["text"]
    assert [seen["found"] for seen in looks[:2]] == [["tasks/work.yaml::answer"]] * 2
    assert all(seen["unchecked"] and "passed" not in seen["unchecked"] and seen["target"] for seen in looks[:2])
    assert looks[0]["colours"] == looks[1]["colours"][::-1] or looks[0]["colours"][0] != looks[1]["colours"][0]


def test_github_shows_them_in_the_task_file(runs: Path) -> None:
    """Of the live run, in which GITHUB_ACTIONS was set: on the line of the check, else of the task."""
    told = [line for line in (runs / "output.txt").read_text().splitlines() if line.startswith("::")]
    lines = (runs / "tasks/work.yaml").read_text().splitlines()
    found = [re.match(r"::error file=tasks/work.yaml,line=(\d+),title=(\w+)%3A (\w+)::", line) for line in told]
    shown = {one[3]: (one[2], lines[int(one[1]) - 1].strip()) for one in found if one}
    assert shown == {
        "wrong": ("failed", '- contains: {file: out.txt, text: "43"}'),
        "nobody": ("error", "- id: nobody"),
        "quota": ("quota", "- id: quota"),
    }
    assert len(told) == 3


def test_artifacts_are_copied(report: Report, runs: Path) -> None:
    told = report("first/", "--artifacts", "made")
    assert told == "3 artifacts copied to made\n"
    assert (runs / "made/tasks/work/answer--first/out.txt").read_text() == "42\n"
    (runs / "made/tasks/work/answer--first/out.txt").write_text("mine")
    told = report("first/", "--artifacts", "made", code=1)
    assert told == (
        "0 artifacts copied to made, 2 there already\n"
        "made/tasks/work/answer--first/out.txt: is there and differs; not replaced\n"
    )


REFUSED = {
    "nothing": "there is no run 'nothing'; the latest ones: none in ",
    "tasks/": "there is no run in tasks: neither a run.json nor results of tasks",
    "first/ -o report.txt": "-o report.txt: its ending names no format; give one of .html (--html), .md (--md)",
    "first/ --md -o no/such/folder.md": "no/such/folder.md cannot be written: No such file or directory",
    "first/ --md -o tasks": "tasks cannot be written: Is a directory",
    "--compare first/": "--compare needs two runs or more",
    "--compare first/ nop/ --artifacts made": "leave out --compare",
    "first/ --artifacts models.yaml": "models.yaml cannot be written: File exists",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_told_in_a_line(arguments: str, report: Report) -> None:
    told = report(*arguments.split(), code=2)
    assert told.startswith("agenttasks: ")
    assert told.count("\n") == 1
    assert REFUSED[arguments] in told


def test_a_job_can_end_red(report: Report) -> None:
    """The report is made all the same."""
    told = report("killed/", "--fail-on=missing", "-o", "all.csv", code=1)
    assert told == "written all.csv\n--fail-on missing: killed: 3 tasks missing\n"
    report("first/", "--fail-on=missing")
    told = report("first/", "--fail-on=any", "--csv", code=1)
    assert told.endswith("--fail-on any: first: 1 failed, 1 error, 1 quota\n")
    told = report("--compare", "first/", "killed/", "--fail-on=missing", "--artifacts=", code=1)
    assert "--fail-on missing: killed: 3 tasks missing\n" in told


def test_a_pipe_and_a_link_are_written_to(report: Report, runs: Path) -> None:
    link = runs / "link.csv"
    link.symlink_to(runs / "real.csv")
    report("first/", "-o", "link.csv")
    assert link.is_symlink()
    assert (runs / "real.csv").read_bytes() == report("first/", "--csv").encode()
    program = "from pytest_agenttasks.cli import main; main(['report', 'first/', '--junit', '-o', '/dev/stdout'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=runs)
    assert ET.fromstring(done.stdout).tag == "testsuites"


def shown_commands() -> list[str]:
    page = (ROOT / "docs/reports.md").read_text("utf-8")
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    return blocks.splitlines()


def test_the_commands_of_the_page_work(report: Report, runs: Path) -> None:
    """In a project with such a run, such shards, and two such branches."""
    base = runs / ".agenttasks/runs"
    base.mkdir(parents=True)
    (run,) = (runs / "first").iterdir()
    run.rename(base / "20261126-235410-9447")
    for name, to in (("killed", "shards"), ("nop", "main"), ("nop", "branch")):
        reported.copy(runs / name, runs / to)
    commands = shown_commands()
    assert len(commands) == 6
    for command in commands:
        report(*shlex.split(command)[2:])
    for name in ("report.html", "report.xml", "compare.html", "report.json", "made"):
        assert (runs / name).exists(), name


def test_the_columns_shown_are_those_of_the_code() -> None:
    from pytest_agenttasks.reports.csv_table import COLUMNS

    assert f"\n{','.join(COLUMNS)}\n" in (ROOT / "docs/reports.md").read_text("utf-8")
