"""Quotas, accounts and prices of models.yaml: who gets which."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.models import Account, Limit, Models, Price, Quota, load_models
from pytest_agenttasks.models.presets import DAY

Read = Callable[[str], Models]

FREE = Quota("openrouter-free", "account", (Limit(20, 60.0),))
PRESETS = """
presets:
  fast: groq/llama
  slow: groq/kimi
  own: {model: groq/own, api_key_env: OWN_KEY}
  there: {model: groq/llama, api_base: "http://127.0.0.1:8000/v1"}
  keyed: {model: openai/x, api_base: "http://127.0.0.1:8000/v1", api_key_env: THERE_KEY}
  other: openai/x
  priced: {model: openai/y, price: {prompt: 0.15, completion: 6}}
  gratis: {model: openai/z, price: {prompt: 0, completion: 0}}
chains: {both: [fast, there], ids: [groq/mixtral, inner], inner: [slow], own: [fast]}
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> Models:
        file = tmp_path / "models.yaml"
        file.write_text(PRESETS + text, "utf-8")
        return load_models(file)

    return read


def quotas(models: Models, name: str) -> list[str]:
    return [quota.name for quota in models.find(name).quotas]


def accounts(models: Models, name: str) -> list[str]:
    return [account.name for account in models.find(name).accounts]


LIMITS = {
    "rpm: 30": [Limit(30, 60.0)],
    "rpd: 50": [Limit(50, DAY, "UTC")],
    "rpd: 50, reset: UTC": [Limit(50, DAY, "UTC")],
    "rpd: 50, reset: America/Los_Angeles": [Limit(50, DAY, "America/Los_Angeles")],
    "requests: 10, seconds: 2": [Limit(10, 2.0)],
    "requests: 1, seconds: 0.5": [Limit(1, 0.5)],
    "rpd: 1000, seconds: 1, rpm: 30, requests: 2": [Limit(30, 60.0), Limit(2, 1.0), Limit(1000, DAY, "UTC")],
}


@pytest.mark.parametrize("written", LIMITS)
def test_each_way_to_write_a_limit(written: str, read: Read) -> None:
    models = read(f"quotas: {{q: {{presets: [fast], {written}}}}}")
    assert models.find("fast").quotas == (Quota("q", "account", tuple(LIMITS[written])),)


@pytest.mark.parametrize(("written", "scope"), [("", "account"), ("scope: account,", "account"),
                                                ("scope: model,", "model")])  # fmt: skip
def test_a_quota_is_the_accounts_unless_it_is_each_models(written: str, scope: str, read: Read) -> None:
    assert read(f"quotas: {{q: {{presets: fast, {written} rpm: 1}}}}").find("fast").quotas[0].scope == scope


COVERED = {
    "fast": "fast",
    "there": "there",
    "[there, own]": "own there",
    "both": "fast there",
    "ids": "slow groq/mixtral",
    "groq/llama": "fast groq/llama",
    "'groq/*'": "fast slow own groq/mixtral groq/llama groq/new/er",
    "'groq/l*'": "fast groq/llama",
    "'groq/*a'": "fast groq/llama",
    "'groq/*/er'": "groq/new/er",
    "'groq/*.r'": "",
    "['groq/k*', other]": "slow other",
    "keyed": "keyed",
    "openai/x": "other openai/x",
    "'openai/*'": "other openai/x",
    "['mistral/*']": "",
}


@pytest.mark.parametrize("written", COVERED)
def test_whom_names_chains_ids_and_patterns_cover(written: str, read: Read) -> None:
    """Patterns and ids: only what goes to the provider's own server. Names: whatever they name, presets first."""
    models = read(f"quotas: {{q: {{presets: {written}, rpm: 1}}}}\n"
                  f"accounts: {{a: {{presets: {written}, api_key_env: A_KEY}}}}")  # fmt: skip
    names = ["fast", "slow", "own", "there", "keyed", "other", "groq/mixtral", "groq/llama", "groq/new/er", "openai/x"]
    expected = [name for name in names if name in COVERED[written].split()]
    assert [name for name in names if quotas(models, name) == ["q"]] == expected
    assert [name for name in names if "a" in accounts(models, name)] == expected


def test_all_quotas_that_cover_a_preset_hold_in_the_order_written(read: Read) -> None:
    models = read("""
quotas:
  z: {presets: "groq/*", rpm: 1}
  a: {presets: [fast, "groq/l*"], rpd: 1}
  b: {presets: slow, rpd: 1}
""")
    assert quotas(models, "fast") == ["z", "a"]
    assert quotas(models, "slow") == ["z", "b"]


def test_a_chain_gives_presets_with_their_terms(read: Read) -> None:
    models = read("quotas: {q: {presets: both, rpm: 1}}\nchain: [both, groq/llama]")
    assert [len(preset.quotas) for preset in models.default_chain()] == [1, 1, 0]
    assert models.presets["fast"].quotas == models.find("fast").quotas


def test_the_shipped_quota_covers_openrouters_free_models() -> None:
    models = load_models(None)
    assert {preset.quotas for preset in models.presets.values()} == {(FREE,)}
    for name in ("openrouter/new/model:free", "openrouter/openrouter/free"):
        assert models.find(name).quotas == (FREE,)
    for name in ("openrouter/paid/model", "openrouter/openrouter/auto", "groq/llama"):
        assert models.find(name).quotas == ()


def test_the_shipped_quota_is_not_for_servers_that_only_speak_its_protocol(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("presets: {mine: {model: 'openrouter/a/b:free', api_base: 'http://127.0.0.1:8000/v1'}}", "utf-8")
    assert load_models(file).find("mine").quotas == ()
    assert load_models(file).find("openrouter/a/b:free").quotas == (FREE,)


def test_a_quota_of_the_same_name_replaces_the_shipped_one(read: Read) -> None:
    models = read('quotas: {openrouter-free: {presets: "openrouter/*:free", rpm: 15, rpd: 50}}')
    own = Quota("openrouter-free", "account", (Limit(15, 60.0), Limit(50, DAY, "UTC")))
    assert models.find("glm-5.2").quotas == (own,)
    assert models.find("openrouter/openrouter/free").quotas == ()


def test_a_quota_of_another_name_stands_beside_the_shipped_one(read: Read) -> None:
    assert quotas(read("quotas: {day: {presets: free, rpd: 50}}"), "minimax-m3") == ["openrouter-free", "day"]


def test_null_drops_the_shipped_quota(read: Read) -> None:
    models = read("quotas: {openrouter-free: null}")
    assert quotas(models, "glm-5.2") == []
    assert quotas(models, "openrouter/new/model:free") == []


def test_accounts_of_a_provider_are_for_its_own_server(read: Read) -> None:
    models = read("accounts: {team: {provider: groq, api_key_env: TEAM_KEY}}")
    assert models.find("fast").accounts == (Account("GROQ_API_KEY", "GROQ_API_KEY"), Account("team", "TEAM_KEY"))
    assert models.find("groq/llama").accounts == models.find("fast").accounts
    assert models.find("own").accounts == (Account("OWN_KEY", "OWN_KEY"), Account("team", "TEAM_KEY"))
    assert models.find("there").accounts == (Account("", None),)
    assert models.find("keyed").accounts == (Account("THERE_KEY", "THERE_KEY"),)
    assert models.find("other").accounts == (Account("OPENAI_API_KEY", "OPENAI_API_KEY"),)


def test_accounts_for_another_server_are_named(read: Read) -> None:
    models = read("accounts: {second: {presets: [keyed, there], api_key_env: SECOND_KEY}}")
    assert accounts(models, "keyed") == ["THERE_KEY", "second"]
    assert accounts(models, "there") == ["", "second"]
    assert accounts(models, "other") == ["OPENAI_API_KEY"]


def test_accounts_follow_in_the_order_written_each_key_once(read: Read) -> None:
    models = read("""
accounts:
  z: {provider: groq, api_key_env: Z_KEY}
  same: {provider: groq, api_key_env: GROQ_API_KEY}
  a: {presets: [fast, own], api_key_env: A_KEY}
  again: {provider: groq, api_key_env: Z_KEY}
  mine: {provider: groq, api_key_env: OWN_KEY}
""")
    assert accounts(models, "fast") == ["GROQ_API_KEY", "z", "a", "mine"]
    assert accounts(models, "own") == ["OWN_KEY", "z", "same", "a"]


def test_prices(read: Read) -> None:
    models = read("")
    assert models.find("priced").price == Price(0.15, 6.0)
    assert models.find("gratis").price == Price(0.0, 0.0)
    assert models.find("other").price is None
    assert models.find("openai/y").price is None


MISTAKES = {
    "quotas:\n  q: {presets: fast}\n": [
        "2:6: found no limit, expected at least one of rpm, rpd, and requests with seconds"
    ],
    "quotas:\n  q: {rpm: 1}\n": ["2:6: the key 'presets' is missing"],
    "quotas:\n  q: {presets: [], rpm: 1}\n": ["2:16: presets: found [] (a list), expected a list that is not empty"],
    "quotas:\n  q: {presets: fast, rpm: 0, rpd: 2.5, requests: '3', seconds: -1}\n": [
        "2:27: rpm: found 0, expected more than 0",
        "2:35: rpd: found 2.5 (a number), expected a whole number",
        "2:50: requests: found '3' (text), expected a whole number",
        "2:64: seconds: found -1, expected more than 0",
    ],
    "quotas:\n  q: {presets: fast, rpm: true}\n": ["2:27: rpm: found True (true/false), expected a whole number"],
    "quotas:\n  q: {presets: fast, requests: 3}\n": [
        "2:6: found requests without seconds, expected both, such as requests: 10 with seconds: 2"
    ],
    "quotas:\n  q: {presets: fast, rpm: 1, seconds: 3}\n": [
        "2:6: found seconds without requests, expected both, such as requests: 10 with seconds: 2"
    ],
    "quotas:\n  q: {presets: fast, requests: 1, seconds: .inf}\n": [
        "2:44: seconds: found inf (a number), expected a number with an end"
    ],
    "quotas:\n  q: {presets: fast, rpm: 1, reset: UTC}\n": ["2:6: found reset without rpd, which it is about"],
    "quotas:\n  q: {presets: fast, rpd: 1, reset: Europa/Berlin}\n": [
        "2:37: reset: found 'Europa/Berlin', expected an IANA time zone; did you mean 'Europe/Berlin'?"
    ],
    "quotas:\n  q: {presets: fast, rpd: 1, reset: PST}\n": [
        "2:37: reset: found 'PST', expected an IANA time zone, such as America/Los_Angeles"
    ],
    "quotas:\n  q: {presets: fast, rpd: 1, reset: America}\n": [
        "2:37: reset: found 'America', expected an IANA time zone, such as America/Los_Angeles"
    ],
    "quotas:\n  q: {presets: fast, rpd: 1, reset: ../UTC}\n": [
        "2:37: reset: found '../UTC', expected an IANA time zone, such as America/Los_Angeles"
    ],
    "quotas:\n  q: {presets: fast, rpm: 1, scope: accont}\n": [
        "2:37: scope: found 'accont' (text), expected 'account' or 'model'"
    ],
    "quotas:\n  q: {presets: fast, rmp: 1}\n": ["2:22: unknown key 'rmp'; did you mean 'rpm'?"],
    "quotas:\n  q q: {presets: fast, rpm: 1}\n": [
        "2:8: q q: found 'q q' (text), expected a word of letters, digits, '.', '_' and '-'"
    ],
    "quotas:\n  q: {presets: [fst, bth, fast], rpm: 1}\n": [
        "2:17: unknown preset 'fst'; did you mean 'fast'?",
        "2:22: unknown preset 'bth'; did you mean 'both'?",
    ],
    "quotas:\n  q: {presets: ['gemma-*', '*/x', 'google/*', 'groq/*:free'], rpm: 1}\n": [
        "2:17: 'gemma-*' has no provider before its '*'; patterns are compared with full ids, such as openrouter/*",
        "2:28: '*/x' has no provider before its '*'; patterns are compared with full ids, such as openrouter/*",
        "2:35: 'google/*' begins with 'google', which is no provider that is known here; "
        "did you mean 'openrouter/google/*'? "
        "(any OpenAI-compatible server: a preset with model: openai/NAME and api_base)",
        "2:47: 'groq/*:free' would go to groq's own API, but ':free' is OpenRouter's; "
        "did you mean 'openrouter/groq/*:free'?",
    ],
    "presets: {far: {model: openai/far, api_base: 'http://far/v1'}}\nquotas: {q: {presets: openai/far, rpm: 1}}\n": [
        "2:23: 'openai/far' is the provider's own server; for the one at http://far/v1 say 'far'"
    ],
    "quotas:\n  openrouter-fre: null\n": [
        "2:3: null drops a shipped quota, and none is called 'openrouter-fre'; did you mean 'openrouter-free'?"
    ],
    "chain: ['groq/*']\n": [
        "1:9: 'groq/*' is a pattern, and patterns stand in quotas and accounts only; name one model"
    ],
    "chain: ['gemma-*']\n": [
        "1:9: 'gemma-*' is a pattern, and patterns stand in quotas and accounts only; name one model"
    ],
    "2.5: 1\nchain: fst\n": [
        "1:6: 2.5: Keys should be strings; found 2.5 (a number)",
        "2:8: unknown preset 'fst'; did you mean 'fast'?",
    ],
    "routes: null\nmore: 1\n": ["2:1: unknown key 'more'; known: presets, chains, chain, routes, judge, quotas, …"],
    "accounts:\n  a: {api_key_env: K}\n": ["2:6: found neither provider nor presets, expected one of them"],
    "accounts:\n  a: {provider: groq, presets: fast, api_key_env: K}\n": [
        "2:6: found both provider and presets, expected one of them"
    ],
    "accounts:\n  a: {provider: groq}\n": ["2:6: the key 'api_key_env' is missing"],
    "accounts:\n  a: {provider: openruter, api_key_env: K}\n": [
        "2:17: unknown provider 'openruter'; did you mean 'openrouter'?"
    ],
    "accounts:\n  a: {presets: [fst], api_key_env: K}\n": ["2:17: unknown preset 'fst'; did you mean 'fast'?"],
    "accounts:\n  a: null\n": ["2:6: a: found nothing, expected a mapping of keys"],
    "presets:\n  p: {model: openai/x, price: {prompt: -1, complete: 2}}\n": [
        "2:31: the key 'completion' is missing",
        "2:40: prompt: found -1, expected at least 0",
        "2:44: unknown key 'complete'; did you mean 'completion'?",
    ],
    "presets:\n  p: {model: openai/x, price: {prompt: '1', completion: .nan}}\n": [
        "2:40: prompt: found '1' (text), expected a number",
        "2:57: completion: found nan (a number), expected a number with an end",
    ],
    "presets:\n  p: {model: openai/x, price: 3}\n": ["2:31: price: found 3 (a number), expected a mapping of keys"],
}


def told(path: Path, text: str) -> list[str]:
    file = path / "models.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ModelsConfigError) as caught:
        load_models(file)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_told_with_their_place(text: str, tmp_path: Path) -> None:
    known = "" if text.startswith("presets:") else PRESETS.lstrip()
    assert told(tmp_path, text + known) == MISTAKES[text]


def test_a_key_in_the_place_of_its_variable_is_not_shown(tmp_path: Path) -> None:
    """A variable's name has no dashes; most keys have."""
    lines = told(tmp_path, "presets: {p: {model: openai/x, api_key_env: sk-one-1}}\n"
                           "accounts: {a: {provider: groq, api_key_env: sk-two-2}}\n")  # fmt: skip
    said = "api_key_env: expected the name of a variable, such as OPENROUTER_API_KEY, never a key itself"
    assert lines == [f"1:45: {said}", f"2:45: {said}"]


ALL_AT_ONCE = """\
presets:
  p: {model: google/x, tols: false}
  no: openai/x
  3.5: openai/x
chains: {c: [p, 1, nobody]}
chain: [p, c, someone]
routes: {r: 1, s: [anybody]}
quotas:
  q: {presets: [p, who], rpm: 0}
  openrouter-fre:
  r: 5
accounts:
  a: {presets: [c, whom], provider: groq, api_key_env: K}
  b: {api_key_env: 3}
more: 1
"""


def test_mistakes_of_form_do_not_hide_those_of_names(tmp_path: Path) -> None:
    """Every line is told, each with its own mistakes, and names of entries with a mistake count as known."""
    lines = [line.split(" ", 1) for line in told(tmp_path, ALL_AT_ONCE)]
    assert [(place.split(":")[0], text.split(";")[0]) for place, text in lines] == [
        ("2", "presets: found False (true/false), expected text (put it in quotes)"),
        ("2", "'google/x' begins with 'google', which is no provider that is known here"),
        ("2", "unknown key 'tols'"),
        ("4", "3.5: found 3.5 (a number), expected text (put it in quotes)"),
        ("5", "c: found 1 (a number), expected text (put it in quotes)"),
        ("5", "unknown preset 'nobody'"),
        ("6", "unknown preset 'nobody'"),
        ("6", "unknown preset 'someone'"),
        ("7", "r: found 1 (a number), expected a list"),
        ("7", "unknown preset 'anybody'"),
        ("9", "unknown preset 'who'"),
        ("9", "rpm: found 0, expected more than 0"),
        ("10", "null drops a shipped quota, and none is called 'openrouter-fre'"),
        ("11", "r: found 5 (a number), expected a mapping of keys"),
        ("13", "found both provider and presets, expected one of them"),
        ("13", "unknown preset 'nobody'"),
        ("13", "unknown preset 'whom'"),
        ("14", "api_key_env: found 3 (a number), expected text (put it in quotes)"),
        ("15", "unknown key 'more'"),
    ]


def test_without_time_zones_on_the_machine_it_is_said_what_to_install(tmp_path: Path) -> None:
    """Minimal images have none; UTC needs none."""
    program = ("import pathlib, sys; from pytest_agenttasks.models import load_models\n"
               "sys.modules['tzdata'] = None\n"
               "for file in map(pathlib.Path, sys.argv[1:]):\n"
               "    try: load_models(file); print('loaded')\n"
               "    except Exception as error: print(error)")  # fmt: skip
    files = [tmp_path / "utc.yaml", tmp_path / "berlin.yaml"]
    for file, zone in zip(files, ("UTC", "Europe/Berlin"), strict=True):
        file.write_text(f"quotas: {{q: {{presets: free, rpd: 1, reset: {zone}}}}}", "utf-8")
    done = subprocess.run([sys.executable, "-c", program, *map(str, files)], env={**os.environ, "PYTHONTZPATH": ""},
                          capture_output=True, text=True, check=True)  # fmt: skip
    loaded, told = done.stdout.splitlines()
    assert loaded == "loaded"
    assert told.endswith("(this machine knows no time zones: install the Python package tzdata)")


def example(heading: str, folder: Path) -> Models:
    """The models.yaml that a section of docs/models.md shows."""
    page = (Path(__file__).parents[2] / "docs/models.md").read_text("utf-8")
    file = folder / "models.yaml"
    file.write_text(page.partition(f"\n## {heading}\n")[2].partition("```yaml\n")[2].partition("```")[0], "utf-8")
    return load_models(file)


def test_the_quotas_of_the_docs_mean_what_is_said(tmp_path: Path) -> None:
    models = example("Quotas", tmp_path)
    day = Limit(50, DAY, "UTC")
    assert models.find("glm-5.2").quotas == (Quota("openrouter-free", "account", (Limit(20, 60.0), day)),)
    pacific = Limit(250, DAY, "America/Los_Angeles")
    assert models.find("gemini/gemini-2.5-flash").quotas == (Quota("gemini", "model", (Limit(10, 60.0), pacific)),)
    assert [quota.limits for quota in models.find("local").quotas] == [(Limit(10, 2.0),), (Limit(60, 60.0),)]
    assert quotas(models, "fast") == ["ours"]


def test_the_accounts_and_prices_of_the_docs_mean_what_is_said(tmp_path: Path) -> None:
    models = example("Accounts", tmp_path)
    assert models.find("fast").accounts == (Account("GROQ_API_KEY", "GROQ_API_KEY"), Account("team", "GROQ_TEAM_KEY"))
    assert accounts(models, "groq/another") == ["GROQ_API_KEY", "team"]
    assert accounts(models, "company") == ["COMPANY_MODELS_KEY", "second"]
    assert example("Prices", tmp_path).find("careful").price == Price(0.15, 0.6)
