"""Requests as the recorder notes them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.db import Database
from app.traffic.postgres import PostgresEvents
from app.traffic.recording import Recorder, Seen
from app.traffic.store import EventStore

ZONE = "Asia/Shanghai"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
GERMAN, CHINESE, HONG_KONG, NOBODYS = "88.198.1.1", "114.114.114.114", "202.181.224.2", "10.0.0.1"
MIDDAY = datetime(2026, 10, 14, 4, 0, tzinfo=UTC)
"""Noon of 14 October 2026 in Shanghai."""


@dataclass(frozen=True)
class Walk:
    """Somebody who looks at pages; `view` takes seconds after midday."""

    address: str = GERMAN
    agent: str = FIREFOX
    member: UUID | None = None
    staff: bool = False

    def at(
        self,
        moment: datetime,
        path: str = "/products",
        *,
        query: str = "",
        referer: str = "",
        kind: str = "view",
        subject: tuple[str, str] = ("", ""),
    ) -> Seen:
        return Seen(
            at=moment, kind=kind, address=self.address, agent=self.agent, member=self.member, staff=self.staff,
            host="test", referer=referer, path=path, query=query, route=path, subject=subject,
        )  # fmt: skip

    def view(self, seconds: float, path: str = "/products", **also: str) -> Seen:
        return self.at(MIDDAY + timedelta(seconds=seconds), path, **also)  # type: ignore[arg-type]


def recorder(db: Database, store: EventStore | None = None, **also: object) -> Recorder:
    return Recorder(db, store or PostgresEvents(db), secret="a secret of tests", zone=ZONE, **also)  # type: ignore[arg-type]


async def record(db: Database, *seen: Seen, store: EventStore | None = None) -> None:
    """Write these as a web process does."""
    own = recorder(db, store)
    for one in seen:
        own.note(one)
    await own.flush()


SCREENS = ["Firefox/130.0", "Googlebot/2.1", "Mozilla HeadlessChrome/1.0", "Safari Mobile", "iPad Safari"]
LINKS = ["", "", "", "utm_source=fair", "utm_source=Messe", "utm_source=news&utm_medium=email", "gclid=1"]
SITES = [
    "",
    "",
    "https://www.google.com/",
    "https://a.example/",
    "https://B.example/",
    "https://xn--zeitung-0za.example/",
]
THINGS = [
    ("", ""),
    ("product", "p1"),
    ("product", "p2"),
    ("supplier", "kiln"),
    ("supplier", "Kiln"),
    ("supplier", "窑"),
]
STEPS = [0, 0, 0.000001, 0.999999, 1, 1.000001, 5, 59, 600, 1799.999999, 1800, 1800.000001, 20_000]


def crowd(chance: random.Random, members: Sequence[UUID], midnight: datetime) -> list[Seen]:
    """People and programs around two midnights: the same microsecond twice, a member at two screens, a data centre
    (203.0.113.0/24), spurts of views, beacons and traps, links of campaigns, sites by the hundred."""
    addresses = [GERMAN, CHINESE, HONG_KONG, NOBODYS, "203.0.113.7"]
    found = []
    for _walker in range(chance.randint(1, 12)):
        walk = Walk(chance.choice(addresses), chance.choices(SCREENS, (8, 1, 1, 4, 2))[0])
        walk = Walk(walk.address, walk.agent, chance.choice([None, None, *members]), chance.random() < 0.05)
        moment = midnight + timedelta(minutes=chance.randint(-40, 40) + chance.choice([-1440, 0, 0, 0, 600]))
        for _step in range(chance.randint(1, 14)):
            moment += timedelta(seconds=chance.choice(STEPS))
            kind = chance.choices(["view", "beacon", "trap"], (30, 2, 1))[0]
            found.append(_glance(chance, walk, moment, kind))
        if chance.random() < 0.2:
            pace = chance.choice([0.9, 1, 1.000001])
            found += [walk.at(moment + timedelta(seconds=pace * n), f"/{n}") for n in range(61)]
    if chance.random() < 0.2:
        found += [
            Walk(f"88.198.7.{n}").at(midnight, referer=f"https://{n}.example/") for n in range(chance.randint(199, 210))
        ]
    return found


def _glance(chance: random.Random, walk: Walk, moment: datetime, kind: str) -> Seen:
    return walk.at(
        moment,
        f"/{chance.randint(1, 3)}",
        query="driven=1" if kind == "beacon" and chance.random() < 0.3 else chance.choice(LINKS),
        referer=chance.choice(SITES),
        kind=kind,
        subject=chance.choice(THINGS),
    )
