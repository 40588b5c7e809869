"""What is in a page of Markdown."""

from __future__ import annotations

import re
from pathlib import Path


def sections(text: str, level: int = 2) -> dict[str, str]:
    """What stands below each heading of a level, down to the next one of this or a higher level."""
    pattern = rf"^{'#' * level} (.*)\n((?:(?!#{{1,{level}}} ).*\n?)*)"
    return {title.strip(): body for title, body in re.findall(pattern, text, re.MULTILINE)}


def rows(text: str) -> list[list[str]]:
    """The cells of a table, its header first."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [row for row in found if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def dead_links(*pages: str) -> list[str]:
    """Links to files that are not there."""
    found = [
        (Path(page), link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", Path(page).read_text("utf-8"))
    ]
    return [f"{page}: {link}" for page, link in found if not (page.parent / link).is_file()]
