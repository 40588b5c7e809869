"""What of a Dockerfile a workspace can have: the files that it copies below its WORKDIR. The rest needs a container.

Read are comments, line continuation (backslash), the shell and the JSON form of COPY, and here-documents as far as to
pass them by. https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

PLAIN_IMAGES = ("ubuntu", "debian", "alpine", "busybox", "python", "scratch")
"""Images with no more in them than a system, and Python perhaps: what is copied into them is all there is to know."""

_HEREDOC = re.compile(r"<<-?\s*[\"']?([A-Za-z_]\w*)[\"']?")
_HARMLESS = ("LABEL", "MAINTAINER", "CMD", "ENTRYPOINT", "EXPOSE", "STOPSIGNAL")
"""Instructions that change nothing for somebody who is given a shell in the WORKDIR."""


@dataclass(slots=True)
class Reading:
    """A Dockerfile, as far as a workspace can have it.

    Attributes:
        workdir: absolute; `/` where the file says nothing.
        image: the base image.
        files: path in the workspace → the file that is copied there.
        needs: lines that only a container can do, as `line 3: RUN apt-get …`.
    """

    workdir: str = "/"
    image: str = ""
    files: dict[PurePosixPath, Path] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def read_dockerfile(text: str, context: Path, workdir: str = "") -> Reading:
    """Read a Dockerfile.

    Args:
        context: the folder that COPY takes files from.
        workdir: that of the task, in place of the file's last one.
    """
    lines = list(_instructions(text))
    reading = Reading(posixpath.normpath(posixpath.join("/", workdir or _last_workdir(lines))))
    here = "/"
    for number, instruction, rest in lines:
        if instruction == "WORKDIR":
            here = posixpath.join(here, rest)
        elif instruction == "FROM" and not reading.image and _is_plain(rest):
            reading.image = rest
        elif instruction in ("COPY", "ADD"):
            found = _copied(rest, context, here, reading) if _is_local(instruction, rest) else None
            _keep(reading, found, number, instruction, rest)
        elif instruction not in _HARMLESS:
            _keep(reading, None, number, instruction, rest)
    return reading


def _keep(reading: Reading, files: dict[PurePosixPath, Path] | None, number: int, instruction: str, rest: str) -> None:
    if files is None:
        shown = rest if len(rest) <= 100 else f"{rest[:100]} …"
        reading.needs.append(f"line {number}: {instruction} {shown}")
    else:
        reading.files |= files


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, name and rest of each instruction; what is continued is one line."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.strip()
        while whole.endswith("\\"):
            _, more = next(lines, (0, ""))
            whole = whole[:-1].rstrip() + ("" if more.lstrip().startswith("#") else f" {more.strip()}")
            if more.lstrip().startswith("#"):
                whole += " \\"
        for end in _HEREDOC.findall(whole):
            while next(lines, (0, end))[1].strip() != end:
                pass
        name, _, rest = whole.partition(" ")
        yield number, name.upper(), rest.strip()


def _last_workdir(lines: list[tuple[int, str, str]]) -> str:
    here = "/"
    for _, instruction, rest in lines:
        if instruction == "WORKDIR":
            here = posixpath.join(here, rest)
    return here


def _is_plain(image: str) -> bool:
    return image.split(" ")[0].partition(":")[0].partition("@")[0] in PLAIN_IMAGES and "--platform" not in image


def _is_local(instruction: str, rest: str) -> bool:
    """Whether plain files of the context are copied: ADD fetches URLs and unpacks archives."""
    fetched = instruction == "ADD" and re.search(r"://|\.git\b|\.(?:tar|tgz|gz|bz2|xz|zst)\b", rest)
    return not fetched and "--from" not in rest and "<<" not in rest and "$" not in rest


def _copied(rest: str, context: Path, here: str, reading: Reading) -> dict[PurePosixPath, Path] | None:
    """Where in the workspace each file goes; None if one would go elsewhere, or is not there."""
    try:
        words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    except ValueError:
        return None
    words = [one for one in words if isinstance(one, str) and not one.startswith("--")]
    if len(words) < 2 or reading.workdir == "/":
        return None
    *sources, into = words
    target = PurePosixPath(posixpath.relpath(posixpath.join(here, into), reading.workdir))
    is_folder = into.endswith("/") or len(sources) > 1 or any(target in name.parents for name in reading.files)
    found: dict[PurePosixPath, Path] = {}
    for source in sources:
        taken = list(_taken(source, context))
        inside = is_folder or len(taken) > 1 or target == PurePosixPath()
        found |= {target / (below if below.parts or not inside else path.name): path for path, below in taken}
        if not taken or ".." in target.parts:
            return None
    return found


def _taken(source: str, context: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """Files that a source of COPY stands for, each with its path below it; a single file has none."""
    root = context.resolve()
    plain = posixpath.normpath(source.lstrip("/") or ".")
    try:
        found = [root] if plain == "." else sorted(root.glob(plain))
    except ValueError:  # a pattern that is none
        found = []
    for path in found:
        if not path.resolve().is_relative_to(root):
            continue
        if path.is_file():
            yield path, PurePosixPath()
        for file in sorted(path.rglob("*")) if path.is_dir() else ():
            if file.is_file() and file.resolve().is_relative_to(root):
                yield file, PurePosixPath(file.relative_to(path))
