import pytest
from toolbox.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h 30m", 5400), ("1H30M", 5400), (" 2 d ", 172_800), ("1:30", 5400), ("0:00:07", 7), ("0s", 0)],
)
def test_parse(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "1m 2h", "1h 2h", "-5m", "1.5h", "1:60", "1:5", "h"])
def test_parse_refuses(text):
    with pytest.raises(ValueError, match="not a duration") as caught:
        parse_duration(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "parts", "text"),
    [(5400, 2, "1h 30m"), (3605, 2, "1h"), (3605, 3, "1h 5s"), (119, 1, "1m"), (0, 2, "0s")],
)
def test_format(seconds, parts, text):
    assert format_duration(seconds, parts) == text


@pytest.mark.parametrize(("seconds", "parts"), [(-1, 2), (5, 0)])
def test_format_refuses(seconds, parts):
    with pytest.raises(ValueError, match="cannot write"):
        format_duration(seconds, parts)
