"""Whether a company may do what it is about to: one look at what was found of it before. Nothing is compared here."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.screening.errors import BeingChecked, PartyStopped
from trust.screening.rules import UNSAID
from trust.screening.states import STOPS, Action, Point, Tier, effective

POLICY = """
    SELECT p.action FROM list_policy p
     WHERE p.agreed AND p.effective_from <= CAST(:day AS date)
       AND p.list_key IN ('', m.list_key) AND p.jurisdiction IN ('', o.country) AND p.currency IN ('', :currency)
       AND p.entity IN ('', coalesce((SELECT country FROM organisation WHERE is_platform ORDER BY id LIMIT 1), ''))
     ORDER BY p.list_key = '', p.jurisdiction = '', p.currency = '', p.entity = '', p.effective_from DESC, p.id DESC
     LIMIT 1
"""
"""Of the policies that fit, the one that names the list, then the party's country, then the currency, then our own
company's country; of two that name the same, the newer."""
_STANDING = text(f"""
    SELECT o.id, EXISTS (SELECT FROM list_version)
                 AND (NOT EXISTS (SELECT FROM screened_party s WHERE s.organisation_id = o.id)
                      OR EXISTS (SELECT FROM screening_due d WHERE d.organisation_id = o.id)) AS waits,
           m.tier, m.state = 'confirmed' AS confirmed, policy.action
      FROM organisation o
      LEFT JOIN screening_match m ON m.organisation_id = o.id
            AND (m.state IN ('open', 'proposed', 'confirmed') OR m.state = 'cleared' AND m.cleared_until <= :now)
      LEFT JOIN LATERAL ({POLICY}) policy ON m.id IS NOT NULL
     WHERE o.id = ANY (:ids) AND NOT o.is_platform
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))  # noqa: S608  of this module's own text


async def check(tx: AsyncSession, point: Point, *companies: UUID, currency: str = "") -> None:
    """Raises PartyStopped where a match stands against one of these companies that the policy stops here, and
    BeingChecked where one that came or changed was not compared with the lists yet. One query.

    currency  of the contract or payout, for policies that name one
    """
    matched, waiting = await _stopped(tx, point, companies, currency)
    if matched:
        raise PartyStopped(_("This cannot be done at the moment. Please write to us, and we will look into it."))
    if waiting:
        raise BeingChecked(_("The particulars of a company are being checked. Please try again in a few minutes."))


async def stopped(tx: AsyncSession, point: Point, companies: Collection[UUID], *, currency: str = "") -> set[UUID]:
    """Those of these companies for which `check` would raise. One query."""
    matched, waiting = await _stopped(tx, point, companies, currency)
    return matched | waiting


async def _stopped(
    tx: AsyncSession, point: Point, companies: Collection[UUID], currency: str
) -> tuple[set[UUID], set[UUID]]:
    """Companies with a match that stops them here, and companies that were not compared yet."""
    now = clock.now()
    asked = {"ids": list(set(companies)), "currency": currency, "day": now.date(), "now": now}
    matched, waiting = set(), set()
    for row in await tx.execute(_STANDING, asked):
        if row.waits and point in STOPS[Action.REVIEW]:
            waiting.add(row.id)
        if row.tier is not None:
            said = Action(row.action) if row.action else UNSAID
            if point in STOPS[effective(Tier(row.tier), said, confirmed=row.confirmed)]:
                matched.add(row.id)
    return matched, waiting


async def action_of(tx: AsyncSession, list_key: str, company: UUID, *, currency: str = "") -> Action:
    """What the policy says today of a match between this company and this list."""
    query = text(f"SELECT ({POLICY}) FROM organisation o, (SELECT CAST(:list AS text) AS list_key) m WHERE o.id = :id")  # noqa: S608
    said = await tx.scalar(query, {"list": list_key, "id": company, "currency": currency, "day": clock.now().date()})
    return Action(said) if said else UNSAID
