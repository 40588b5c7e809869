import pytest
from toolbox.templates import TemplateError, render

VALUES = {"name": "ada lovelace", "paid": True, "open": 0, "person": {"city": {"zip": 10115}}, "blank": "  x "}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("no tags", "no tags"),
        ("Dear {name}, you owe {open}.", "Dear ada lovelace, you owe 0."),
        ("{ name }!", "ada lovelace!"),
        ("{person.city.zip}", "10115"),
        ("{{name}} {{{open}}}", "{name} {0}"),
        ("a { b", "a { b"),
    ],
)
def test_names(template, text):
    assert render(template, VALUES) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{name|upper}", "ADA LOVELACE"),
        ("{name | title}", "Ada Lovelace"),
        ("[{blank|trim}]", "[x]"),
        ("[{blank|trim|upper}]", "[X]"),
        ("{name|title|lower}", "ada lovelace"),
    ],
)
def test_filters(template, text):
    assert render(template, VALUES) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<{if paid}yes{end}>", "<yes>"),
        ("<{if open}yes{end}>", "<>"),
        ("<{if open}yes{else}no{end}>", "<no>"),
        ("<{if paid}yes{else}no{end}>", "<yes>"),
        ("<{if not open}none{end}>", "<none>"),
        ("<{if not paid}none{end}>", "<>"),
        ("{if paid}a{if open}b{else}c{end}d{end}e", "acde"),
        ("{if open}a{if paid}b{else}c{end}d{end}e", "e"),
        ("{if open}{{{else}}}{end}", "}"),
    ],
)
def test_ifs(template, text):
    assert render(template, VALUES) == text


def test_hidden_parts_are_not_filled_in():
    assert render("{if open}{unknown}{if unknown}{name|nope}{else}{x}{end}{end}.", VALUES) == "."


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("{nobody}", "line 1: nothing is given for 'nobody'"),
        ("\n{person.street}", "line 2: nothing is given for 'person.street'"),
        ("{name.first}", "line 1: nothing is given for 'name.first'"),
        ("{if nobody}{end}", "line 1: nothing is given for 'nobody'"),
        ("{name|loud}", "line 1: no filter is called 'loud'"),
        ("\n\n{else}", "line 3: else without if"),
        ("{if paid}{else}\n{else}{end}", "line 2: else without if"),
        ("\n{end}", "line 2: end without if"),
        ("a\n{if paid}\n{if open}{end}\n", "line 2: if without end"),
        ("{if paid}\n{else}\n", "line 1: if without end"),
    ],
)
def test_mistakes(template, error):
    with pytest.raises(TemplateError) as caught:
        render(template, VALUES)
    assert str(caught.value) == error
