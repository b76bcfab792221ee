"""`python -m bench.rendering`: how long documents take to set, in the bounded helper that sets them.

An agreement that ends a contract, which has at most three pages, and a contract; another one each round, so that
nothing of the text is known from before. And the agreement by a helper that has just been started. One document at a
time, as the job does it.
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
from app.core.typesetting import SHOP
from bench.report import judged, write
from orders import presets
from orders.contracts import clauses, pdf
from orders.contracts.ending import ended
from orders.contracts.extras import Division, Ending
from orders.contracts.terms import Amended, ContractTerms, canonical_json, digest
from orders.contracts.values import Bilingual
from tests.factories import terms as make

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "app" / "static" / "fonts"
BEGIN, END = "<!-- rendering: written by python -m bench.rendering -->", "<!-- end of rendering -->"
ROUNDS, FIRST_ROUNDS, MOST_PAGES, MOST_P95 = 100, 10, 3, 150.0
VERIFY = "https://portolan.example/verify/PTL-2026-000123"


def contract(number: int) -> ContractTerms:
    """Two lines of goods, paid at once."""
    terms = make.with_plan(presets.plan("acceptance", production_days=30))
    words = " ".join(f"Carton {number}-{n}, marked on two sides." for n in range(5))
    own = {"number": f"PTL-2026-{number:06}", "packing": Bilingual(en=words, zh=words)}
    return clauses.draw_up(terms.model_copy(update=own))


def agreement(before: ContractTerms) -> ContractTerms:
    names = Amended(number=before.number, terms_hash=digest(canonical_json(before)))
    divisions = (Division(to_supplier=before.total, to_buyer=Money.zero(before.currency)),)
    ending = Ending(reason=f"The buyer's shop has closed, as told in {before.number}.", divisions=divisions)
    return ended(before, names, ending, number=f"{before.number}-T1")


async def measured(set_type: Callable[[int], Awaitable[bytes]], rounds: int = ROUNDS) -> tuple[list[float], bytes]:
    """Milliseconds of each round, after three that do not count, and the last document."""
    took, document = [], b""
    for number in range(rounds + 3):
        began = time.perf_counter()
        document = await set_type(number)
        if number >= 3:
            took.append((time.perf_counter() - began) * 1000)
    return took, document


async def first(terms: ContractTerms) -> bytes:
    """By a helper that is started for it."""
    SHOP.close()
    return await pdf.render(terms, font_dir=FONTS, verify_url=VERIFY)


def pages(document: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(document)).root["/Pages"]["/Count"])


def row(name: str, took: list[float], target: float | None = None) -> str:
    cuts = statistics.quantiles(took, n=20)
    p95 = f"{cuts[18]:.0f}" + (judged(cuts[18] < target, f"< {target:.0f}") if target else "")
    return f"| {name} | {statistics.median(took):.0f} | {p95} | {max(took):.0f} |"


async def run() -> str:
    long = [contract(number) for number in range(ROUNDS + 3)]
    short = [agreement(terms) for terms in long]
    bounded, document = await measured(lambda n: pdf.render(short[n], font_dir=FONTS, verify_url=VERIFY))
    whole, longer = await measured(lambda n: pdf.render(long[n], font_dir=FONTS, verify_url=VERIFY))
    cold, _document = await measured(lambda n: first(short[n]), FIRST_ROUNDS)
    assert pages(document) <= MOST_PAGES
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, load average before "
            f"{os.getloadavg()[2]:.1f}; `python -m bench.rendering`: {ROUNDS} documents one after the other.",
            "",
            "| what | p50 ms | p95 ms | slowest ms |",
            "| --- | --- | --- | --- |",
            row(f"an agreement of {pages(document)} pages, by the bounded helper", bounded, MOST_P95),
            row(f"a contract of {pages(longer)} pages, by the bounded helper", whole),
            row(f"the agreement, by a helper started for it ({FIRST_ROUNDS} times)", cold),
        ]
    )


def main() -> None:
    told = asyncio.run(run())
    print(told)
    write(ROOT / "docs" / "PERFORMANCE.md", told, BEGIN, END)


if __name__ == "__main__":
    main()
