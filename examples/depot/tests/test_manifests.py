from depot.manifests import import_manifest
from depot.parcel import Parcel

GOOD = "# from ACME\nP1;70173;900\n\nP2; 1010; 2500 ;at;express\n"


def test_good_lines(tmp_path, capsys):
    path = tmp_path / "acme.txt"
    path.write_text(GOOD)
    assert import_manifest(path) == [Parcel("P1", "70173", 900), Parcel("P2", "1010", 2500, "AT", "express")]
    assert capsys.readouterr().out == "2 parcels, 3.4 kg, 0 rejected\n"
    assert [file.name for file in tmp_path.iterdir()] == ["acme.txt"]


def test_bad_lines(tmp_path, capsys):
    path = tmp_path / "acme.txt"
    path.write_text(GOOD + "P1;70173;900\nP3;70173\nP4;70173;heavy\nP5;70173;10;;pigeon\n")
    assert len(import_manifest(path)) == 2
    assert capsys.readouterr().out.splitlines() == [
        "line 5: parcel P1 comes twice",
        "line 6: 2 fields",
        "line 7: not a weight: 'heavy'",
        "line 8: parcel P5: unknown service 'pigeon'",
        "2 parcels, 3.4 kg, 4 rejected",
    ]
    assert (tmp_path / "acme.txt.rejected").read_text().splitlines() == [
        "5: parcel P1 comes twice: P1;70173;900",
        "6: 2 fields: P3;70173",
        "7: not a weight: 'heavy': P4;70173;heavy",
        "8: parcel P5: unknown service 'pigeon': P5;70173;10;;pigeon",
    ]
