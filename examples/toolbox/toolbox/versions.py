"""Version numbers such as 1.4.2 or 2.0.0-rc.1, and what is asked of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

FORM = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9a-z]+(?:\.[0-9a-z]+)*))?")


@total_ordering
@dataclass(frozen=True)
class Version:
    """A version. One with a pre-release comes before the one without: 2.0.0-rc.1 < 2.0.0."""

    major: int
    minor: int
    patch: int = 0
    pre: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read "1.4", "v1.4.2" or "2.0.0-rc.1".

        Raises ValueError for anything else.
        """
        match = FORM.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a version: {text!r}")
        major, minor, patch, pre = match.groups()
        return cls(int(major), int(minor), int(patch or 0), tuple(pre.split(".")) if pre else ())

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def __str__(self) -> str:
        pre = "-" + ".".join(self.pre) if self.pre else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}"

    def bump(self, part: str) -> Version:
        """Return the next version: of a "major", "minor" or "patch" release. The smaller parts become 0.

        The next patch of a pre-release is its release. Raises ValueError for another part.
        """
        if part == "major":
            return Version(self.major + 1, 0)
        if part == "minor":
            return Version(self.major, self.minor + 1)
        if part == "patch":
            return Version(self.major, self.minor, self.patch + (0 if self.pre else 1))
        raise ValueError(f"no part of a version: {part!r}")

    def _key(self) -> tuple[object, ...]:
        # Numbers come before words, and compare as numbers: rc.2 < rc.10.
        pre = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in self.pre)
        return self.major, self.minor, self.patch, not self.pre, pre


def satisfies(version: Version, wanted: str) -> bool:
    """Whether a version is wanted. Several conditions are joined by commas, and all must hold.

    ">=1.4", "<2.0", "==1.4.2" and "!=1.5.0" compare. "^1.4" is at least 1.4 with the same major version; where that
    is 0, with the same minor version too. Raises ValueError for other conditions.
    """
    return all(_holds(version, condition.strip()) for condition in wanted.split(","))


def _holds(version: Version, condition: str) -> bool:
    match = re.fullmatch(r"(\^|[<>]=?|[=!]=)\s*([^=\s].*)", condition)
    if match is None:
        raise ValueError(f"not a condition: {condition!r}")
    sign, other = match[1], Version.parse(match[2])
    if sign == "^":
        same_minor = other.major > 0 or version.minor == other.minor
        return version >= other and version.major == other.major and same_minor
    return {
        "<": version < other, "<=": version <= other, ">": version > other, ">=": version >= other,
        "==": version == other, "!=": version != other,
    }[sign]  # fmt: skip
