"""Secrets are taken out in every form, and nothing else is."""

from __future__ import annotations

import base64
import json
import secrets as random_secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.exceptions import CassetteError
from pytest_agenttasks.scrub import Secrets, scrubbed
from tests.cassettes.helpers import answer, body, never, opened, record

VALUE = 'pa"ss/w ö+rd\\n1'
KEYS = [
    "sk-" + "a1B2" * 12,
    "sk-" + "abcdefgh" * 4,
    "sk-or-v1-" + "0123456789abcdef" * 4,
    "sk-ant-api03-" + "Ab1_" * 10,
    "csk-" + "k3" * 20,
    "AIza" + "Sy0-_" * 7,
    "gsk_" + "Z9" * 20,
    "ghp_" + "A1b2" * 9,
    "github_pat_" + "11AB_c" * 8,
    "xoxb-" + "123456789012-abc",
    "AKIA" + "ABCDEFGH12345678",
    "hf_" + "aBcD" * 8,
    "Bearer " + "abc123.def-456",
]
PROSE = [
    "task-driven-development-of-things",
    "the sk-learn-compatible-estimator-interface",
    "Bearer authentication is meant",
    "hf_hub_download(repo) and gsk_ and AKIA",
    "risk-assessment-2024-report-final",
    "Authorization: Bearer $OPENAI_API_KEY",
    "xoxo",
]


@pytest.mark.parametrize("key", KEYS)
def test_key_shapes(key: str) -> None:
    known = Secrets({})
    for text in (key, f"KEY={key}\n", f'{{"a": "{key}"}}', json.dumps(json.dumps({"a": f"x\n{key}"})), f"%3D{key}"):
        scrubbed = known.scrub(text)
        assert key.removeprefix("Bearer ") not in scrubbed
        assert "[scrubbed:key]" in scrubbed
        assert known.found(text) != []
        assert known.found(scrubbed) == []
        assert key not in str(known.found(text))


LONG_LINES = {
    "one long word, as minified JavaScript": '"+" + "1" * n + chr(10) + "("',
    "wrapped words": '("a" * 76 + chr(10)) * (n // 77) + "("',
    "space after a word": '"a" * 50 + chr(10) + " " * n + "("',
    "beginnings of keys": '"sk-" * (n // 3)',
    "beginnings of JSON Web Tokens": '"-eyJ" * (n // 4)',
}


@pytest.mark.parametrize("text", LONG_LINES.values(), ids=LONG_LINES)
def test_long_lines_take_no_time_to_speak_of(text: str) -> None:
    """A line of 500 kB would take from minutes to hours, were its time the square of its length."""
    code = f"from pytest_agenttasks.scrub import Secrets; n = 500_000; t = {text}; Secrets({{}}).scrub(t)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_wrapped_lines_after_a_long_word_are_still_found() -> None:
    """A secret that begins at any letter of what base64(1) wraps, and a long word right before it."""
    secret = "correct-horse-battery-staple"
    encoded = base64.b64encode(f"{'x' * 48}{secret}{'y' * 30}".encode()).decode()
    lines = [encoded[at : at + 76] for at in range(0, len(encoded), 76)]
    for end in ("\n", "\r\n", "\\n"):
        text = f"{'1' * 500}({end.join(lines)}{end}"
        assert "[scrubbed:MY_KEY]" in Secrets({"MY_KEY": secret}).scrub(text)


@pytest.mark.parametrize("text", PROSE)
def test_prose_stays(text: str) -> None:
    assert Secrets({}).scrub(text) == text
    assert Secrets({}).found(text) == []


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("OPENAI_API_KEY", True),
        ("apikey", True),
        ("GITHUB_TOKEN", True),
        ("DB_PASSWORD", True),
        ("PGPASSWD", True),
        ("AWS_CREDENTIALS", True),
        ("NPM_CONFIG__AUTH", True),
        ("CLIENT_SECRET_2", True),
        ("AWS_ACCESS_KEY_ID", True),
        ("GIT_AUTHOR_NAME", False),
        ("KEYBOARD", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("SSH_AUTH_SOCK", False),
        ("PATH", False),
    ],
)
def test_names(name: str, secret: bool) -> None:
    assert Secrets({name: "abcdefgh"}).found("-abcdefgh-") == ([name] if secret else [])


def test_short_values_are_words() -> None:
    assert Secrets({"MY_KEY": "seven77"}).scrub("seven77") == "seven77"


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        json.dumps(json.dumps(VALUE, ensure_ascii=False), ensure_ascii=False),
        *(base64.b64encode(f"{'u' * n}:{VALUE}!".encode()).decode() for n in range(4)),
        *(base64.urlsafe_b64encode(f"{'u' * n}:{VALUE}!".encode()).decode() for n in range(4)),
    ],
)
def test_forms_of_a_value(form: str) -> None:
    known = Secrets({"DB_PASSWORD": VALUE})
    assert known.found(f"a {form} b") == ["DB_PASSWORD"]
    assert "[scrubbed:DB_PASSWORD]" in known.scrub(f"a {form} b")
    assert known.found(known.scrub(f"a {form} b")) == []


def test_base64_of_any_value_at_any_place() -> None:
    for length in range(8, 24):
        value = random_secrets.token_urlsafe(32)[:length]
        known = Secrets({"A_KEY": value})
        for offset in range(6):
            assert known.found(base64.b64encode(b"x" * offset + value.encode() + b"tail").decode()) == ["A_KEY"]


def test_a_secret_that_contains_another_goes_as_a_whole() -> None:
    known = Secrets({"A_KEY": "abcdefgh", "B_KEY": "abcdefghijkl"})
    assert known.scrub("abcdefghijkl abcdefgh") == "[scrubbed:B_KEY] [scrubbed:A_KEY]"


def test_all_strings_of_a_json_value_and_nothing_but_them() -> None:
    known = Secrets({"SOME_KEY": "correct-horse-battery"})
    clean = {"a": [1, None, ("b", True)], "c": {"d": "correct-horse", "e": "-battery"}}
    assert scrubbed(clean, known.scrub) is clean
    held = {"say correct-horse-battery": ["sk-proj-0123456789abcdef", 2, {"f": ("Bearer 0123456789abcdef", "g")}]}
    assert scrubbed({**clean, **held}, known.scrub) == {
        "a": [1, None, ["b", True]],
        "c": {"d": "correct-horse", "e": "-battery"},
        "say [scrubbed:SOME_KEY]": ["[scrubbed:key]", 2, {"f": ["Bearer [scrubbed:key]", "g"]}],
    }


def test_nothing_secret_reaches_the_file_or_the_agent(tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    key, value = KEYS[2], "hunter2hunter2"
    environment = {"DB_PASSWORD": value}
    request = body(f"system {key}", f"user {value}", tools=[{"description": f"uses {value}"}], user=key)
    reply = Reply(200, {**answer(f"echo {value}").body, key: {"x": [f"{key}", value]}})
    with opened(path, "record", environment=environment, header={"task": f"t {value}"}) as cassette:
        recorded = cassette.ask(request, lambda _: reply)
        cassette.save()
    text = path.read_text()
    assert key not in text
    assert value not in text
    assert "[scrubbed:DB_PASSWORD]" in text
    assert "authorization" not in text.lower()
    for known in (environment, {}):
        with opened(path, "replay", environment=known, header={}) as cassette:
            asked = request if known else json.loads(json.dumps(request).replace(value, "[scrubbed:DB_PASSWORD]"))
            assert cassette.ask(asked, never) == recorded
    assert recorded.body["choices"][0]["message"]["content"] == "echo [scrubbed:DB_PASSWORD]"


def test_a_value_that_is_secret_only_where_it_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "t--m.yaml"
    with opened(path, "record") as cassette:
        cassette.ask(body("s", "say changeme123"), lambda _: answer("changeme123"))
        cassette.save()
    with opened(path, "replay", environment={"MY_TOKEN": "changeme123"}) as cassette:
        cassette.ask(body("s", "say changeme123"), never)


def test_a_file_that_would_hold_a_secret_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "tests-for--m.yaml"
    record(path, ["out"])
    before = path.read_bytes()
    # Split between name and value it is in no string, and yet in the file.
    environment = {"ODD_SECRET": "role: assistant", "SPLIT_KEY": "content: split"}
    with opened(path, "record", environment=environment) as cassette:
        cassette.ask(body("s", "split"), lambda _: answer())
        with pytest.raises(CassetteError, match=r"would hold secrets \(ODD_SECRET, SPLIT_KEY\)"):
            cassette.save()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
