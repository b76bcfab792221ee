"""A load generator in a process of its own: a fixed number of keep-alive connections, each asking without a pause.

Reads one JSON object from standard input and prints one: see `Plan` and `Figures`. HTTP/1.1 answers must tell their
Content-Length, as all of ours do.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from statistics import quantiles
from time import perf_counter

import uvloop


@dataclass(frozen=True)
class Plan:
    """Requests go round through `paths`, each with the body in its place of `bodies`, or with the only one.

    once  each request a single time: the run ends with them
    """

    port: int
    paths: list[str]
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=lambda: [""])
    connections: int = 16
    warm_up: float = 1.0  # seconds whose answers are not counted
    seconds: float = 3.0
    once: bool = False

    def turned(self, share: float) -> "Plan":
        """The same, begun after that share of `paths`: another round then asks for others first."""
        first = int(len(self.paths) * share)
        return replace(self, paths=self.paths[first:] + self.paths[:first])


@dataclass(frozen=True)
class Figures:
    per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    bytes: int  # of the last answer's body


class Run:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        bodies = itertools.cycle(plan.bodies)
        requests = [self._request(path, next(bodies)) for path in plan.paths]
        self.requests: Iterator[bytes] = iter(requests) if plan.once else itertools.cycle(requests)
        self.begins = perf_counter() + plan.warm_up
        self.ends = self.begins + plan.seconds
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.size = 0

    def _request(self, path: str, text: str) -> bytes:
        plan, body = self.plan, text.encode()
        headers = {"host": "127.0.0.1", **plan.headers}
        if body:
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
        lines = [f"{plan.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.plan.port)
        while (began := perf_counter()) < self.ends and (request := next(self.requests, None)):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            self.size = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            await reader.readexactly(self.size)
            if began >= self.begins:
                self.took.append(perf_counter() - began)
                self.statuses[head[9:12].decode()] += 1
        writer.close()
        await writer.wait_closed()

    async def whole(self) -> Figures:
        await asyncio.gather(*(self.connection() for _ in range(self.plan.connections)))
        cuts = quantiles(self.took, n=100)
        rate = len(self.took) / (min(perf_counter(), self.ends) - self.begins)
        return Figures(rate, cuts[49] * 1000, cuts[98] * 1000, dict(self.statuses), self.size)


async def main() -> None:
    plan = Plan(**json.loads(sys.stdin.read()))
    figures = await Run(plan).whole()
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    uvloop.run(main())
