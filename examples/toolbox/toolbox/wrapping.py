"""Text broken into lines, for mails and terminals."""


def wrap(text: str, width: int = 72, *, indent: str = "", hanging: str | None = None) -> str:
    """Break text into lines of at most `width` signs, indents included.

    An empty line ends a paragraph; other line ends are blanks. The first line of a paragraph begins with `indent`, its
    others with `hanging`, or with `indent` where none is given. A word that is too long for a line is broken in pieces
    that end in a hyphen. Raises ValueError where less than 2 signs are left beside an indent.
    """
    hanging = indent if hanging is None else hanging
    if width - max(len(indent), len(hanging)) < 2:
        raise ValueError(f"no room beside the indent in a width of {width}")
    paragraphs = [part.split() for part in text.split("\n\n")]
    return "\n\n".join("\n".join(_lines(words, width, indent, hanging)) for words in paragraphs if words)


def bullets(items: list[str], width: int = 72, sign: str = "-") -> str:
    """Return a list whose items hang behind their sign."""
    hanging = " " * (len(sign) + 1)
    return "\n".join(wrap(item, width, indent=f"{sign} ", hanging=hanging) for item in items)


def shorten(text: str, width: int, end: str = "…") -> str:
    """Return text in one line of at most `width` signs: whole words, and `end` where some are left out.

    A first word that does not fit is cut. Raises ValueError where `end` alone is too long.
    """
    if len(end) > width:
        raise ValueError(f"{end!r} does not fit in {width}")
    words = text.split()
    whole = " ".join(words)
    if len(whole) <= width:
        return whole
    while len(words) > 1:
        words.pop()
        line = " ".join(words) + " " + end
        if len(line) <= width:
            return line
    return whole[: width - len(end)] + end


def _lines(words: list[str], width: int, indent: str, hanging: str) -> list[str]:
    lines: list[str] = []
    line, empty = indent, True
    for word in words:
        room = width - len(line) - (0 if empty else 1)
        if len(word) > room and not empty:
            lines.append(line)
            line, empty, room = hanging, True, width - len(hanging)
        while len(word) > room:
            cut = max(1, room - 1)
            lines.append(line + word[:cut] + "-")
            word, line, room = word[cut:], hanging, width - len(hanging)
        line += word if empty else f" {word}"
        empty = False
    return [*lines, line]
