"""A ledger as a CSV file: bookings of money on accounts, and what they add up to."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

COLUMNS = ("date", "account", "text", "amount")


class LedgerError(ValueError):
    """A line of a ledger that cannot be read; the message begins with its number."""


@dataclass(frozen=True)
class Booking:
    """One line; a negative amount leaves the account."""

    day: date
    account: str
    text: str
    amount: Decimal


def read_ledger(lines: Iterable[str]) -> list[Booking]:
    """Read a ledger: a line with the column names, in any order, then the bookings. Empty lines are left out.

    Raises LedgerError for missing columns, and for a booking with another number of values than there are columns, a
    date that is not like 2026-03-31, no account, or an amount that is no number with at most two decimals.
    """
    rows = [(number, row) for number, row in enumerate(csv.reader(lines), 1) if any(cell.strip() for cell in row)]
    if not rows:
        raise LedgerError("line 1: no column names")
    number, names = rows[0][0], [cell.strip().lower() for cell in rows[0][1]]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise LedgerError(f"line {number}: no column {', '.join(missing)}")
    return [_booking(number, row, names) for number, row in rows[1:]]


def balances(bookings: Iterable[Booking], until: date | None = None) -> dict[str, Decimal]:
    """Return what is on each account, by its name in order; with `until`, at the end of that day.

    Accounts whose bookings add up to nothing are in it, too.
    """
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for booking in bookings:
        if until is None or booking.day <= until:
            sums[booking.account] += booking.amount
    return dict(sorted(sums.items()))


def overdrawn(bookings: Iterable[Booking], limit: Decimal = Decimal(0)) -> dict[str, date]:
    """Return the accounts that were below minus `limit` at the end of a day, each with the first such day."""
    found: dict[str, date] = {}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    days: dict[date, list[Booking]] = defaultdict(list)
    for booking in bookings:
        days[booking.day].append(booking)
    for day in sorted(days):
        for booking in days[day]:
            sums[booking.account] += booking.amount
        for account in {booking.account for booking in days[day]}:
            if sums[account] < -limit:
                found.setdefault(account, day)
    return found


def _booking(number: int, row: list[str], names: list[str]) -> Booking:
    if len(row) != len(names):
        raise LedgerError(f"line {number}: {len(row)} values for {len(names)} columns")
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    if not cells["account"]:
        raise LedgerError(f"line {number}: no account")
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        raise LedgerError(f"line {number}: not a date: {cells['date']!r}") from None
    return Booking(day, cells["account"], cells["text"], _amount(number, cells["amount"]))


def _amount(number: int, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise LedgerError(f"line {number}: not an amount: {text!r}") from None
    if not amount.is_finite() or amount.as_tuple().exponent < -2:
        raise LedgerError(f"line {number}: not an amount: {text!r}")
    return amount
