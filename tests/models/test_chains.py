"""Who says the first model, and which follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.models import Chain, Models, Preset, Wishes, resolve

PRESETS = {name: Preset(name, f"openrouter/t/{name}", retired="gone" if name == "old" else None)
           for name in ("a", "b", "c", "d", "e", "old")}  # fmt: skip
MODELS = Models(PRESETS, {"pair": ["d", "e"]}, ["a", "b"], {"code": ["c", "b"]})


@dataclass(frozen=True)
class Says:
    """What each of those who may name a model says."""

    option: str | None = None
    ours: str = ""
    theirs: str = ""
    task: Sequence[str] | str | None = None
    category: str | None = None
    fallbacks: Sequence[str] | None = None
    rotation: bool = True

    def chain(self) -> Chain:
        environ = {"AGENTTASKS_MODEL": self.ours, "OPENHANDS_MODEL": self.theirs}
        wishes = Wishes(self.option, self.fallbacks, self.rotation, environ)
        return resolve(MODELS, wishes, self.task, self.category)


TABLE = [
    (Says(), "a b", "default chain"),
    (Says(category="docs"), "a b", "default chain"),
    (Says(category="code"), "c b", "route of code"),
    (Says(category="code", task="d"), "d c b", "task"),
    (Says(task=["d"]), "d a b", "task"),
    (Says(task=["d", "b"]), "d b", "task"),
    (Says(task=["d", "d"]), "d", "task"),
    (Says(task="pair"), "d e", "task"),
    (Says(task=["c", "pair"]), "c d e", "task"),
    (Says(theirs="e", task="d", category="code"), "e c b", "OPENHANDS_MODEL"),
    (Says(ours="d", theirs="e", task="b"), "d a b", "AGENTTASKS_MODEL"),
    (Says(option="c", ours="d", theirs="e", task="b"), "c a b", "--model-preset"),
    (Says(option="b"), "b a", "--model-preset"),
    (Says(option="b", task=["d", "e"]), "b a", "--model-preset"),
    (Says(option="openai/x"), "openai/x a b", "--model-preset"),
    (Says(option="c", fallbacks=["e", "d"]), "c e d", "--model-preset"),
    (Says(option="c", fallbacks=["pair", "c"]), "c d e", "--model-preset"),
    (Says(option="c", fallbacks=[]), "c", "--model-preset"),
    (Says(category="code", fallbacks=["d"]), "c d", "route of code"),
    (Says(rotation=False), "a", "default chain"),
    (Says(task=["d", "e"], rotation=False, fallbacks=["b"]), "d", "task"),
]


@pytest.mark.parametrize(("says", "names", "source"), TABLE)
def test_precedence(says: Says, names: str, source: str) -> None:
    chain = says.chain()
    assert [preset.name for preset in chain.presets] == names.split()
    assert chain.requested == names.split()[0]
    assert chain.source == source
    assert chain.by_name is (source not in ("default chain", "route of code"))
    assert chain.pinned is (len(names.split()) == 1)


@pytest.mark.parametrize(
    "says",
    [Says(option="x"), Says(ours="x"), Says(theirs="x"), Says(task="x"), Says(task=["a", "x"]), Says(fallbacks=["x"])],
)
def test_unknown_names_are_refused_whoever_says_them(says: Says) -> None:
    with pytest.raises(ModelsConfigError, match="unknown preset 'x'"):
        says.chain()


def live(says: Says) -> list[str]:
    return [preset.name for preset in says.chain().live]


def test_a_retired_model_is_passed_over_in_a_chain() -> None:
    assert live(Says(option="a", fallbacks=["old", "b"])) == ["a", "b"]


def test_a_retired_model_that_was_named_is_tried() -> None:
    assert live(Says(option="old")) == ["old", "a", "b"]
    assert live(Says(task="old", rotation=False)) == ["old"]


def test_a_retired_head_of_the_default_chain_still_names_the_cassette() -> None:
    models = Models(PRESETS, {}, ["old", "a"], {})
    chain = resolve(models, Wishes(None, None, True, {}), None, None)
    assert chain.requested == "old"
    assert [preset.name for preset in chain.live] == ["a"]


def test_a_chain_of_retired_models_only_says_what_to_do() -> None:
    chain = resolve(Models(PRESETS, {}, ["old"], {}), Wishes(None, None, True, {}), None, None)
    with pytest.raises(ModelsConfigError, match=r"every model of the chain \(old\) is retired; name one"):
        _ = chain.live


def test_no_chain_at_all_says_what_to_do() -> None:
    with pytest.raises(ModelsConfigError, match=r"models\.yaml has no chain, and no model was named"):
        resolve(Models(PRESETS, {}, [], {}), Wishes(None, None, True, {}), None, None)


def test_an_item_of_a_comparison_is_pinned_whatever_else_is_said() -> None:
    wishes = Wishes("a", ["b"], True, {"AGENTTASKS_MODEL": "c"}).pinned_to("d")
    chain = resolve(MODELS, wishes, ["e", "a"], "code")
    assert [preset.name for preset in chain.presets] == ["d"]
    assert chain.pinned
