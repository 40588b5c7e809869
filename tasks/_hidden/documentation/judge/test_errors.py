import ast
import re
from pathlib import Path

from judge.code import modules
from judge.pages import rows

HEADER, *ROWS = rows(Path("docs/errors.md").read_text("utf-8"))
CHOICES = {
    "`unknown slot …`": ["morning", "afternoon", "any"],
    "`parcel …: unknown service …`": ["standard", "express", "freight"],
    "`unknown contract …`": ["none", "silver", "gold"],
}


def message(text):
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "`" + "".join(part.value if isinstance(part, ast.Constant) else "…" for part in parts) + "`"


def test_every_error_has_one_row():
    wanted = {
        (message(node.exc.args[0]), node.exc.func.id, name)
        for name, tree in modules("depot").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
    }
    told = [(text, error.strip("`"), module.strip("`")) for text, error, module, _ in ROWS]
    assert HEADER == ["message", "error", "module", "what to do"]
    assert sorted(told) == sorted(wanted)


def test_the_order_is_that_of_the_alphabet():
    messages = [text.strip("`").casefold() for text, *_ in ROWS]
    letters = [re.sub(r"[^a-z ]", "", text).strip() for text in messages]
    assert messages == sorted(messages) or letters == sorted(letters)


def test_there_is_advice():
    advice = {text: words for text, *_, words in ROWS}
    assert [text for text, words in advice.items() if len(words.split()) < 4] == []
    for text, choices in CHOICES.items():
        assert [choice for choice in choices if choice not in advice[text]] == [], text
