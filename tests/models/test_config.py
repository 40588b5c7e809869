"""models.yaml of a project over the shipped one, and what its mistakes are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.models import SHIPPED, Models, Preset, load_models

Read = Callable[[str], Models]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> Models:
        file = tmp_path / "models.yaml"
        file.write_text(text, "utf-8")
        return load_models(file)

    return read


def names(presets: tuple[Preset, ...] | None) -> list[str]:
    return [preset.name for preset in presets or ()]


def told(read: Read, text: str) -> list[str]:
    with pytest.raises(ModelsConfigError) as caught:
        read(text)
    return [line.split("models.yaml:", 1)[1] for line in str(caught.value).splitlines()]


def test_the_shipped_file_holds_together() -> None:
    models = load_models(None)
    models.check()
    assert len(models.default_chain()) > 10
    assert not [one.name for one in models.default_chain() if one.retired]
    assert len(models.expand(["twelve-of-2025"])) == 12
    assert models.presets["gemini-flash"].retired == "withdrawn 2026-03-22"
    assert models.presets["glm-5.2"].tools is False


def test_every_shipped_preset_is_a_free_model_of_openrouter_or_says_so() -> None:
    for preset in load_models(None).presets.values():
        assert preset.model.startswith("openrouter/"), preset
        assert preset.model.endswith((":free", "/free")), preset
        assert preset.api_key_env == "OPENROUTER_API_KEY"


def test_the_shipped_file_is_given_as_a_project_would_write_it() -> None:
    assert load_models(SHIPPED).presets == load_models(None).presets


def test_a_preset_in_all_its_forms(read: Read) -> None:
    presets = read("""
presets:
  short: openrouter/a/b
  local: {model: openai/qwen, api_base: "http://127.0.0.1:8000/v1", params: {temperature: 0}, tools: false}
  paid: {model: openai/gpt-5, api_key_env: TEAM_KEY, retired: too dear}
""").presets
    assert presets["short"] == Preset("short", "openrouter/a/b", api_key_env="OPENROUTER_API_KEY")
    assert presets["local"] == Preset("local", "openai/qwen", "http://127.0.0.1:8000/v1", None, {"temperature": 0},
                                      tools=False)  # fmt: skip
    assert presets["paid"] == Preset("paid", "openai/gpt-5", None, "TEAM_KEY", retired="too dear")


def test_presets_are_added_to_the_shipped_ones_and_stand_over_them(read: Read) -> None:
    models = read("presets: {mine: openrouter/a/b, gemma-4-31b: openrouter/c/d}")
    assert models.find("mine").model == "openrouter/a/b"
    assert models.find("gemma-4-31b").model == "openrouter/c/d"
    assert models.find("minimax-m3").model == "openrouter/minimax/minimax-m3:free"
    assert names(models.default_chain()) == names(load_models(None).default_chain())
    assert models.route("simple_code")


def test_a_chain_of_its_own_brings_no_shipped_routes(read: Read) -> None:
    models = read("chain: [minimax-m3, gemma-4-31b]")
    assert names(models.default_chain()) == ["minimax-m3", "gemma-4-31b"]
    assert models.route("simple_code") is None


def test_a_chain_and_routes(read: Read) -> None:
    models = read("chain: minimax-m3\nroutes: {docs: glm-5.2, code: [glm-5.2, openai/gpt-5]}")
    assert names(models.default_chain()) == ["minimax-m3"]
    assert names(models.route("docs")) == ["glm-5.2"]
    assert names(models.route("code")) == ["glm-5.2", "openai/gpt-5"]
    assert models.route("other") is None
    assert models.route(None) is None


def test_chains_of_chains_each_model_once(read: Read) -> None:
    models = read("""
presets: {a: openrouter/x/a, b: openrouter/x/b, c: openrouter/x/c}
chains: {one: [a, b], two: [c, one, a]}
chain: [b, two, openrouter/x/d]
""")
    assert names(models.default_chain()) == ["b", "c", "a", "openrouter/x/d"]


def test_a_preset_hides_a_chain_of_its_name(read: Read) -> None:
    models = read("presets: {free: openrouter/x/a}\nchain: [free]")
    assert names(models.default_chain()) == ["free"]


def test_a_full_id_is_a_preset_of_its_own_name(read: Read) -> None:
    assert read("chain: glm-5.2").find("openai/gpt-5") == Preset("openai/gpt-5", "openai/gpt-5", None, "OPENAI_API_KEY")


def test_unknown_names_get_the_nearest_known_one() -> None:
    with pytest.raises(ModelsConfigError, match=r"^unknown preset 'gemma-4-31'; did you mean 'gemma-4-31b'\?$"):
        load_models(None).find("gemma-4-31")
    with pytest.raises(ModelsConfigError, match="did you mean 'openrouter/meta-llama/x'"):
        load_models(None).find("meta-llama/x")


MISTAKES = {
    "": ["1:1: the file is empty"],
    "- a\n": ["1:1: the file: found ['a'] (a list), expected a mapping of keys"],
    "foo: 1\n": ["1:1: unknown key 'foo'; known: presets, chains, chain, routes, judge, quotas, …"],
    "presets: {a: {modl: x}}\n": [
        "1:14: the key 'model' is missing",
        "1:15: unknown key 'modl'; did you mean 'model'?",
    ],
    "presets:\n  a b: openrouter/x/y\n": [
        "2:8: a b: found 'a b' (text), expected a word of letters, digits, '.', '_' and '-'"
    ],
    "presets:\n  no: openrouter/a/b\n": ["2:3: presets: found False (true/false), expected text (put it in quotes)"],
    "presets:\n  a: {model: openai/x, tools: 'no'}\n": ["2:31: tools: found 'no' (text), expected true or false"],
    "presets:\n  a: deepseek/x:free\n": [
        "2:6: 'deepseek/x:free' would go to deepseek's own API, but ':free' is OpenRouter's; "
        "did you mean 'openrouter/deepseek/x:free'?"
    ],
    "chain: gemma-4-31\n": ["1:8: unknown preset 'gemma-4-31'; did you mean 'gemma-4-31b'?"],
    "chain: [glm-5.2, gemma-4-31]\n": ["1:18: unknown preset 'gemma-4-31'; did you mean 'gemma-4-31b'?"],
    "chain: []\n": ["1:8: an empty rotation; name at least one model"],
    "routes: {x: [gemma-4-31], y: []}\n": [
        "1:14: unknown preset 'gemma-4-31'; did you mean 'gemma-4-31b'?",
        "1:30: an empty rotation; name at least one model",
    ],
    "routes:\n  x: 1\n": ["2:6: x: found 1 (a number), expected a list"],
    "chains: {q: [r], r: [q]}\n": ["1:14: the chain 'r' contains itself", "1:22: the chain 'q' contains itself"],
    "chains: {s: [s]}\nchain: s\n": ["1:14: the chain 's' contains itself", "2:8: the chain 's' contains itself"],
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_told_with_their_place(text: str, read: Read) -> None:
    found = told(read, text)
    if "contains itself" in found[-1]:
        found = [line for line in found if "contains itself" in line]
    assert found == MISTAKES[text]


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ModelsConfigError, match="cannot be read: No such file"):
        load_models(tmp_path / "models.yaml")
