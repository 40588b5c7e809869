"""The lists of parcels that large customers send ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from depot.parcel import Parcel


@dataclass(frozen=True)
class Rejection:
    """A line that is wrong: its number in the file, what is wrong with it, and the line itself."""

    line: int
    reason: str
    text: str


@dataclass
class Manifest:
    """What a manifest says."""

    parcels: list[Parcel] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def kilograms(self) -> float:
        """What the parcels weigh together."""
        return sum(parcel.grams for parcel in self.parcels) / 1000


def parse_manifest(lines: Iterable[str]) -> Manifest:
    """Read the parcels of a manifest; a line that is wrong does not stop the others.

    A line is `number;postcode;grams`, and may go on with `;country` and `;service`. Empty lines and those that begin
    with # are passed over.
    """
    manifest = Manifest()
    for count, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            manifest.parcels.append(_parcel(line, {parcel.number for parcel in manifest.parcels}))
        except ValueError as error:
            manifest.rejected.append(Rejection(count, str(error), line))
    return manifest


def _parcel(line: str, numbers: set[str]) -> Parcel:
    fields = [field.strip() for field in line.split(";")]
    if not 3 <= len(fields) <= 5:
        raise ValueError(f"{len(fields)} fields")
    number, postcode, grams, *rest = fields
    if number in numbers:
        raise ValueError(f"parcel {number} comes twice")
    if not grams.isdecimal():
        raise ValueError(f"not a weight: {grams!r}")
    country = rest[0].upper() if rest and rest[0] else "DE"
    service = rest[1] if len(rest) == 2 else "standard"
    return Parcel(number, postcode, int(grams), country, service)


def import_manifest(path: Path) -> list[Parcel]:
    """Read the parcels of a manifest; lines that are wrong go to a file beside it, and a summary to the terminal."""
    with path.open(encoding="utf-8") as file:
        manifest = parse_manifest(file)
    for one in manifest.rejected:
        print(f"line {one.line}: {one.reason}")
    if manifest.rejected:
        told = "".join(f"{one.line}: {one.reason}: {one.text}\n" for one in manifest.rejected)
        Path(f"{path}.rejected").write_text(told, encoding="utf-8")
    print(f"{len(manifest.parcels)} parcels, {manifest.kilograms:.1f} kg, {len(manifest.rejected)} rejected")
    return manifest.parcels
