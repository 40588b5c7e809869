import pytest
from toolbox.wrapping import bullets, shorten, wrap


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a bird in the hand", 9, ["a bird in", "the hand"]),
        ("a bird in the hand", 8, ["a bird", "in the", "hand"]),
        ("a  bird\nin", 72, ["a bird in"]),
        ("", 10, [""]),
        ("constitution", 5, ["cons-", "titu-", "tion"]),
        ("abcde", 5, ["abcde"]),
        ("to abcdefg", 5, ["to", "abcd-", "efg"]),
        ("abcdef g", 5, ["abcd-", "ef g"]),
        ("abc", 2, ["a-", "bc"]),
    ],
)
def test_wrap(text, width, lines):
    assert wrap(text, width) == "\n".join(lines)


def test_the_default_width():
    assert [len(line) for line in wrap("x" * 73).splitlines()] == [72, 2]


def test_paragraphs_stay_apart():
    assert wrap("one\ntwo\n\nthree\n\n\n\nfour", 20) == "one two\n\nthree\n\nfour"


def test_indents():
    assert wrap("one two\n\nthree", 6, indent="  ") == "  one\n  two\n\n  thr-\n  ee"
    assert wrap("one two\n\nthree", 7, indent="> ", hanging="") == "> one\ntwo\n\n> three"
    assert wrap("one two abcdefg", 7, indent="", hanging="..") == "one two\n..abcd-\n..efg"


@pytest.mark.parametrize("options", [{"width": 1}, {"width": 5, "indent": "    "}, {"width": 5, "hanging": "    "}])
def test_there_must_be_room(options):
    with pytest.raises(ValueError, match=f"no room beside the indent in a width of {options['width']}"):
        wrap("text", **options)


def test_two_signs_are_room_enough():
    assert wrap("abc", 4, indent="  ") == "  a-\n  bc"


def test_bullets():
    assert bullets(["one two three", "four"], 9) == "- one two\n  three\n- four"
    assert bullets(["one two"], 7, sign="10.") == "10. one\n    two"


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        ("one  two\nthree", 13, "one two three"),
        ("one two three", 12, "one two …"),
        ("one two three", 9, "one two …"),
        ("one two three", 8, "one …"),
        ("one two three", 4, "one…"),
        ("one two", 1, "…"),
        ("", 3, ""),
    ],
)
def test_shorten(text, width, line):
    assert shorten(text, width) == line


def test_shorten_with_another_end():
    assert shorten("one two three", 10, end="[..]") == "one [..]"
    with pytest.raises(ValueError, match=r"'\[..\]' does not fit in 3"):
        shorten("one", 3, end="[..]")
    assert shorten("one two", 4, end="[..]") == "[..]"
