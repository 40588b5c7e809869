"""The lists of parcels that large customers send ahead."""

from __future__ import annotations

from pathlib import Path

from depot.parcel import Parcel


def import_manifest(path: Path) -> list[Parcel]:
    """Read the parcels of a manifest; lines that are wrong go to a file beside it, and a summary to the terminal.

    A line is `number;postcode;grams`, and may go on with `;country` and `;service`. Empty lines and those that begin
    with # are passed over.
    """
    parcels = []
    rejected = []
    numbers = set()
    with path.open(encoding="utf-8") as manifest:
        for count, line in enumerate(manifest, start=1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split(";")]
            if not 3 <= len(fields) <= 5:
                print(f"line {count}: {len(fields)} fields")
                rejected.append(f"{count}: {len(fields)} fields: {line}")
                continue
            number, postcode, grams, *rest = fields
            if number in numbers:
                print(f"line {count}: parcel {number} comes twice")
                rejected.append(f"{count}: parcel {number} comes twice: {line}")
                continue
            if not grams.isdecimal():
                print(f"line {count}: not a weight: {grams!r}")
                rejected.append(f"{count}: not a weight: {grams!r}: {line}")
                continue
            try:
                country = rest[0].upper() if rest and rest[0] else "DE"
                service = rest[1] if len(rest) == 2 else "standard"
                parcel = Parcel(number, postcode, int(grams), country, service)
            except ValueError as error:
                print(f"line {count}: {error}")
                rejected.append(f"{count}: {error}: {line}")
                continue
            numbers.add(number)
            parcels.append(parcel)
    if rejected:
        with Path(f"{path}.rejected").open("w", encoding="utf-8") as file:
            for entry in rejected:
                file.write(entry + "\n")
    print(f"{len(parcels)} parcels, {sum(parcel.grams for parcel in parcels) / 1000:.1f} kg, {len(rejected)} rejected")
    return parcels
