"""Requests as the recorder notes them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.db import Database
from app.traffic.recording import Recorder, Seen

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


def recorder(db: Database, **also: object) -> Recorder:
    return Recorder(db, secret="a secret of tests", zone=ZONE, **also)  # type: ignore[arg-type]


async def record(db: Database, *seen: Seen) -> None:
    """Write these as a web process does."""
    own = recorder(db)
    for one in seen:
        own.note(one)
    await own.flush()
