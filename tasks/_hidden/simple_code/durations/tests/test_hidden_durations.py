import pytest
from toolbox.durations import format_duration, parse_duration

GOOD = {
    "45s": 45, "90m": 5400, "1h 30m": 5400, "1h30m": 5400, "2d 4h": 187_200, "1w": 604_800, "1W 1D 1H 1M 1S": 694_861,
    " 3 h 5 s ": 10_805, "0m": 0, "1:30": 5400, "1:30:05": 5405, "100:00": 360_000, "0:59:59": 3599,
}  # fmt: skip
BAD = [
    "",
    " ",
    "5",
    "h",
    "1m 2h",
    "1h 2h",
    "-5m",
    "1.5h",
    "1:60",
    "1:5",
    "1:30:60",
    "1:2:3:4",
    "1:30 5s",
    "5 min",
    "1h x",
]


@pytest.mark.parametrize(("text", "seconds"), GOOD.items())
def test_parse(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", BAD)
def test_parse_refuses(text):
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (5400, "1h 30m"),
        (3661, "1h 1m"),
        (3605, "1h"),
        (604_800, "1w"),
        (7199, "1h 59m"),
    ],
)
def test_format(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("parts", "text"), [(1, "1d"), (2, "1d"), (3, "1d 1m"), (4, "1d 1m 1s"), (9, "1d 1m 1s")])
def test_parts(parts, text):
    assert format_duration(86_461, parts=parts) == text


@pytest.mark.parametrize(("seconds", "parts"), [(-1, 2), (60, 0)])
def test_format_refuses(seconds, parts):
    with pytest.raises(ValueError):
        format_duration(seconds, parts=parts)


@pytest.mark.parametrize("seconds", [1, 61, 3601, 86_399, 90_061, 1_000_000])
def test_there_and_back(seconds):
    assert parse_duration(format_duration(seconds, parts=5)) == seconds
