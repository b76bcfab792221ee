"""The figures beside their targets: a Markdown table for the terminal and for docs/PERFORMANCE.md."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.load import Figures

SEARCH = "search page, words and facets"
PRODUCT = "product page"
PRODUCT_JSON = "product JSON"
ORDER = "order placement (the second signature)"
LEAST_SHARE = {SEARCH: 0.30, PRODUCT: 0.50, PRODUCT_JSON: 0.50}
MOST_P99 = 5.0  # times the bare page's
MOST_LOSS = 0.30  # of the search page's rate, from the smallest number of products to the largest
MOST_MEMORY = 300.0  # megabytes
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Row:
    products: int
    name: str
    page: Figures
    bare: Figures  # measured right after, under the same conditions

    @property
    def share(self) -> float:
        return self.page.per_second / self.bare.per_second

    @property
    def p99(self) -> float:
        return self.page.p99_ms / self.bare.p99_ms

    @property
    def told(self) -> str:
        failed = {status: n for status, n in self.page.statuses.items() if status[0] != "2"}
        ratio = f"{self.page.per_second:.0f}/s, {self.share:.0%} of {self.bare.per_second:.0f}/s"
        return f"{self.name}: {ratio}; p99 {self.page.p99_ms:.0f} ms" + (f"; NOT ANSWERED: {failed}" if failed else "")

    @property
    def cells(self) -> list[str]:
        least = LEAST_SHARE.get(self.name)
        return [
            f"{self.products:,}",
            self.name,
            f"{self.page.per_second:.0f}",
            f"{self.bare.per_second:.0f}",
            f"{self.share:.0%}" + judged(self.share >= least, f"≥ {least:.0%}") if least else f"{self.share:.0%}",
            f"{self.page.p50_ms:.1f}",
            f"{self.page.p99_ms:.1f}",
            f"{self.p99:.1f} ×" + judged(self.p99 <= MOST_P99, f"≤ {MOST_P99:g} ×"),
        ]


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process: its share of what is in memory, each page counted once in all, and what is resident."""

    name: str
    share: float
    resident: float


def judged(met: bool, target: str) -> str:
    return f" ({target}: {'met' if met else '**missed**'})"


def table(rows: list[Row], memory: list[Memory], sizes: tuple[int, ...]) -> str:
    headings = ["products", "what", "per second", "bare per second", "share", "p50 ms", "p99 ms", "p99 to bare's"]
    lines = ["| " + " | ".join(cells) + " |" for cells in (headings, ["---"] * len(headings), *(r.cells for r in rows))]
    whole = sum(process.share for process in memory)
    parts = ", ".join(f"{process.name} {process.share:.0f}" for process in memory)
    resident = " + ".join(f"{process.resident:.0f}" for process in memory)
    return "\n".join(
        [
            f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, load average before "
            f"{os.getloadavg()[2]:.1f}; `make bench`.",
            "",
            *lines,
            "",
            *(_loss(rows, sizes) if len(sizes) > 1 else []),
            f"Memory after the load, what is shared counted once: {whole:.0f} MB ({parts})"
            + judged(whole <= MOST_MEMORY, f"≤ {MOST_MEMORY:g} MB")
            + f". Resident in each, what is shared counted in each: {resident} MB.",
        ]
    )


def _loss(rows: list[Row], sizes: tuple[int, ...]) -> list[str]:
    """Compared as shares of the bare page, so that a busier machine in one half is not told as a loss."""
    few, many = (next(r.share for r in rows if r.products == n and r.name == SEARCH) for n in (sizes[0], sizes[-1]))
    loss = 1 - many / few
    said = f"From {sizes[0]:,} to {sizes[-1]:,} products the search page loses {loss:.0%} of its share"
    return [said + judged(loss < MOST_LOSS, f"< {MOST_LOSS:.0%}") + ".", ""]


def write(document: Path, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Put the figures into their place in the document."""
    before = document.read_text()
    place = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    document.write_text(place.sub(lambda _: f"{begin}\n{text}\n{end}", before))
