"""The command as a whole: what it reads, writes, refuses and says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_agenttasks.cli import main
from pytest_agenttasks.cli.command import Refused
from pytest_agenttasks.cli.importing.draft import Draft
from pytest_agenttasks.cli.importing.writing import verify, write
from pytest_agenttasks.spec import load_tasks
from tests.cli.importing.conftest import DATA, Importer

PAGE = Path(__file__).parents[3] / "docs" / "import.md"
ONE = "prompt\nDo it.\n"
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"


def test_the_example_of_the_page(importer: Importer) -> None:
    blocks = {kind: text for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)
              if kind in ("csv", "text", "yaml")}  # fmt: skip
    told = importer(importer.source("prompts.csv", blocks["csv"]))
    assert told == blocks["text"]
    comment, _, tasks = importer.text("prompts").partition("tasks:\n")
    assert f"tasks:\n{tasks}" == blocks["yaml"]
    assert [line for line in told.splitlines()[3:-1] if f"# {line}\n" not in comment] == []


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "--help"])
    assert ended.value.code == 0
    assert "example: agenttasks import prompts.csv" in capsys.readouterr().out


def test_several_sources_of_all_kinds(importer: Importer) -> None:
    importer.source("a.csv", ONE)
    importer.source("b.jsonl", '{"prompt": "x"}')
    told = importer("a.csv", "b.jsonl", DATA / "first_system", DATA / "harbor/hello", "./a.csv")
    assert "44 tasks written to 8 files" in told
    assert told.count("a.yaml") == 2, "a source that is given twice is read once"


def test_a_folder_of_anything(importer: Importer) -> None:
    for name, text in {"a.csv": ONE, "b.txt": ONE, "c.json": '{\n "name": "package"\n}', ".d.csv": ONE}.items():
        importer.source(name, text)
    told = importer(".", code=1)
    assert importer.files() == ["tasks/a.yaml", "tasks/d.yaml"]
    assert "c.json: JSON, but neither a batch file nor one object a line" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope.csv"], "agenttasks: nope.csv: no such file or folder"),
        (["a.csv", "--to", "a.csv"], "agenttasks: --to a.csv: no folder, and none can be made: "),
        (["a.csv", "--to", "/proc/nope"], "agenttasks: --to /proc/nope: no folder, and none can be made: "),
        (["a.csv", "same/a.csv"], "a.csv and same/a.csv would both be written to tasks/a.yaml"),
    ],
)
def test_refused(importer: Importer, arguments: list[str], said: str) -> None:
    (importer.here / "same").mkdir()
    importer.source("a.csv", ONE)
    importer.source("same/a.csv", "prompt\nElse\n")
    told = importer(*arguments, code=2)
    assert said in told
    assert importer.files() == []


@pytest.mark.parametrize("name", ["empty", "b.bin"])
def test_sources_of_no_kind(importer: Importer, name: str) -> None:
    (importer.here / "empty").mkdir()
    importer.source("b.bin", b"\0\xff\xfe")
    importer.source("a.csv", ONE)
    told = importer(name, "a.csv", code=1)
    assert f"\n{name}: " in told
    assert importer.files() == ["tasks/a.yaml"], "the others are written"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("batches", "not JSON: "),
        ("harbor", "a file, and a task of Harbor is a folder with a task.toml"),
        ("jsonl", "no task could be made of it"),
    ],
)
def test_a_kind_that_is_forced_says_why_it_is_not(importer: Importer, kind: str, said: str) -> None:
    assert f"a.csv: {said}" in importer(importer.source("a.csv", ONE), "--from", kind, code=1)


class TestFiles:
    """What is on disk afterwards."""

    def test_a_file_that_is_there_is_left_alone(self, importer: Importer) -> None:
        (importer.here / "tasks").mkdir()
        (importer.here / "tasks/b.yaml").write_text("mine")
        importer.source("a.csv", ONE)
        importer.source("b.csv", ONE)
        told = importer("a.csv", "b.csv", code=2)
        assert told == "agenttasks: tasks/b.yaml is there already; nothing was written. --force replaces it\n"
        assert importer.files() == ["tasks/b.yaml"]
        importer("a.csv", "b.csv", "--force")
        assert [len(importer.tasks(name)) for name in "ab"] == [1, 1]

    def test_a_link_that_leads_nowhere_is_there_too(self, importer: Importer) -> None:
        (importer.here / "tasks").mkdir()
        (importer.here / "tasks/a.yaml").symlink_to("/nowhere")
        assert "is there already" in importer(importer.source("a.csv", ONE), code=2)

    def test_a_folder_in_its_place(self, importer: Importer) -> None:
        (importer.here / "tasks/a.yaml").mkdir(parents=True)
        assert "tasks/a.yaml is a folder" in importer(importer.source("a.csv", ONE), "--force", code=2)

    def test_somebody_else_is_faster(self, importer: Importer) -> None:
        draft = Draft(Path("a.csv"), "a", [{"id": "t", "prompt": "x"}])
        write(draft, "id: t\nprompt: x\n", Path("tasks"), force=False)
        with pytest.raises(Refused, match="made meanwhile by somebody else"):
            write(draft, "id: t\nprompt: x\n", Path("tasks"), force=False)
        assert importer.files() == ["tasks/a.yaml"], "no temporary file is left"

    @pytest.mark.parametrize(
        "text", ["id: t\nprompt: y\n", "id: t\npromt: x\n", "id: t\nprompt: x\nrepeat: 2\n", "tasks: [", "prompt: x"]
    )
    def test_what_would_not_load_as_it_was_meant_is_refused(self, text: str) -> None:
        draft = Draft(Path("a.csv"), "a", [{"id": "t", "prompt": "x"}])
        with pytest.raises(Refused, match="this is a mistake of agenttasks"):
            verify(draft, text)

    def test_a_dry_run_writes_nothing(self, importer: Importer) -> None:
        told = importer(importer.source("a.csv", ONE), "--dry-run")
        assert "--- tasks/a.yaml\n# 1 task from a.csv" in told
        assert "1 task would be written to 1 file" in told
        assert not (importer.here / "tasks").exists()

    @pytest.mark.parametrize("name", ["_a b.csv", ".a[1].csv", "ünï\n.csv", "...csv", "-.csv"])
    def test_odd_names(self, importer: Importer, name: str) -> None:
        importer.source(name, ONE)
        told = importer(f"./{name}")
        (file,) = importer.files()
        assert not file.startswith(("tasks/_", "tasks/."))
        assert len(load_tasks(importer.here / file)) == 1
        assert len(told.splitlines()) == 6

    def test_a_folder_that_looks_like_an_option(self, importer: Importer) -> None:
        told = importer(importer.source("a.csv", ONE), "--to=-a b")
        assert told.splitlines()[-1] == "next:  pytest './-a b/a.yaml' --collect-only"

    def test_the_schema_is_named_where_there_is_one(self, importer: Importer) -> None:
        (importer.here / "tasks").mkdir()
        (importer.here / "tasks/task.schema.json").write_text("{}")
        importer(importer.source("a.csv", ONE), "--to", "tasks/more")
        text = (importer.here / "tasks/more/a.yaml").read_text()
        assert text.startswith("# yaml-language-server: $schema=../task.schema.json\n")


def test_something_shaped_like_a_key_is_told_and_not_shown(importer: Importer) -> None:
    told = importer(importer.source("a.csv", f"prompt\n{KEY} is it\n"))
    assert "it holds something shaped like a key" in told
    assert KEY not in told


def test_a_broken_models_file_is_told(importer: Importer) -> None:
    importer.source("models.yaml", "chain: nope\n")
    assert "models.yaml:1:8: unknown preset 'nope'" in importer(importer.source("a.csv", ONE), code=2)
