from itertools import combinations

import pytest
from toolbox.versions import Version, satisfies


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.4", Version(1, 4, 0)),
        (" v1.4.2 ", Version(1, 4, 2)),
        ("10.20.30", Version(10, 20, 30)),
        ("2.0.0-rc.1", Version(2, 0, 0, ("rc", "1"))),
        ("2.0-beta", Version(2, 0, 0, ("beta",))),
    ],
)
def test_parse(text, version):
    assert Version.parse(text) == version


@pytest.mark.parametrize("text", ["", "1", "1.2.3.4", "1.x", "1.2-", "1.2-RC", "-1.2", "1.2 3"])
def test_parse_refuses(text):
    with pytest.raises(ValueError, match="not a version: ") as caught:
        Version.parse(text)
    assert repr(text) in str(caught.value)


def test_order():
    texts = ["0.9", "1.0-1", "1.0-alpha", "1.0-alpha.1", "1.0-rc.2", "1.0-rc.10", "1.0", "1.0.1", "1.2", "1.10", "2.0"]
    versions = [Version.parse(text) for text in texts]
    assert all(one < other and other > one for one, other in combinations(versions, 2))


@pytest.mark.parametrize(("text", "shown"), [("1.4", "1.4.0"), ("v2.0.0-rc.1", "2.0.0-rc.1")])
def test_text(text, shown):
    assert str(Version.parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "part", "after"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "patch", "1.4.3"),
        ("2.0.0-rc.1", "patch", "2.0.0"),
    ],
)
def test_bump(text, part, after):
    assert str(Version.parse(text).bump(part)) == after


def test_bump_refuses():
    with pytest.raises(ValueError, match="no part of a version: 'build'"):
        Version(1, 0).bump("build")


@pytest.mark.parametrize(
    ("wanted", "yes", "no"),
    [
        (">=1.4", "1.4.0 1.5.0 2.0.0", "1.3.9 1.4.0-rc.1"),
        (">1.4", "1.4.1", "1.4.0 1.3.0"),
        ("<2.0", "1.9.9 2.0.0-rc.1", "2.0.0 2.0.1"),
        ("<=2.0", "2.0.0 1.0.0", "2.0.1"),
        ("==1.4.2", "1.4.2", "1.4.1"),
        ("!=1.5", "1.5.1", "1.5.0"),
        ("^1.4", "1.4.0 1.9.0", "1.3.0 2.4.0"),
        ("^0.4", "0.4.0 0.4.9", "0.5.0 0.3.0 1.4.0"),
        (">=1.2, <1.5,!=1.3", "1.2.0 1.4.0", "1.1.0 1.5.0 1.3.0"),
    ],
)
def test_conditions(wanted, yes, no):
    for text in yes.split():
        assert satisfies(Version.parse(text), wanted), text
    for text in no.split():
        assert not satisfies(Version.parse(text), wanted), text


@pytest.mark.parametrize("wanted", ["", "1.4", "~1.4", "=>1.4", ">=1.4,"])
def test_conditions_refused(wanted):
    with pytest.raises(ValueError, match="not a condition"):
        satisfies(Version(1, 4), wanted)


def test_a_condition_needs_a_version():
    with pytest.raises(ValueError, match="not a version: 'one'"):
        satisfies(Version(1, 4), ">= one")
