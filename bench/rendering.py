"""`python -m bench.rendering`: how long documents take to set, in the bounded worker that sets them.

An agreement that ends a contract, which has at most three pages, and a contract. The agreement once more in this
process, without starting another: the difference is what the bounds cost. One document at a time, as the job does it.
"""

import asyncio
import io
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from app.core.money import Money
from app.core.typesetting import typeset_here
from bench.report import judged, write
from orders import presets
from orders.contracts import clauses, pdf
from orders.contracts.ending import ended
from orders.contracts.extras import Division, Ending
from orders.contracts.sheet import sheet
from orders.contracts.terms import Amended, ContractTerms, canonical_json, digest
from tests.factories import terms as make

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "app" / "static" / "fonts"
BEGIN, END = "<!-- rendering: written by python -m bench.rendering -->", "<!-- end of rendering -->"
ROUNDS, MOST_PAGES, MOST_P95 = 30, 3, 150.0
VERIFY = "https://portolan.example/verify/PTL-2026-000123"


def contract() -> ContractTerms:
    """Two lines of goods, paid at once."""
    return clauses.draw_up(make.with_plan(presets.plan("acceptance", production_days=30)))


def agreement(before: ContractTerms) -> ContractTerms:
    names = Amended(number=before.number, terms_hash=digest(canonical_json(before)))
    divisions = (Division(to_supplier=before.total, to_buyer=Money.zero(before.currency)),)
    ending = Ending(reason="The buyer's shop has closed.", divisions=divisions)
    return ended(before, names, ending, number=f"{before.number}-T1")


async def measured(set_type: Callable[[], Awaitable[bytes]]) -> tuple[list[float], bytes]:
    """Milliseconds of each round, after three that do not count, and the last document."""
    took, document = [], b""
    for number in range(ROUNDS + 3):
        began = time.perf_counter()
        document = await set_type()
        if number >= 3:
            took.append((time.perf_counter() - began) * 1000)
    return took, document


def pages(document: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(document)).root["/Pages"]["/Count"])


def row(name: str, took: list[float], target: float | None = None) -> str:
    cuts = statistics.quantiles(took, n=20)
    p95 = f"{cuts[18]:.0f}" + (judged(cuts[18] < target, f"< {target:.0f}") if target else "")
    return f"| {name} | {statistics.median(took):.0f} | {p95} | {max(took):.0f} |"


async def run() -> str:
    long = contract()
    short = agreement(long)
    data = sheet(short, digest(canonical_json(short)), verify_url=VERIFY)
    template = clauses.TEMPLATES / f"termination-{short.edition}.typ"
    here, _document = await measured(lambda: typeset_here(template, data, font_dir=FONTS, timestamp=0))
    bounded, document = await measured(lambda: pdf.render(short, font_dir=FONTS, verify_url=VERIFY))
    whole, longer = await measured(lambda: pdf.render(long, font_dir=FONTS, verify_url=VERIFY))
    assert pages(document) <= MOST_PAGES
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, load average before "
            f"{os.getloadavg()[2]:.1f}; `python -m bench.rendering`: {ROUNDS} rounds one after the other.",
            "",
            "| what | p50 ms | p95 ms | slowest ms |",
            "| --- | --- | --- | --- |",
            row(f"an agreement of {pages(document)} pages, in the bounded worker", bounded, MOST_P95),
            row("the same in this process, without its fields for signatures", here),
            row(f"a contract of {pages(longer)} pages, in the bounded worker", whole),
        ]
    )


def main() -> None:
    told = asyncio.run(run())
    print(told)
    write(ROOT / "docs" / "PERFORMANCE.md", told, BEGIN, END)


if __name__ == "__main__":
    main()
