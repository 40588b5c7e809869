"""Two hundred secrets, planted wherever a run meets text: none is in any file that the run writes, nor told."""

from __future__ import annotations

import base64
import html
import json
import random
import shlex
import string
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.e2e.project import Project, tool, turn_of
from tests.provider import Answer, Asked, Provider, completion

RANDOM = random.Random(4)
LETTERS = string.ascii_letters + string.digits
ODD = LETTERS + " /+=%&\"'\\<>$#ö€"
KINDS = ("API_KEY", "TOKEN", "DB_PASSWORD", "CLIENT_SECRET", "SMTP_PASS", "GITHUB_PAT", "SIGNING_KEY_2", "MYSQL_PWD")
SHAPES = {
    "sk-or-v1-": string.hexdigits[:16], "sk-ant-api03-": LETTERS, "AIza": LETTERS, "gsk_": LETTERS, "ghp_": LETTERS,
    "hf_": LETTERS, "xai-": LETTERS, "sk-proj-": LETTERS, "csk-": LETTERS, "glpat-": LETTERS,
}  # fmt: skip


def word(letters: str, length: int) -> str:
    """At least one digit and one letter, as in any key that was made by a machine."""
    return "a1" + "".join(RANDOM.choice(letters) for _ in range(length - 2))


def private_key() -> str:
    body = base64.b64encode(RANDOM.randbytes(200)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{textwrap.fill(body, 64)}\n-----END PRIVATE KEY-----\n"


ENVIRONMENT = {
    **{f"PLAIN{n}_{kind}": word(LETTERS, 12 + n) for n in range(8) for kind in KINDS},
    **{f"ODD{n}_{kind}": word(ODD, 14 + n) for n in range(8) for kind in KINDS},
    **{f"LONG{n}_TOKEN": word(LETTERS, 90 + n) for n in range(10)},
    **{f"PEM{n}_PRIVATE_KEY": private_key() for n in range(6)},
    **{f"DATABASE{n}_URL": f"postgres://me:{word(LETTERS, 20)}@db/{n}" for n in range(6)},
    "TEAM_ACCOUNT": word(LETTERS, 24),
    "PLAINLY_NAMED": word(LETTERS, 24),
}
"""TEAM_ACCOUNT is named by models.yaml, PLAINLY_NAMED by the ini."""

SHAPED = [prefix + word(letters, 40) for prefix, letters in SHAPES.items() for _ in range(5)]
"""Keys of nobody's environment."""


def secrets_of(name: str, value: str) -> list[str]:
    if name.endswith("_URL"):
        return [value.partition("//me:")[2].partition("@")[0]]
    if name.startswith("PEM"):
        return value.split("\n")[1:-2]
    return [value]


SECRETS = [*(secret for name, value in ENVIRONMENT.items() for secret in secrets_of(name, value)), *SHAPED]


def in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": in_json,
    "in JSON, not in ASCII": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "in JSON in JSON": lambda value: in_json(in_json(value)),
    "in a URL": lambda value: quote(value, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "by repr": lambda value: repr(value)[1:-1],
    "for a shell": shlex.quote,
    "in HTML": html.escape,
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "as basic authorization": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
}


def forms(value: str) -> Iterator[str]:
    """How it is planted: what is known by its shape only, as it is and in a URL."""
    yield from (form(value) for form in ((str, quote) if value in SHAPED else FORMS.values()))


def wrapped(value: str) -> str:
    """As base64(1) prints it."""
    return base64.encodebytes(f"user name:{value} and more that makes it long enough".encode()).decode()


def planted(secrets: list[str]) -> str:
    """The secrets in every form, between other words, and broken into lines."""
    lines = [f"{number}: {form} ;" for number, secret in enumerate(secrets) for form in forms(secret)]
    return "\n".join([*(f"wrapped:\n{wrapped(secret)}" for secret in secrets if secret not in SHAPED), *lines])


PLACES = 8


def part(place: int) -> str:
    """What is planted in a place: every eighth secret. All of them are in some place."""
    return planted(SECRETS[place::PLACES])


KNOWN = [(secret, {form.strip("'") for form in forms(secret)}) for secret in SECRETS]


def traces(text: str) -> list[str]:
    """Secrets that are in a text in whatever form."""
    joined = "".join(line.strip() for line in text.replace("\\n", "\n").splitlines())
    text = html.unescape(text) + text
    return [
        secret
        for secret, written in KNOWN
        if any(form in text for form in written) or _core(secret) in joined or secret in joined
    ]


def _core(secret: str) -> str:
    """What base64 makes of a secret in `wrapped`, without what its neighbours have a part in."""
    return base64.b64encode(f"user name:{secret}".encode()).decode().rstrip("=")[16:-2]


def test_what_is_planted_is_found_by_the_scan() -> None:
    assert len(SECRETS) >= 200
    assert len(set(SECRETS)) == len(SECRETS)
    assert traces("".join(map(part, range(PLACES)))) == SECRETS
    assert traces(wrapped(SECRETS[3])) == [SECRETS[3]]
    assert traces("nothing") == []


TASKS = """
    defaults: {limits: {steps: 9}}
    tasks:
    - id: good
      prompt: Do it.
      workspace: {from: ../src}
      artifacts: ["*.txt", "*.bin"]
      checks: [{files: out.txt}]
    - id: bad
      prompt: Do it.
      workspace: {from: ../src}
      checks:
      - contains: {file: out.txt, text: nothing of the kind}
      - command: cat given.txt; exit 3
    - id: built
      prompt: Do it.
      workspace: {from: ../src, setup: ["tail -c 3000 given.txt; exit 3"]}
      checks: [{files: out.txt}]
    - id: refused
      prompt: Refuse it.
      checks: [{files: out.txt}]
    - id: crash
      agent: crashing:agent
      prompt: Do it.
      checks: [{files: out.txt}]
"""

AGENT = """
    import logging
    from pathlib import Path

    TEXT = Path(__file__).with_name("src").joinpath("given.txt").read_text()

    def agent(task, workspace, session, limits):
        print(TEXT)
        logging.getLogger("agent").error(TEXT)
        session.complete([{"role": "user", "content": TEXT}])
        raise RuntimeError(TEXT)
"""

FIXTURE = """
    import pytest
    from crashing import TEXT

    @pytest.fixture(autouse=True)
    def broken(request):
        if request.node.name == "built":
            raise ValueError(TEXT)
"""


def answer_of(text: str) -> Answer:
    return completion(text)


@pytest.fixture
def planted_project(project: Project) -> Project:
    text = part(0)
    project.write("pytest.ini", "[pytest]\nagenttasks_secrets = PLAINLY_NAMED\npythonpath = .\n")
    project.write("tasks/t.yaml", TASKS)
    project.write("crashing.py", AGENT)
    project.write("src/given.txt", "").write_text(text)
    project.write("src/given.bin", "").write_bytes(b"\xff\xfe\x00" + text.encode())
    for name, value in ENVIRONMENT.items():
        project.setenv(name, value)
    return project


def play(asked: Asked) -> Answer:
    """A model that has seen everything, and tells it in every part of an answer."""
    last = str(asked.body["messages"][-1]["content"])
    headers = {f"x-secret-{n}": quote(secret) for n, secret in enumerate(SECRETS[:60])}
    if "Refuse" in str(asked.body["messages"]):
        return Answer(
            400, {"error": {"code": 400, "message": f"no, since {part(1)}", "metadata": {"raw": part(2)}}}, headers
        )
    if len(asked.body["messages"]) == 1:
        return Answer(200, completion(last).body, headers)
    turns = [
        [tool("bash", command="cat given.txt"), tool("read_file", path="given.txt")],
        [tool("bash", command=f"cat <<'EOF'\n{part(3)}\nEOF")],
        [
            tool("write_file", path="out.txt", content=part(4)),
            tool("bash", command="cp given.bin copy.bin; cat *.bin"),
        ],
        [tool("edit_file", path="given.txt", old="wrapped:", new=part(5)), tool("read_file", path=SHAPED[0])],
        [tool("finish", answer=part(6))],
    ]
    turn = turn_of(asked)
    told = completion(part(7), model=asked.body["model"], tool_calls=turns[turn])
    assert isinstance(told.body, dict)
    told.body["choices"][0]["message"]["reasoning"] = part(1)
    return Answer(200, {**told.body, "provider": part(2), "id": SHAPED[1]}, headers)


def written(project: Project) -> dict[str, str]:
    """Every file of the project but those that the test wrote."""
    given = {"src/given.txt", "src/given.bin", "crashing.py"}
    files = {str(one.relative_to(project.path)): one for one in project.path.rglob("*") if one.is_file()}
    return {name: one.read_bytes().decode("utf-8", "replace") for name, one in files.items() if name not in given}


def test_no_secret_is_written_or_told(planted_project: Project) -> None:
    project = planted_project
    summary = project.write("summary.md", "")
    project.setenv("GITHUB_STEP_SUMMARY", str(summary))
    with Provider(play) as provider:
        options = f"api_base: '{provider.base}', api_key_env: TEAM_ACCOUNT"
        project.write("models.yaml", f"presets: {{m: {{model: openrouter/t/m, {options}}}}}\nchain: [m]\n")
        recorded = project.record("tasks", "-rA", "-v")
    assert provider.asked[0].headers["authorization"] == f"Bearer {ENVIRONMENT['TEAM_ACCOUNT']}"
    recorded.assert_outcomes(passed=1, failed=1, errors=3)
    assert project.cassettes()
    live_files = written(project)
    replayed = project.pytest("tasks", "-rA", "-v", "-n2")
    replayed.assert_outcomes(passed=1, failed=1, errors=3)
    told = {
        f"{name} of the {what}": "\n".join(lines)
        for what, result in (("recording", recorded), ("replay", replayed))
        for name, lines in (("output", result.outlines), ("errors", result.errlines))
    }
    scanned = {
        **{f"{name}, after the recording": text for name, text in live_files.items()},
        **written(project),
        **told,
    }
    kinds = {Path(name.partition(",")[0]).name for name in scanned}
    assert kinds >= {"result.json", "trajectory.json", "changes.patch", "out.txt", "copy.bin", "gateway.log",
                     "junit.xml", "summary.md", "good--m.yaml", "bad--m.yaml"}  # fmt: skip
    assert {name: len(found) for name, text in scanned.items() if (found := traces(text))} == {}
    assert "[scrubbed:" in scanned["summary.md"] + scanned["junit.xml"]
