"""`python -m tests.faults.poster URL FILE NUMBER STREAMS`: posts entries until it is killed.

Each stream counts its entries and posts one after another under keys made of the count. What is committed is written to
FILE, a line each; started again, a stream goes on after its last line, so an entry that was committed but not written
down is posted a second time under its own key.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy.exc import DBAPIError, InterfaceError

from app.core.db import Database
from app.core.money import Money
from app.core.subject import Subject
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post

SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
CASH = chart.psp("poster")  # apart from what goes over the sandbox, so that each can be compared on its own


def entry(stream: str, turn: int) -> Entry:
    """Even turns fund a deal, odd ones release what the turn before brought."""
    deal = Subject("deal", uuid5(SPACE, f"{stream}:{turn % 40 // 2}"))
    amount, fee = Money(1_000 + turn // 2, "USD"), Money(turn % 7, "USD")
    if turn % 2 == 0:
        kind, legs = "fund", [debit(CASH, amount), credit(chart.escrow(deal), amount)]
    else:
        supplier = chart.payable(uuid5(SPACE, stream))
        kind = "release"
        legs = [debit(chart.escrow(deal), amount), credit(supplier, amount - fee), credit(chart.FEE_INCOME, fee)]
    return Entry(key=f"{stream}:{turn}", kind=kind, legs=legs, reason="load", actor=None, subject=deal)


def written(path: Path) -> dict[str, int]:
    """Stream → how many of its entries are acknowledged. A line is one write: there whole, or not at all."""
    last: dict[str, int] = {}
    if path.exists():
        for line in path.read_text().split("\n")[:-1]:
            stream, _, turn = line.rpartition(":")
            last[stream] = max(last.get(stream, 0), int(turn) + 1)
    return last


async def pour(db: Database, stream: str, turn: int, out: int) -> None:
    while True:
        try:
            async with db.transaction() as tx:
                await post(tx, entry(stream, turn))
        except (DBAPIError, InterfaceError, OSError):
            await asyncio.sleep(0.1)  # the server is away or is gone: the same entry again, under its key
            continue
        os.write(out, f"{stream}:{turn}\n".encode())
        turn += 1


async def main(url: str, path: Path, number: str, streams: int) -> None:
    db, last = Database(url, pool=streams), written(path)
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    names = [f"poster{number}.{n}" for n in range(streams)]
    await asyncio.gather(*(pour(db, name, last.get(name, 0), out) for name in names))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
