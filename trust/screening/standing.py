"""Whether a company may do what it is about to: one look at what was found before of it, and of those who are named in
what it is about. Nothing is compared here.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.subject import Subject
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
_MATCHES = """
           (m.state IN ('open', 'proposed', 'confirmed') OR m.state = 'cleared' AND m.cleared_until <= :now)
"""
_STANDING = text(f"""
    SELECT o.id, EXISTS (SELECT FROM list_version)
                 AND (NOT EXISTS (SELECT FROM screened_party s WHERE s.organisation_id = o.id)
                      OR EXISTS (SELECT FROM screening_due d WHERE d.organisation_id = o.id)) AS waits,
           m.id AS match_id, m.tier, m.state = 'confirmed' AS confirmed, false AS named
      FROM organisation o
      LEFT JOIN screening_match m ON m.organisation_id = o.id AND {_MATCHES}
     WHERE o.id = ANY (:ids) AND NOT o.is_platform
     UNION ALL
    SELECT o.id, o.screened_at IS NULL AND EXISTS (SELECT FROM list_version), m.id, m.tier, m.state = 'confirmed', true
      FROM named_in n
      JOIN named_party o ON o.id = n.named_id
      LEFT JOIN screening_match m ON m.named_id = o.id AND {_MATCHES}
     WHERE (n.subject_type, n.subject_id) IN (SELECT * FROM unnest(:types, :subjects)) AND n.ended_at IS NULL
""").bindparams(  # noqa: S608  of this module's own text
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("types", type_=ARRAY(String(20))),
    bindparam("subjects", type_=ARRAY(Uuid)),
)
_POLICIES = text(f"""
    SELECT m.id, ({POLICY}) AS action
      FROM screening_match m
      LEFT JOIN organisation company ON company.id = m.organisation_id
      LEFT JOIN named_party named ON named.id = m.named_id
      CROSS JOIN LATERAL (SELECT coalesce(company.country, named.country) AS country) o
     WHERE m.id = ANY (:matches)
""").bindparams(bindparam("matches", type_=ARRAY(Uuid)))  # noqa: S608  of this module's own text
NAMED_IN = frozenset({"order", "bank_account", "bank_case"})
"""Kinds of things that stand still for those who are named in them. Of a contract each signature asks by itself."""


async def check(
    tx: AsyncSession, point: Point, *companies: UUID, currency: str = "", about: Sequence[Subject] = ()
) -> None:
    """Raises PartyStopped where a match stands against one of these companies, or somebody named in these things, that
    the policy stops here, and BeingChecked where one that came or changed was not compared with the lists yet. One
    query, and one more where anybody matches.

    currency  of the contract or payout, for policies that name one
    """
    matched, waiting = await _stopped(tx, point, companies, currency, about)
    if matched:
        raise PartyStopped(_("This cannot be done at the moment. Please write to us, and we will look into it."))
    if waiting:
        raise BeingChecked(_("The particulars of a company are being checked. Please try again in a few minutes."))


async def stopped(tx: AsyncSession, point: Point, companies: Collection[UUID], *, currency: str = "") -> set[UUID]:
    """Those of these companies for which `check` would raise. Queries as there."""
    matched, waiting = await _stopped(tx, point, companies, currency)
    return matched | waiting


async def stands_still(tx: AsyncSession, *about: Subject) -> bool:
    """Whether money of these things stays where it is, because of somebody who is named in them."""
    named = [subject for subject in about if subject.type in NAMED_IN]
    return bool(named) and any(await _stopped(tx, Point.PAYOUT, (), "", named))


async def _stopped(
    tx: AsyncSession, point: Point, companies: Collection[UUID], currency: str, about: Sequence[Subject] = ()
) -> tuple[set[UUID], set[UUID]]:
    """Those with a match that stops them here, and those who were not compared yet: companies, and who is named.

    Goods that have left with a carrier who was never named before are written down all the same: until it was compared,
    the money stays where it is.
    """
    asked = {
        "ids": list(set(companies)),
        "types": [subject.type for subject in about],
        "subjects": [subject.id for subject in about],
        "now": clock.now(),
    }
    rows = (await tx.execute(_STANDING, asked)).all()
    policies = await _policies(tx, [row.match_id for row in rows if row.match_id], currency)
    matched, waiting = set(), set()
    for row in rows:
        if row.waits and point in STOPS[Action.REVIEW] and not (row.named and point is Point.SHIPMENT):
            waiting.add(row.id)
        if row.match_id:
            said = policies.get(row.match_id, UNSAID)
            if point in STOPS[effective(Tier(row.tier), said, confirmed=row.confirmed)]:
                matched.add(row.id)
    return matched, waiting


async def _policies(tx: AsyncSession, matches: Sequence[UUID], currency: str) -> dict[UUID, Action]:
    """What the policy says today of these matches, where it says anything. Asked apart: nearly nobody has any, and the
    database would plan it anew each time.
    """
    if not matches:
        return {}
    asked = {"matches": matches, "currency": currency, "day": clock.now().date()}
    rows = await tx.execute(_POLICIES, asked)
    return {row.id: Action(row.action) for row in rows if row.action}


async def action_of(tx: AsyncSession, list_key: str, party: UUID, *, named: bool = False, currency: str = "") -> Action:
    """What the policy says today of a match between this company, or this named party, and this list."""
    table = "named_party" if named else "organisation"
    query = text(f"SELECT ({POLICY}) FROM {table} o, (SELECT CAST(:list AS text) AS list_key) m WHERE o.id = :id")  # noqa: S608
    said = await tx.scalar(query, {"list": list_key, "id": party, "currency": currency, "day": clock.now().date()})
    return Action(said) if said else UNSAID
