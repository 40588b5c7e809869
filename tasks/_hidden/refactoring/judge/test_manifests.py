from depot.manifests import import_manifest, parse_manifest
from depot.parcel import Parcel

from judge.structure import called, functions, too_long, tree_of

LINES = [
    "P1;70173;900;;",
    " P2 ; 1010;2500; at ;express\n",
    "",
    "  # note",
    "P1;1;1\n",
    "P1;9;9",
    "P3;1;0",
    "P4;1;-1",
    "P5",
    "P6;1;1;de;express;x",
    "P3;04109;31500;fr",
]
GOOD = [Parcel("P2", "1010", 2500, "AT", "express"), Parcel("P1", "1", 1), Parcel("P3", "04109", 31500, "FR")]
BAD = [
    (1, "parcel P1: unknown service ''", "P1;70173;900;;"),
    (6, "parcel P1 comes twice", "P1;9;9"),
    (7, "parcel P3: 0 g is no weight", "P3;1;0"),
    (8, "not a weight: '-1'", "P4;1;-1"),
    (9, "1 fields", "P5"),
    (10, "6 fields", "P6;1;1;de;express;x"),
]
OUTSIDE = {"print", "open", "write", "writelines", "write_text", "read_text", "readlines"}


def test_lines_from_anywhere(capsys):
    manifest = parse_manifest(line for line in LINES)
    assert list(manifest.parcels) == GOOD
    assert [(one.line, one.reason, one.text) for one in manifest.rejected] == BAD
    assert capsys.readouterr().out == ""


def test_a_file_is_imported_as_before(tmp_path, capsys):
    path = tmp_path / "one.txt"
    path.write_text("\n".join(line.rstrip("\n") for line in LINES), "utf-8")
    assert import_manifest(path) == GOOD
    rejected = (tmp_path / "one.txt.rejected").read_text("utf-8")
    assert rejected == "".join(f"{line}: {reason}: {text}\n" for line, reason, text in BAD)
    told = [f"line {line}: {reason}" for line, reason, _ in BAD]
    assert capsys.readouterr().out.splitlines() == [*told, "3 parcels, 34.0 kg, 6 rejected"]


def test_who_reads_prints_and_writes():
    found = {one.name for one in functions(tree_of("manifests")) if OUTSIDE & set(called(one))}
    assert found == {"import_manifest"}
    assert too_long(tree_of("manifests")) == {}
