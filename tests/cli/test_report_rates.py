"""Rates in reports on a real run of two models over repeated tasks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pytest_agenttasks.cli import main
from tests import node
from tests.cli import reported
from tests.e2e.project import WRITES, Project, plays, tool, turn_of
from tests.provider import Answer, Asked, Json, Provider

TASKS = """
defaults: {repeat: 4, checks: [{contains: {file: out.txt, text: "42"}}]}
tasks:
  - {id: easy, category: simple, prompt: EASY}
  - {id: lucky, category: simple, prompt: LUCKY}
  - {id: hard, category: hard, prompt: HARD}
  - {id: broken, category: hard, prompt: BROKEN}
"""

ROOT = Path(__file__).parents[2]
MADE: list[Path] = []
FAILS = plays([tool("write_file", path="out.txt", content="41")], [tool("finish", answer="done")])


class Models:
    """`good` does all but what is broken; `poor` fails what is hard, and what is lucky every second time."""

    def __init__(self) -> None:
        self.begun = 0

    def __call__(self, asked: Asked) -> Answer:
        text = " ".join(str(message.get("content")) for message in asked.body["messages"])
        if "BROKEN" in text:
            return Answer(400, {"error": {"code": 400, "message": "no such thing"}})
        if "good" in asked.body["model"] or "EASY" in text:
            return WRITES(asked)
        self.begun += "LUCKY" in text and not turn_of(asked)
        return FAILS(asked) if "HARD" in text or self.begun % 2 else WRITES(asked)


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The current folder, with `poor/` and `good/`: a run of each model; made once in a process."""
    if not MADE:
        project = Project(pytester, monkeypatch)
        project.write("tasks/work.yaml", TASKS)
        with Provider(Models()) as provider:
            project.models(provider, "poor", "good")
            for name in ("poor", "good"):
                project.live("tasks", "-n0", f"--model-preset={name}", "--no-model-rotation")
                reported.keep_as(project, name)
        kept = tmp_path_factory.mktemp("rates")
        reported.copy(pytester.path, kept)
        MADE.append(kept)
    reported.copy(MADE[0], pytester.path)
    return pytester.path


@pytest.mark.usefixtures("runs")
class TestReports:
    """Of both runs, compared and taken together."""

    @pytest.fixture(autouse=True)
    def _told(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def report(self, *arguments: str) -> str:
        self._capfd.readouterr()
        assert main(["report", *arguments]) == 0
        return self._capfd.readouterr().out

    def test_text_of_one_run(self) -> None:
        text = self.report("poor/")
        lines = [" ".join(line.split()) for line in text.splitlines()]
        assert "all 6 of 12 trials 50 % 13 to 87 % 67 % 33 % 4 error" in lines
        assert "flaky, passed at times and at times not: lucky (2 of 4)" in lines
        note = "pass@4: one of 4 trials passes; pass^4: all do; over tasks with 4 counted trials or more"
        assert note in " ".join(lines), "it may be wrapped"

    def test_text_of_both_compares_the_models(self) -> None:
        text = " ".join(self.report("poor/", "good/").split())
        assert "good against poor: not enough tasks to tell: over 3 tasks no number of trials can; it takes 6" in text
        assert "over 3 tasks (12 and 12 trials), p = 0.50" in text

    def test_columns_are_compared_by_task(self) -> None:
        text = self.report("--compare", "poor/", "good/")
        assert "better   tasks/work.yaml::hard: 0 of 4 passed → 4 of 4 passed" in text
        assert "unclear  tasks/work.yaml::lucky: 2 of 4 passed → 4 of 4 passed" in text
        assert "1 better, 1 unclear, 1 other, 1 same" in text
        assert "good against poor: not enough tasks to tell" in text
        document = json.loads(self.report("--compare", "poor/", "good/", "--json"))
        assert document["compared"][0]["tasks"] == 3
        hard = next(one for one in document["changes"] if one["task"].endswith("::hard"))
        assert (hard["trials"], hard["statuses"]) == ([{"failed": 4}, {"passed": 4}], [None, None])

    def test_json_agrees_with_the_rows_of_the_table(self) -> None:
        """Each number again, from the CSV: what was judged, and not left out."""
        document: Json = json.loads(self.report("poor/", "good/", "--json"))
        rates = document["columns"][0]["rates"]
        rows = list(csv.DictReader(io.StringIO(self.report("poor/", "good/", "--csv"), newline="")))
        assert len(rows) == 32
        for group in rates["by_preset"]:
            mine = [row for row in rows if row["preset"] == group["name"]]
            counted = [row["status"] for row in mine if not row["left_out"]]
            assert (group["counted"], group["passed"]) == (len(counted), counted.count("passed"))
            assert group["left_out"] == {"error": len(mine) - len(counted)}
        assert {row["trial_of"] for row in rows} == {"easy", "lucky", "hard", "broken"}
        assert sorted(row["trial"] for row in rows) == sorted("1234" * 8)

    def test_markdown_and_the_page_have_the_table(self) -> None:
        text = self.report("poor/", "good/", "--md")
        assert "### Rates" in text
        assert "| good | 12 of 12 trials | 100 % | 44 to 100 % | 100 % | 100 % | 4 error |" in text
        self.report("poor/", "good/", "-o", "page.html")
        page = Path("page.html").read_text()
        assert all(words in page for words in ("<h3>Rates</h3>", "<h3>Tasks by model</h3>", 'class="interval"'))

    def test_the_page_in_a_browser(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """At two widths, light and dark, with scripts and without: the tables fit, and intervals are drawn."""
        browser, modules = node.chromium(), node.modules("playwright-core")
        monkeypatch.setenv("NODE_PATH", str(modules))
        for name, arguments in {"both": ("poor/", "good/"), "compared": ("--compare", "poor/", "good/")}.items():
            self.report(*arguments, "-o", f"{name}.html")
            page = Path(f"{name}.html").resolve()
            for seen in json.loads(
                node.run(ROOT / "tests/reports/browser.cjs", browser, page.as_uri(), cwd=page.parent)
            ):
                assert (seen["console"], seen["errors"], seen["requests"], seen["tooWide"]) == ([], [], [], 0)
                assert "not enough tasks to tell" in seen["text"]
                assert seen["intervals"] >= 2
