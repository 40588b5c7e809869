"""Rows of CSV and JSON as tasks."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from pytest_agenttasks.spec import SolutionSpec
from tests.cli.importing.conftest import Importer


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


class TestCsv:
    """Tables, as spreadsheets and people write them."""

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_delimiters_encodings_and_ends_of_lines(
        self, importer: Importer, delimiter: str, encoding: str, end: str
    ) -> None:
        rows = [["ID", "Prompt", "Title"], ["a", '"Grüße, ""you""; \U0001f600\nand | more\t"', "T"]]
        text = "".join(delimiter.join(row) + end for row in rows)
        (task,), _ = importer.of("x.csv", text.encode(encoding))
        assert (task.name, task.spec.title) == ("a", "T")
        assert task.spec.prompt == 'Grüße, "you"; \U0001f600\nand | more\t'

    def test_another_encoding_is_told_and_can_be_said(self, importer: Importer) -> None:
        source = importer.source("x.csv", "prompt\nGrüße\n".encode("cp1252"))
        assert "x.csv: not utf-8 (byte 9)" in importer(source, code=1)
        importer(source, "--encoding=cp1252")
        assert importer.tasks("x")[0].spec.prompt == "Grüße"

    @pytest.mark.parametrize("name", ["nope", "base64"])
    def test_an_encoding_that_is_none(self, importer: Importer, name: str) -> None:
        told = importer(importer.source("x.csv", "prompt\nx\n"), "--encoding", name, code=2)
        assert told.startswith(f"agenttasks: --encoding {name}: no encoding of text")

    def test_every_key_of_a_task(self, importer: Importer) -> None:
        header = "prompt;id;title;category;priority;tags;agent;model;steps;limits.seconds;tokens;limits_cost_usd;" \
            "repeat;artifacts;checks;solution;files;setup;network"  # fmt: skip
        row = 'P;i;T;Code gen;P1;"a, b|c c";oracle;gemini-flash, free;5;2.5;10;0.5;2;out/*;"{files: a}";true;' \
            '{a.py: x};true || false;true'  # fmt: skip
        (task, second), told = importer.of("x.csv", f"{header}\n{row}\n")
        spec = task.spec
        assert second.name == "i[trial2]"
        assert (spec.title, spec.category, spec.priority, spec.tags) == ("T", "code_gen", "high", ["a", "b", "c_c"])
        assert (spec.agent.name, spec.model, spec.repeat) == ("oracle", ["gemini-flash", "free"], 2)
        assert spec.limits.model_dump() == {"steps": 5, "seconds": 2.5, "tokens": 10, "cost_usd": 0.5}
        assert (spec.artifacts, spec.solution, len(spec.checks)) == (["out/*"], SolutionSpec(run="true"), 1)
        assert spec.workspace.model_dump() == {
            "from_": None, "git": None, "files": {"a.py": "x"}, "setup": ["true || false"], "network": True,
        }  # fmt: skip
        assert "not carried over" not in told

    def test_a_folder_beside_the_source(self, importer: Importer) -> None:
        (importer.here / "deep/data").mkdir(parents=True)
        importer(importer.source("deep/x.csv", "prompt,from\na,data\nb,nowhere\n"))
        found = [task.spec.workspace.from_ for task in importer.tasks("x")]
        assert found == ["../deep/data", "nowhere"]
        assert (importer.here / "tasks" / found[0] if found[0] else importer.here).is_dir()

    def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_taken(self, importer: Importer) -> None:
        text = (
            "id,prompt,priority,steps,checks,model,agent,mood\n"
            'a,"two\nlines",bogus,many,"[{files: x}, {nope: y}]",gpt-99,nobody,good\n'
            "\n,,,,,,,\n"
            "a,again,,,,,,\n"
            "b,,low,,,,,\n"
            "c,one,,,,,,,too many\n"
        )
        tasks, told = importer.of("x.csv", text)
        assert [task.name for task in tasks] == ["a", "a-2"]
        assert [check.name for check in tasks[0].spec.checks] == ["files"]
        for said in (
            "priority: found 'bogus' (text), expected 'critical', 'high', 'normal' or 'low' (line 2)",
            "steps: found 'many' (text), expected a whole number (line 2)",
            "checks: unknown key 'nope'; known: files",
            "model: unknown preset 'gpt-99'",
            "agent: unknown agent 'nobody'",
            "the column 'mood': no task has such a key (line 2)",
            "a row without a prompt (line 7)",
            "a row with more cells than the header (8)",
            "the id 'a' is there twice: the second is 'a-2' (line 6)",
        ):
            assert said in told

    def test_a_cell_of_any_length(self, importer: Importer) -> None:
        (task,), _ = importer.of("x.csv", f"prompt\n{'x' * 300_000}\n")
        assert len(task.spec.prompt) == 300_000

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("prompt,id\n", "no task could be made of it"),
            ('prompt,id\n"never ends,a\n', "not CSV: unexpected end of data"),
            ("text,label\na,b\n", "of no kind that is known"),
            ("", "of no kind that is known"),
        ],
    )
    def test_tables_that_give_nothing(self, importer: Importer, text: str, said: str) -> None:
        assert f"x.csv: {said}" in importer(importer.source("x.csv", text), code=1).replace("line 2: ", "")
        assert importer.files() == []

    def test_a_column_is_asked_for_by_its_names(self, importer: Importer) -> None:
        told = importer(importer.source("x.csv", "text,label\na,b\n"), "--from=csv", code=1)
        assert "no column for the prompt: found 'text', 'label', expected one of prompt, instruction" in told

    def test_a_matrix_would_need_templates(self, importer: Importer) -> None:
        _, told = importer.of("x.csv", "prompt;matrix\n{{ a }};{a: [1]}\n")
        assert "the column 'matrix': braces are carried over as plain text" in told

    def test_a_column_that_is_there_twice(self, importer: Importer) -> None:
        (task,), told = importer.of("x.csv", "prompt,prompt\na,b\n")
        assert task.spec.prompt == "a"
        assert "a second column 'prompt' (line 2)" in told


class TestJson:
    """Objects, as benchmarks and evaluations have them."""

    @pytest.mark.parametrize("text", [lines({"prompt": "a"}, {"prompt": "b"}), '[{"prompt": "a"},\n {"prompt": "b"}]'])
    def test_lines_or_a_list(self, importer: Importer, text: str) -> None:
        tasks, _ = importer.of("x.jsonl", text)
        assert [(task.name, task.spec.prompt) for task in tasks] == [("x-1", "a"), ("x-2", "b")]

    @pytest.mark.parametrize(
        ("row", "prompt", "name"),
        [
            ({"question": "Q", "task_id": 7}, "Q", "7"),
            ({"problem_statement": "P", "instance_id": "a__b-1"}, "P", "a__b-1"),
            ({"instruction": "I", "input": "in", "name": "n"}, "I\n\nin", "n"),
            ({"Input": "I", "uid": "x[1]"}, "I", "x-1"),
            ({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]}, "S\n\nU", "x-1"),
        ],
    )
    def test_names_that_others_use(self, importer: Importer, row: Any, prompt: str, name: str) -> None:
        (task,), told = importer.of("x.jsonl", lines(row))
        assert (task.spec.prompt, task.name) == (prompt, name)
        assert "is taken for the prompt" in told

    @pytest.mark.parametrize(
        "value", [5, {"a": 1}, ["x"], [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}], " \n"]
    )
    def test_what_is_no_prompt(self, importer: Importer, value: Any) -> None:
        tasks, told = importer.of("x.jsonl", lines({"prompt": "a"}, {"prompt": value}))
        assert len(tasks) == 1
        assert "(line 2)" in told

    def test_lines_that_are_no_objects(self, importer: Importer) -> None:
        tasks, told = importer.of("x.jsonl", lines({"prompt": "a\u2028b"}) + "oops\n[1]\n\n" + "[" * 100_000 + "\n")
        assert [task.spec.prompt for task in tasks] == ["a\u2028b"]
        assert "not JSON: Expecting value" in told
        assert "expected a JSON object of names and values (line 3)" in told
        assert "(line 5)" in told

    def test_workspaces(self, importer: Importer) -> None:
        rows: list[Any] = [
            {"prompt": "p", "workspace": one} for one in ({"git": {"ref": "v1"}}, "data", {"from": "a", "git": 1})
        ]
        rows.append({"prompt": "p", "git": "v2", "files": ["a.py"]})
        tasks, told = importer.of("x.jsonl", lines(*rows))
        found = [(one.spec.workspace.from_, one.spec.workspace.git and one.spec.workspace.git.ref) for one in tasks]
        assert found == [(None, "v1"), ("data", None), (None, None), (None, "v2")]
        assert "files: files are given by name and content" in told

    def test_rows_work_in_nothing_unless_it_is_said(self, importer: Importer) -> None:
        (task,), _ = importer.of("x.jsonl", lines({"prompt": "p"}))
        assert task.spec.workspace.from_ is None
        importer("x.jsonl", "--workspace=folder", "--force")
        assert importer.tasks("x")[0].spec.workspace.from_ == ".."


class TestAnswers:
    """The answer that a row expects."""

    def test_it_is_told_that_nothing_checks_it(self, importer: Importer) -> None:
        (task,), told = importer.of("x.jsonl", lines({"question": "1+1?", "target": "2"}))
        assert (task.spec.checks, task.spec.tags) == ([], ["unjudged"])
        assert "the answer that the column 'target' expects: checks look at files; --answer-file FILE" in told

    @pytest.mark.parametrize("answer", ["2", 2, "it's\n$(touch no) {{ x }}", "ünï", ["a"]])
    def test_it_is_compared_with_a_file(self, importer: Importer, answer: Any) -> None:
        (task,), _ = importer.of("x.jsonl", lines({"question": "?", "answer": answer}), "--answer-file=out dir/a.txt")
        assert task.spec.prompt == "?\n\nWrite the answer, and nothing else, into `out dir/a.txt`.\n"
        command = task.spec.checks[0].options.model_dump()["run"]
        file = importer.here / "out dir/a.txt"
        file.parent.mkdir()
        text = answer if isinstance(answer, str) else json.dumps(answer)
        for content, code in ((f"{text}\n", 0), (f"{text}x", 1)):
            file.write_text(content, "utf-8")
            assert subprocess.run(["bash", "-c", command], cwd=importer.here, check=False).returncode == code
        assert not os.path.lexists("no")

    @pytest.mark.parametrize("file", ["../a", "/a", "-a"])
    def test_a_file_that_is_none_of_the_workspace(self, importer: Importer, file: str) -> None:
        told = importer(importer.source("x.csv", "prompt\nx\n"), f"--answer-file={file}", code=2)
        assert "expected a path in the workspace" in told
