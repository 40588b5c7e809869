"""README and docs: what they show is tried here, and what they say of names, numbers and links is compared."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_agenttasks import cli
from pytest_agenttasks.agents import BUILT_IN, READY
from pytest_agenttasks.agents.limits import ANSWER_SECONDS
from pytest_agenttasks.agents.loop import PATIENCE
from pytest_agenttasks.agents.tools import COMMAND_SECONDS, SHOWN
from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes import Action, Drift, Normaliser, open_cassette
from pytest_agenttasks.checks.occurrences import SEARCHED
from pytest_agenttasks.checks.read_data import LARGEST
from pytest_agenttasks.exceptions import CassetteDriftError, TaskFileError
from pytest_agenttasks.gateway.learning import LONGEST_GUESS
from pytest_agenttasks.gateway.router import TRIES_PER_CALL, TRIES_PER_MODEL
from pytest_agenttasks.models import ModelsFile, load_models
from pytest_agenttasks.patches.git import NEEDED
from pytest_agenttasks.reports.properties import PREFIX, properties
from pytest_agenttasks.results import Outcome, TaskResult
from pytest_agenttasks.scrub import Secrets
from pytest_agenttasks.spec import Limits, load_tasks
from pytest_agenttasks.spec.check_options import BESIDE, FIELDS
from pytest_agenttasks.usage import JudgeUse
from pytest_agenttasks.workspace.recipe import SETUP_SECONDS
from pytest_agenttasks.workspace.snapshot import PATCH_FILE_BYTES
from pytest_agenttasks.workspace.source import LEFT_OUT
from pytest_agenttasks.workspace.tree import IGNORED
from pytest_agenttasks.yamlfile import DEEPEST
from tests.e2e.project import Project
from tests.make_docs import BLOCK, BLOCKS, PAGES, ROOT, filled, parser
from tests.provider import Answer, Asked, Provider, completion

FENCE = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
MODELS_KEYS = set(ModelsFile.model_fields)


@dataclass(frozen=True)
class Example:
    """A fenced block of a page."""

    page: Path
    line: int
    kind: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def examples(*kinds: str) -> list[Example]:
    return [one for page in PAGES for one in examples_of(page) if one.kind in kinds]


def examples_of(page: Path) -> Iterator[Example]:
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        yield Example(page, text.count("\n", 0, match.start("kind")) + 1, match["kind"], match["text"], match["file"])


def text_of(name: str) -> str:
    """A page in one line, so that a sentence is found wherever it is broken."""
    return " ".join((ROOT / name).read_text("utf-8").split())


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_made_from_the_code_are_up_to_date(page: Path) -> None:
    """If not: python -m tests.make_docs."""
    text = page.read_text("utf-8")
    assert filled(text) == text
    assert text.count("<!-- generated:") == len(BLOCK.findall(text))


def test_every_table_is_in_some_page() -> None:
    used = [name for page in PAGES for _, name, _ in BLOCK.findall(page.read_text("utf-8"))]
    assert sorted(used) == sorted(BLOCKS)


@pytest.mark.parametrize("example", examples("yaml"), ids=str)
def test_yaml_examples_load(example: Example, tmp_path: Path) -> None:
    """As a task file, as a list of checks, as models.yaml or as a workflow: nothing else is shown."""
    data = yaml.safe_load(example.text)
    file = tmp_path / "example.yaml"
    if isinstance(data, list):
        file.write_text("prompt: x\nchecks:\n" + "".join(f"  {line}\n" for line in example.text.splitlines()))
        (task,) = load_tasks(file)
        assert len(task.spec.checks) == len(data)
        return
    file.write_text(example.text, "utf-8")
    if set(data) <= MODELS_KEYS:
        load_models(file).check()
    elif "jobs" in data:
        assert [step for job in data["jobs"].values() for step in job["steps"]]
    else:
        assert load_tasks(file)


def test_the_checks_page_shows_every_check() -> None:
    shown = [one for example in examples("yaml") if isinstance(one := yaml.safe_load(example.text), list)]
    names = {name for checks in shown for check in checks for name in check}
    assert names - set(BESIDE) == set(FIELDS)


def test_workspace_folders_of_examples_exist() -> None:
    sources = re.findall(r"from: (\.\./[\w/]+)", "".join(page.read_text("utf-8") for page in PAGES))
    assert sources
    assert all((ROOT / "tasks" / source).is_dir() for source in sources)


def commands() -> list[tuple[str, list[str]]]:
    """Every command of a shell block, of a workflow and of inline code, as (place, words)."""
    found = [(str(example), line) for example in examples("sh") for line in example.text.splitlines()]
    for example in examples("yaml"):
        found += [(str(example), line) for line in re.findall(r"^ *- run: (.*)$", example.text, re.MULTILINE)]
    for page in PAGES:
        prose = FENCE.sub("", page.read_text("utf-8"))
        found += [(page.name, code) for code in re.findall(r"`((?:pytest|agenttasks|python -m) [^`]+)`", prose)]
    return [(place, shlex.split(part)) for place, line in found for part in line.split("&&")]


def plain(words: list[str]) -> list[str]:
    """Without variables before it, and the program without its folder."""
    words = [word for index, word in enumerate(words) if not (index == 0 and re.match(r"[A-Z_]+=", word))]
    words = words if not words or not re.match(r"[A-Z_]+=", words[0]) else plain(words)
    return [words[0].removeprefix(".venv/bin/"), *words[1:]]


def known_options() -> set[str]:
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(re.findall(r"(?<![\w-])--?[\w][\w-]*", told.stdout))


def test_commands_parse() -> None:
    known, choices = known_options(), dict(parser().options)
    seen = set()
    for place, given in commands():
        program, *arguments = plain(given)
        seen.add(program)
        if program == "pytest":
            for argument in arguments:
                name, _, value = argument.partition("=")
                if argument.startswith("-") and not re.fullmatch(r"-n ?\d+", argument):
                    assert name in known, f"{place}: {argument}"
                if value and "choices" in choices.get(name, {}):
                    assert value in choices[name]["choices"], f"{place}: {argument}"
        elif program == "agenttasks":
            parse_subcommand(place, arguments)
        elif program == "python" and arguments[0] == "-m":
            module = arguments[1].split(".")
            assert module[0] != "tests" or (ROOT / Path(*module)).with_suffix(".py").is_file(), f"{place}: {arguments}"
    assert {"pytest", "agenttasks", "python"} <= seen


def parse_subcommand(place: str, arguments: list[str]) -> None:
    for end in (">", "--"):
        arguments = arguments[: arguments.index(end)] if end in arguments else arguments
    try:
        cli._parser().parse_args(arguments)
    except (SystemExit, argparse.ArgumentError):
        pytest.fail(f"{place}: agenttasks {' '.join(arguments)}")


def test_options_in_prose_exist() -> None:
    known = known_options()
    ours = ("--agent", "--model-", "--no-model", "--reruns", "--only-rerun", "--rerun-except", "--maxschedchunk")
    for page in PAGES:
        for name in re.findall(r"(?<![\w-])--[a-z][\w-]*", page.read_text("utf-8")):
            assert not name.startswith(ours) or name in known, f"{page.name}: {name}"


def test_options_and_settings_are_all_in_the_readme() -> None:
    found, readme = parser(), (ROOT / "README.md").read_text("utf-8")
    assert len(found.options) >= 8
    assert [name for name, _ in found.options if f"`{name}" not in readme] == []
    assert [name for name, _, _ in found.settings if f"`{name}`" not in readme] == []
    prose = "".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"\bagenttasks_(?!log\b)\w+", prose))
    assert named <= {name for name, _, _ in found.settings} | {"agenttasks_log"}


TWO_COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/pytest tasks/ -n 5",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest tests/",
)


def test_the_two_commands_of_a_fresh_machine() -> None:
    blocks = [example.text for example in examples("sh") if example.page.name == "README.md"]
    assert [f"{command}\n" in blocks for command in TWO_COMMANDS] == [True, True]


def anchors(page: Path) -> set[str]:
    """Anchors of headings, as GitHub makes them."""
    prose = FENCE.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def test_files_named_in_prose_exist() -> None:
    for page in PAGES:
        for name in re.findall(r"`((?:tests|docs|\.github)/[\w./-]+)`", page.read_text("utf-8")):
            assert (ROOT / name).exists() or "*" in name, f"{page.name}: {name}"


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in readme] == []


def test_properties_are_all_in_the_ci_page() -> None:
    result = TaskResult("t", "f", 1, "s", "loop", "r", category="c", outcome=Outcome.FAILED, reason="r", requested="m",
                        served=["m"], purity="single", accounts=["a"], stopped="steps", environment_drift=["x"],
                        moved_on=["m: timeout"], recorded={"cost_usd": 0.0, "wait_s": 0.0},
                        resumed_from="r", unit="u", trial=1, judge=JudgeUse(["j"], ["j"], 1))  # fmt: skip
    shown = set(re.findall(rf"^\| `({re.escape(PREFIX)}[\w.]+)` \|", (ROOT / "docs/ci.md").read_text(), re.MULTILINE))
    assert shown == {name for name, _ in properties(result)}


def spelt(number: float) -> str:
    return f"{number:,.0f}"


NUMBERS = [
    ("docs/apply.md", f"Files above {PATCH_FILE_BYTES >> 20} MiB are in no patch"),
    ("docs/apply.md", f"It needs git {'.'.join(map(str, NEEDED))} or newer"),
    ("docs/models.md", f"asked at most {TRIES_PER_MODEL} times in a call"),
    ("docs/models.md", f"a call makes at most {TRIES_PER_CALL} attempts"),
    ("docs/models.md", f"up to {LONGEST_GUESS:.0f} seconds"),
    ("docs/faults.md", f"up to {LONGEST_GUESS:.0f} s."),
    ("docs/agents.md", f"command may take {COMMAND_SECONDS:.0f} seconds"),
    ("docs/agents.md", f"An attempt at a model gets at most {ANSWER_SECONDS:.0f} seconds"),
    ("docs/sandbox.md", f"{COMMAND_SECONDS:.0f} seconds a command of the built-in agent"),
    ("docs/agents.md", f"up to {spelt(SHOWN)} bytes or characters"),
    ("docs/agents.md", f"answers {['', 'once', 'twice', 'three times'][PATIENCE]} in a row without a tool"),
    ("docs/task-files.md", f"each at most {SETUP_SECONDS:.0f} seconds"),
    ("docs/checks.md", f"The first {SEARCHED // 2**20} MiB of a file are read"),
    ("docs/checks.md", f"more than {LARGEST // 2**20} MiB and more than {DEEPEST} levels are refused"),
    ("README.md", f"`steps` ({Limits().steps}), `seconds` ({Limits().seconds:.0f})"),
]


@pytest.mark.parametrize(("page", "sentence"), NUMBERS)
def test_numbers_are_those_of_the_code(page: str, sentence: str) -> None:
    assert sentence in text_of(page)


def test_lists_are_those_of_the_code() -> None:
    page = (ROOT / "docs/task-files.md").read_text("utf-8")
    copied = page.partition("**Not copied**")[2].partition(".gitignore")[0]
    assert LEFT_OUT | {"*.pyc", "*.pyo"} == set(re.findall(r"`([^`]+)`", copied)) - {"pyvenv.cfg", ""}
    counted = page.partition("do not count ")[2].partition("\n\n")[0]
    assert IGNORED | {"*.pyc"} == set(re.findall(r"`([^`]+)`", counted))
    agents = (ROOT / "docs/agents.md").read_text("utf-8")
    assert all(f"| `{name}` |" in agents for name in BUILT_IN)


def layers() -> list[set[str]]:
    """The picture of who may import whom, the lowest layer first."""
    picture = (ROOT / "docs/architecture.md").read_text("utf-8").partition("Who may import whom")[2].split("```")[1]
    return [set(re.findall(r"\w+", line)) for line in picture.removeprefix("text").strip().splitlines()]


def imported_by(part: str) -> set[str]:
    package = ROOT / "pytest_agenttasks"
    folder = package / part
    files = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return {module.split(".")[1] for module in modules if module.startswith("pytest_agenttasks.")} - {part}


def test_imports_go_the_way_of_the_picture() -> None:
    below: set[str] = set()
    for layer in layers():
        for part in layer:
            assert imported_by(part) <= below | layer, part
        below |= layer
    package = ROOT / "pytest_agenttasks"
    parts = {one.stem for one in package.iterdir() if one.suffix == ".py" or (one / "__init__.py").is_file()}
    assert below == parts - {"__init__"}


def test_messages_shown_are_those_that_are_told(tmp_path: Path) -> None:
    """The example of mistakes in the page on task files."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(MISTAKES, "utf-8")
    with pytest.raises(TaskFileError) as told:
        load_tasks(bad, "tasks/bad.yaml")
    shown = next(one.text for one in examples("text") if "tasks/bad.yaml:1" in one.text)
    assert [line for line in shown.splitlines() if line not in str(told.value).splitlines()] == []


MISTAKES = """\
defaults: {limits: {step: 5}}
tasks:
  - id: one
    promt: Write a file.
    priority: urgent
    checks:
      - coverage: {of: src/a.py, min: 120}
      - file: a.py
  - id: two
    matrix: {name: [a, b]}
    prompt: Write {{ nam }}.py
    tags: [skip]
"""


def asks(prompt: str, *, host: str) -> list[dict[str, Any]]:
    """Requests of a short conversation, in which a tool says the machine's name."""
    system, user = {"role": "system", "content": "s"}, {"role": "user", "content": f"{prompt}\n"}
    call = {"id": "1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    called = {"role": "assistant", "content": "", "tool_calls": [call]}
    output = {"role": "tool", "tool_call_id": "1", "content": f"2 data.txt\n{host}"}
    talks: list[list[dict[str, Any]]] = [[system, user], [system, user, called, output], [system, user, called]]
    return [{"model": "m", "messages": messages} for messages in talks]


def played(path: Path, action: Action, prompt: str, host: str, drift: Drift = "report") -> str:
    """Ask all of a conversation; what the first request that is not found, or environment drift, is told as."""
    about = {"header": {}, "normalise": Normaliser(), "secrets": Secrets({}), "drift": drift, "prompt": prompt}
    with open_cassette(path, action, **about) as cassette:  # type: ignore[arg-type]
        try:
            for body in asks(prompt, host=host):
                cassette.ask(body, lambda _: Reply(200, {"choices": [{"message": {"content": "x"}}]}))
        except CassetteDriftError as error:
            return str(error)
        cassette.save()
        return "\n".join(cassette.environment_drift)


def test_drift_is_told_as_shown(tmp_path: Path) -> None:
    path, lines = tmp_path / "t--m.yaml", "Count the lines of data.txt and write the number into out.txt."
    page = (ROOT / "docs/cassettes.md").read_text("utf-8")
    assert played(path, "record", lines, "sandbox") == ""
    told = played(path, "replay", lines.replace("lines", "words"), "sandbox")
    told += f"\n{played(path, 'replay', lines, 'vm', 'strict')}\n{played(path, 'replay', lines, 'vm')}"
    assert len(told.splitlines()) > 10
    assert [line for line in told.splitlines() if line not in page and not line.startswith("cassette: ")] == []


def shown_files(page: str) -> dict[str, str]:
    return {example.file: example.text for example in examples_of(ROOT / page) if example.file}


def squares(asked: Asked) -> Answer:
    """A model whose first program does not run."""
    turn = sum(message["role"] == "assistant" for message in asked.body["messages"])
    programs = ["print(1 / 0)\n", "for n in (1, 2, 3):\n    print(n * n)\n"]
    return completion(programs[turn], model=asked.body["model"])


def test_the_python_agent_works_as_shown(project: Project) -> None:
    """Recorded and replayed, in a task file and in a Python test, with the fixture of the page."""
    files = shown_files("docs/agents.md")
    assert set(files) == {"my_agents.py", "tasks/squares.yaml", "pytest.ini", "conftest.py", "test_squares.py"}
    for name, text in files.items():
        project.write(name, text)
    with Provider(squares) as provider:
        project.models(provider)
        project.record("tasks", "test_squares.py").assert_outcomes(passed=2)
    result = project.pytest("tasks", "test_squares.py", "-n2", "-v")
    result.assert_outcomes(passed=2)
    replayed: dict[str, Any] = project.results()
    assert {one["calls"] for one in replayed.values()} == {2}
    assert replayed["squares"]["changed"] == ["answer.py"], "the rules came with the task"
    assert "[output of python]" in project.told("squares")[1]


def test_the_program_works_as_shown(project: Project) -> None:
    """Recorded and replayed, in the sandbox where there is one."""
    files = shown_files("docs/programs.md")
    assert set(files) == {"agents/one_file.py", "tasks/squares.yaml"}
    for name, text in files.items():
        project.write(name, text)
    with Provider(squares) as provider:
        project.models(provider)
        project.record("tasks").assert_outcomes(passed=1)
    project.pytest("tasks", "-n2").assert_outcomes(passed=1)
    replayed = project.results()["squares"]
    assert (replayed["agent"], replayed["calls"], replayed["environment_drift"]) == ("one-file", 2, [])


def test_results_are_brought_home_as_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in shown_files("docs/apply.md").items():
        project.write(name, text)
    shutil.copytree(ROOT / "examples/shop", project.path / "examples/shop")
    for command in ("init -q", "add .", "-c user.name=n -c user.email=e@example.invalid commit -q -m one"):
        subprocess.run(["git", *command.split()], cwd=project.path, check=True)
    project.pytest("tasks/shop.yaml", "-n2").assert_outcomes(passed=3)
    monkeypatch.chdir(project.path)
    capsys.readouterr()
    assert cli.main(["apply"]) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("run ")]
    (shown,) = [one.text.splitlines() for one in examples_of(ROOT / "docs/apply.md") if one.kind == "text"]
    assert told == shown
    assert "License" not in (project.path / "examples/shop/README.md").read_text("utf-8")


def test_programs_that_are_known_by_name_are_in_their_page() -> None:
    page = (ROOT / "docs/programs.md").read_text("utf-8")
    for name, ready in READY.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` "))
        assert f"`{ready.install}` | {ready.tried} |" in row


def test_the_vcrpy_lines_of_the_cassettes_page_run() -> None:
    (program,) = [example.text for example in examples("python") if "use_cassette" in example.text]
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'code': 200" in done.stdout


def test_python_examples_compile() -> None:
    for example in examples("python"):
        compile(example.text, str(example), "exec")


def test_the_changelog_has_the_version() -> None:
    from pytest_agenttasks import __version__

    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
