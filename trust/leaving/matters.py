"""What of a company is still open: each domain tells what it knows, and this adds it up.

A domain declares a reader in a module named `leaving`, which `app.wiring` imports.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money


@dataclass(frozen=True, slots=True)
class Matter:
    """Things of one kind that are not over.

    key     such as `orders`
    label   what they are, to be translated; fate: what becomes of them when the company leaves, likewise
    count   how many, where they are counted; amounts where they are money
    href    the page where they are finished
    waits   the company has left only once there are none
    """

    key: str
    label: str
    fate: str
    href: str
    count: int = 0
    amounts: tuple[Money, ...] = ()
    waits: bool = True

    def __bool__(self) -> bool:
        return bool(self.count or any(amount.minor for amount in self.amounts))


Reader = Callable[[AsyncSession, UUID], Awaitable[list[Matter]]]
Partners = Callable[[AsyncSession, UUID], Awaitable[set[UUID]]]
_readers: list[Reader] = []
_partners: list[Partners] = []


def reader(fn: Reader) -> Reader:
    """Declare what a domain knows of a company's open matters."""
    _readers.append(fn)
    return fn


def partners(fn: Partners) -> Partners:
    """Declare who has something open with a company, and is told that it leaves."""
    _partners.append(fn)
    return fn


async def open_matters(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    """All that is open, what is waited for first."""
    found = [matter for read in _readers for matter in await read(tx, organisation_id) if matter]
    return sorted(found, key=lambda matter: not matter.waits)


async def partners_of(tx: AsyncSession, organisation_id: UUID) -> list[UUID]:
    """Companies with something open with this one, in the order of their ids."""
    found = set[UUID]().union(*[await read(tx, organisation_id) for read in _partners])
    return sorted(found - {organisation_id})
