"""Patches as `git diff --binary --full-index` writes them and `git apply` reads them, without git.

The format: https://git-scm.com/docs/diff-generate-patch, and for binary files the comments in git's diff.c
(`emit_binary_diff_body`) and base85.c.
"""

from __future__ import annotations

import base64
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_agenttasks.workspace.hunks import hunks

_NOTHING = b"/dev/null"
_NO_BLOB = "0" * 40
_SHORT = {
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
    **dict(zip(b"\a\b\t\n\v\f\r", rb"\a \b \t \n \v \f \r".split(), strict=True)),
}
_TYPE = 0o170000
_BINARY_LINE_BYTES = 52  # git's length prefix has one letter: A-Z for 1 to 26, a-z for 27 to 52


@dataclass(frozen=True, slots=True)
class Side:
    """A file before or after.

    Attributes:
        mode: git's, such as 0o100644.
        content: a link's is its target.
        blob: git's name (SHA-1) of the content.
    """

    mode: int
    content: bytes
    blob: str


def file_patch(name: str, old: Side | None, new: Side | None) -> bytes:
    """Return the patch of one file; None means that it does not exist.

    A file that becomes a link, or the other way round, is deleted and made anew, as git does it.
    """
    if old and new and old.mode & _TYPE != new.mode & _TYPE:
        return file_patch(name, old, None) + file_patch(name, None, new)
    return b"".join([*_header(name, old, new), *_body(name, old, new)])


def _header(name: str, old: Side | None, new: Side | None) -> Iterator[bytes]:
    yield b"diff --git %s %s\n" % (_quoted("a/", name), _quoted("b/", name))
    if old and new and old.mode != new.mode:
        yield b"old mode %o\nnew mode %o\n" % (old.mode, new.mode)
    elif new and not old:
        yield b"new file mode %o\n" % new.mode
    elif old and not new:
        yield b"deleted file mode %o\n" % old.mode
    before, after = old.blob if old else _NO_BLOB, new.blob if new else _NO_BLOB
    if before != after:
        same_mode = b" %o" % old.mode if old and new and old.mode == new.mode else b""
        yield b"index %s..%s%s\n" % (before.encode(), after.encode(), same_mode)


def _body(name: str, old: Side | None, new: Side | None) -> Iterator[bytes]:
    before, after = old.content if old else b"", new.content if new else b""
    if before == after:
        return
    if is_binary(before) or is_binary(after):
        yield b"GIT binary patch\n"
        yield from _literal(after)
        yield from _literal(before)
        return
    yield b"--- %s\n" % (_marked("a/", name) if old else _NOTHING)
    yield b"+++ %s\n" % (_marked("b/", name) if new else _NOTHING)
    yield from hunks(before, after)


def is_binary(content: bytes) -> bool:
    """Whether a patch takes it as a whole and not by its lines."""
    return b"\0" in content


def _literal(content: bytes) -> Iterator[bytes]:
    yield b"literal %d\n" % len(content)
    packed = zlib.compress(content)
    for start in range(0, len(packed), _BINARY_LINE_BYTES):
        part = packed[start : start + _BINARY_LINE_BYTES]
        letter = len(part) + (ord("A") - 1 if len(part) <= 26 else ord("a") - 27)
        yield bytes([letter]) + base64.b85encode(part, pad=True) + b"\n"
    yield b"\n"


def _quoted(prefix: str, name: str) -> bytes:
    """Quote as C does where the name is not plain ASCII (core.quotePath of git-config(1))."""
    raw = os.fsencode(prefix + name)
    if all(32 <= byte < 127 and byte not in _SHORT for byte in raw):
        return raw
    plain = (_SHORT.get(byte) or (bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte) for byte in raw)
    return b'"' + b"".join(plain) + b'"'


def _marked(prefix: str, name: str) -> bytes:
    """Add the tab by which git shows where a name with spaces ends."""
    quoted = _quoted(prefix, name)
    return quoted + b"\t" if b" " in quoted and not quoted.startswith(b'"') else quoted
