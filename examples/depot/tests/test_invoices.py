from depot.invoices import euros, invoice
from depot.parcel import Parcel

WHOLE = """\
Invoice I26-000001-7
ACME

Germany                                      EUR
  P1 standard 0.9 kg                        4.90
  P3 express 4.0 kg                        18.90
  2 parcels                                23.80

Europe                                       EUR
  P2 standard 0.9 kg                       13.90
  1 parcels                                13.90

World                                        EUR
  P4 freight 0.9 kg                        79.00
  1 parcels                                79.00

Sum                                       116.70
Tax, 19 % of Germany and Europe             7.16
To pay                                    123.86
"""


def test_a_whole_invoice():
    parcels = [
        Parcel("P3", "70173", 4000, service="express"),
        Parcel("P4", "10001", 900, "US", "freight"),
        Parcel("P1", "70173", 900),
        Parcel("P2", "1010", 900, "AT"),
    ]
    assert invoice("I26-000001-7", "ACME", parcels) == WHOLE


def test_a_zone_without_parcels_is_left_out():
    text = invoice("I1", "ACME", [Parcel("P1", "70173", 900)], "gold")
    assert "Europe " not in text.replace("Germany and Europe", "")
    assert "World" not in text
    assert text.endswith("To pay                                      4.66\n")


def test_euros():
    assert euros(123450) == "1,234.50"
