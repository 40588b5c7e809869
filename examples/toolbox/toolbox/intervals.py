"""Sets of whole numbers, kept as ranges: pages to print, ports, seats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise


class Intervals:
    """A set of whole numbers that knows itself as sorted ranges; both ends of a range belong to it.

    Ranges that overlap or touch are one: 1-3 and 4-6 are 1-6.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """Raises ValueError for a range that ends before it begins."""
        self._ranges: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if last < first:
                raise ValueError(f"a range that ends before it begins: {first}-{last}")
            if self._ranges and first <= self._ranges[-1][1] + 1:
                before = self._ranges.pop()
                first, last = before[0], max(last, before[1])
            self._ranges.append((first, last))

    @classmethod
    def parse(cls, text: str) -> Intervals:
        """Read "1-3, 7, 9-12". Nothing is the empty set.

        Raises ValueError for parts that are neither a number nor a range.
        """
        return cls(_range(part.strip()) for part in text.split(",") if part.strip())

    def __str__(self) -> str:
        return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self._ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Intervals) and self._ranges == other._ranges

    def __hash__(self) -> int:
        return hash(tuple(self._ranges))

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self._ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self._ranges:
            yield from range(first, last + 1)

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self._ranges)

    def __or__(self, other: Intervals) -> Intervals:
        return Intervals([*self._ranges, *other._ranges])

    def __and__(self, other: Intervals) -> Intervals:
        pairs = [(max(a, c), min(b, d)) for a, b in self._ranges for c, d in other._ranges]
        return Intervals(pair for pair in pairs if pair[0] <= pair[1])

    def __sub__(self, other: Intervals) -> Intervals:
        left = self._ranges
        for first, last in other._ranges:
            cut = [piece for a, b in left for piece in ((a, min(b, first - 1)), (max(a, last + 1), b))]
            left = [piece for piece in cut if piece[0] <= piece[1]]
        return Intervals(left)

    def gaps(self) -> Intervals:
        """Return what is missing between the first and the last number."""
        return Intervals((b + 1, c - 1) for (_, b), (c, _) in pairwise(self._ranges))

    def first_free(self, count: int = 1, start: int = 1) -> int:
        """Return the first number from `start` on where `count` numbers in a row are not in the set.

        Raises ValueError for a count below 1.
        """
        if count < 1:
            raise ValueError(f"cannot look for {count} numbers")
        for first, last in self._ranges:
            if start + count <= first:
                break
            start = max(start, last + 1)
        return start


def _range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.strip().isdecimal() or (dash and not last.strip().isdecimal()):
        raise ValueError(f"neither a number nor a range: {text!r}")
    return int(first), int(last) if dash else int(first)
