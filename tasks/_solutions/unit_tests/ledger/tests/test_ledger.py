from datetime import date
from decimal import Decimal

import pytest
from toolbox.ledger import Booking, LedgerError, balances, overdrawn, read_ledger

HEADER = "date,account,text,amount"


def booking(day, account, amount):
    return Booking(date(2026, 3, day), account, "", Decimal(amount))


def test_a_ledger():
    lines = ["", HEADER, '2026-03-31, cash ,"bread, milk",-4.50', " , ", "2026-04-01,bank,pay,1200"]
    assert read_ledger(lines) == [
        Booking(date(2026, 3, 31), "cash", "bread, milk", Decimal("-4.50")),
        Booking(date(2026, 4, 1), "bank", "pay", Decimal("1200")),
    ]


def test_columns_come_in_any_order():
    (found,) = read_ledger([" Amount,TEXT,note,date,account", "7,,x,2026-03-01,cash"])
    assert found == Booking(date(2026, 3, 1), "cash", "", Decimal(7))


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], "line 1: no column names"),
        (["", "date,amount"], "line 2: no column account, text"),
        ([HEADER, "2026-03-31,cash,x"], "line 2: 3 values for 4 columns"),
        ([HEADER, "2026-03-31,cash,x,1,2"], "line 2: 5 values for 4 columns"),
        ([HEADER, "", "31.3.2026,cash,x,1"], "line 3: not a date: '31.3.2026'"),
        ([HEADER, "2026-03-31, ,x,1"], "line 2: no account"),
        ([HEADER, "2026-03-31,cash,x,one"], "line 2: not an amount: 'one'"),
        ([HEADER, "2026-03-31,cash,x,1.005"], "line 2: not an amount: '1.005'"),
        ([HEADER, "2026-03-31,cash,x,NaN"], "line 2: not an amount: 'NaN'"),
        ([HEADER, "2026-03-31,cash,x,"], "line 2: not an amount: ''"),
    ],
)
def test_lines_that_cannot_be_read(lines, error):
    with pytest.raises(LedgerError) as caught:
        read_ledger(lines)
    assert str(caught.value) == error


BOOKINGS = [booking(3, "cash", "-5"), booking(1, "cash", "5"), booking(2, "bank", "-0.10"), booking(2, "bank", "0.30")]


def test_balances_are_exact_and_sorted():
    assert list(balances(BOOKINGS).items()) == [("bank", Decimal("0.20")), ("cash", 0)]


def test_balances_at_the_end_of_a_day():
    assert balances(BOOKINGS, until=date(2026, 3, 2)) == {"bank": Decimal("0.20"), "cash": 5}
    assert balances(BOOKINGS, until=date(2026, 3, 1)) == {"cash": 5}
    assert balances([]) == {}


def test_overdrawn_tells_the_first_day_whatever_the_order():
    bookings = [booking(9, "cash", "-1"), booking(4, "cash", "-6"), booking(1, "cash", "5"), booking(5, "cash", "2")]
    assert overdrawn(bookings) == {"cash": date(2026, 3, 4)}


def test_what_counts_is_the_end_of_the_day():
    assert overdrawn([booking(1, "cash", "-5"), booking(1, "cash", "5")]) == {}


def test_nothing_left_is_not_overdrawn():
    assert overdrawn(BOOKINGS) == {}


def test_a_limit():
    bookings = [booking(1, "bank", "-100"), booking(2, "bank", "-0.01"), booking(2, "cash", "-100")]
    assert overdrawn(bookings, Decimal(100)) == {"bank": date(2026, 3, 2)}
