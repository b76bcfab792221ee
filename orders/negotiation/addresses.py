"""Where a member's answers by mail go: an address that says which negotiation, and that nobody else can make up."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Vault, same
from orders.negotiation.models import Inquiry
from trust.identity import queries as identity
from trust.identity.queries import MemberView

PREFIX = "re-"
SIGN = 10
"""Bytes of the keyed hash: 80 bits."""
_LOCAL = re.compile(r"re-([a-z2-7]{42})")
MOST = 5
"""Addresses of one letter that are looked up."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom our letter went, and about what."""

    inquiry_id: UUID
    title: str
    member: MemberView


def answers_to(vault: Vault, inquiry_id: UUID, member_id: UUID) -> str:
    """What stands before the @, 45 characters that survive being written small: the negotiation's id, and a keyed hash
    of it and of the member."""
    sign = _sign(vault, inquiry_id, member_id)
    return PREFIX + base64.b32encode(inquiry_id.bytes + sign).decode().rstrip("=").lower()


def _sign(vault: Vault, inquiry_id: UUID, member_id: UUID) -> bytes:
    return vault.mark(str(member_id), f"answers:{inquiry_id}")[:SIGN]


async def addressee(tx: AsyncSession, vault: Vault, to: Iterable[str], domain: str) -> Addressee | None:
    """Whose address is among these, of those who still work for one of the two companies."""
    own = re.compile(rf"{_LOCAL.pattern}@{re.escape(domain.lower())}")
    for found in islice(filter(None, map(own.fullmatch, to)), MOST):
        said = base64.b32decode(found[1].upper() + "=" * 6)
        inquiry_id, sign = UUID(bytes=said[:16]), said[16:]
        for one in await _addressees(tx, inquiry_id):
            if same(sign, _sign(vault, inquiry_id, one.member.id)):
                return one
    return None


async def _addressees(tx: AsyncSession, inquiry_id: UUID) -> list[Addressee]:
    query = select(Inquiry.title, Inquiry.buyer_id, Inquiry.supplier_id).where(
        Inquiry.id == inquiry_id, Inquiry.forgotten_at.is_(None)
    )
    found = (await tx.execute(query)).first()
    if found is None:
        return []
    title, *two = found
    return [Addressee(inquiry_id, title, member) for company in two for member in await identity.members(tx, company)]
