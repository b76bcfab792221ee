"""Companies that may be one hand's, as a graph: what each two of them share, and how far it reaches.

What a company typed in itself is an edge here too: the graph is for people to look at, and for rules that ask people.
What takes deals out of ratings and figures is decided at the desk, link by link: `trust.credit.linking.related`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Vault
from app.core.i18n import N_
from trust.risk.rules import mail

DEPTH = 3
"""So many steps from a company are followed."""
MOST = 20
"""What more companies share says nothing: a registration agent's address, the way out of a network."""
SIZE = 40
"""So many companies are shown, the nearest first."""
SHORTEST = {"phone": 7, "address": 8, "person": 2, "number": 6, "mail": 4}
KINDS = {
    "bank": N_("the same bank account"),
    "number": N_("the same verified number"),
    "person": N_("a representative or owner of the same name"),
    "address": N_("the same address"),
    "phone": N_("the same telephone number"),
    "device": N_("the same browser"),
    "mail": N_("the same e-mail domain"),
    "staff": N_("entered by staff"),
}
"""What two companies can share, by kind of trait."""

_EXCLUDED = """
    EXISTS (SELECT FROM restriction x
             WHERE x.organisation_id = o.id AND x.kind = 'terminated' AND x.state = 'in_force')
"""
_NEAR = """
    SELECT b.organisation_id FROM risk_trait a JOIN risk_trait b USING (kind, digest)
     WHERE a.organisation_id = r.id AND b.organisation_id <> r.id
       AND (SELECT count(*) FROM (SELECT FROM risk_trait c WHERE (c.kind, c.digest) = (a.kind, a.digest)
                                   LIMIT :most + 1) many) <= :most
       AND NOT EXISTS (SELECT FROM party_link l WHERE l.state = 'dismissed' AND a.kind = ANY (l.reasons)
                          AND l.a_id = least(r.id, b.organisation_id) AND l.b_id = greatest(r.id, b.organisation_id))
    UNION
    SELECT CASE WHEN l.a_id = r.id THEN l.b_id ELSE l.a_id END FROM party_link l
     WHERE l.state = 'confirmed' AND (l.a_id = r.id OR l.b_id = r.id)
    LIMIT :most
"""
_REACH = text(f"""
    WITH RECURSIVE reach(id, depth) AS (
        SELECT CAST(:company AS uuid), 0
        UNION
        SELECT near.id, r.depth + 1 FROM reach r CROSS JOIN LATERAL ({_NEAR}) AS near(id)
         WHERE r.depth < :depth)
    SELECT o.id, o.name_latin, o.slug, o.country, min(reach.depth) AS depth,
           CASE WHEN {_EXCLUDED} THEN 'terminated' ELSE o.state END AS state
      FROM reach JOIN organisation o ON o.id = reach.id
     GROUP BY o.id ORDER BY min(reach.depth), o.name_latin, o.id LIMIT :size
""")  # noqa: S608  of this module's own text
_EDGES = text("""
    WITH pair AS (
        SELECT a.organisation_id AS a_id, b.organisation_id AS b_id, array_agg(DISTINCT a.kind::text) AS kinds
          FROM risk_trait a JOIN risk_trait b USING (kind, digest)
         WHERE a.organisation_id < b.organisation_id
           AND a.organisation_id = ANY (:ids) AND b.organisation_id = ANY (:ids)
           AND (SELECT count(*) FROM (SELECT FROM risk_trait c WHERE (c.kind, c.digest) = (a.kind, a.digest)
                                       LIMIT :most + 1) many) <= :most
         GROUP BY 1, 2)
    SELECT coalesce(pair.a_id, l.a_id) AS a_id, coalesce(pair.b_id, l.b_id) AS b_id,
           coalesce(pair.kinds, l.reasons::text[]) AS kinds, l.id AS link_id, coalesce(l.state, '') AS state,
           coalesce(l.strong, false) AS strong
      FROM pair FULL JOIN (SELECT * FROM party_link WHERE a_id = ANY (:ids) AND b_id = ANY (:ids)) l
        ON l.a_id = pair.a_id AND l.b_id = pair.b_id
     ORDER BY 1, 2
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_SHARED = text("""
    SELECT DISTINCT a.kind::text FROM risk_trait a JOIN risk_trait b USING (kind, digest)
     WHERE a.organisation_id = :one AND b.organisation_id = :other
       AND (SELECT count(*) FROM (SELECT FROM risk_trait c WHERE (c.kind, c.digest) = (a.kind, a.digest)
                                   LIMIT :most + 1) many) <= :most
       AND NOT EXISTS (SELECT FROM party_link l WHERE l.state = 'dismissed' AND a.kind = ANY (l.reasons)
                          AND l.a_id = least(:one, :other) AND l.b_id = greatest(:one, :other))
    UNION
    SELECT 'staff' FROM party_link WHERE state = 'confirmed'
       AND a_id = least(:one, :other) AND b_id = greatest(:one, :other)
     ORDER BY 1
""").bindparams(bindparam("one", type_=Uuid), bindparam("other", type_=Uuid))
_ENDED = text(f"""
    SELECT DISTINCT t.kind::text FROM risk_trait t JOIN organisation o ON o.id = t.organisation_id
     WHERE {_EXCLUDED} AND o.id <> :company
       AND (t.kind IN ('bank', 'person', 'number', 'device')
            AND (t.kind, t.digest) IN (SELECT kind, digest FROM risk_trait WHERE organisation_id = :company)
         OR t.kind = 'person' AND t.digest = ANY (:persons))
     ORDER BY 1
""").bindparams(bindparam("persons", type_=ARRAY(LargeBinary)))  # noqa: S608  of this module's own text
_AT = text("SELECT count(*) FROM risk_trait WHERE kind = :kind AND digest = :digest AND organisation_id <> :company")
_DOMAINS = text(f"""
    SELECT DISTINCT said FROM organisation o
     CROSS JOIN LATERAL (
        SELECT lower(regexp_replace(substring(o.website FROM '://([^/:?#]+)'), '^www\\.', '')) AS said
        UNION ALL
        SELECT split_part(m.email, '@', 2) FROM member m WHERE m.organisation_id = o.id AND m.removed_at IS NULL) d
     WHERE o.level >= 2 AND o.id <> :company AND NOT o.is_platform AND NOT {_EXCLUDED} AND said > ''
     ORDER BY said LIMIT :most
""")  # noqa: S608  of this module's own text
COMPARED = 50_000
"""With so many domains of verified companies a new one is compared at most."""


@dataclass(frozen=True, slots=True)
class Party:
    """A company in the graph. `depth`: steps from the one that was asked about, itself 0. `state` "terminated": we do
    not work with it any more.
    """

    id: UUID
    name: str
    slug: str
    country: str
    state: str
    depth: int


@dataclass(frozen=True, slots=True)
class Edge:
    """What two companies share. `state` of their link at the desk, "" where there is none; `strong`: it counts unless
    somebody dismisses it.
    """

    a: Party
    b: Party
    kinds: tuple[str, ...]
    link_id: UUID | None
    state: str
    strong: bool

    @property
    def depth(self) -> int:
        return max(self.a.depth, self.b.depth)


@dataclass(frozen=True, slots=True)
class Graph:
    parties: tuple[Party, ...]
    edges: tuple[Edge, ...]
    cut: bool
    """Whether there are more than are shown."""

    def count(self, one: UUID, other: UUID) -> bool:
        """Whether deals between two companies count: not once a chain of confirmed links ties them, or a strong one."""
        reached, ahead = {one}, [one]
        while ahead:
            here = ahead.pop()
            for edge in self.edges:
                if edge.state == "confirmed" and here in (edge.a.id, edge.b.id):
                    there = edge.b.id if here == edge.a.id else edge.a.id
                    ahead += [] if there in reached else [there]
                    reached.add(there)
        pair = {one, other}
        strong = any(edge.strong and edge.state == "found" and {edge.a.id, edge.b.id} == pair for edge in self.edges)
        return other not in reached and not strong


async def graph(tx: AsyncSession, company: UUID, *, depth: int = DEPTH, size: int = SIZE) -> Graph:
    """Everybody whom a chain of at most `depth` shared things ties to a company, and what ties them. Two queries."""
    asked = {"company": company, "depth": depth, "most": MOST, "size": size + 1}
    rows = [
        Party(row.id, row.name_latin, row.slug, row.country, row.state, row.depth)
        for row in await tx.execute(_REACH, asked)
    ]
    cut, rows = len(rows) > size, rows[:size]
    if len(rows) < 2:
        return Graph((), (), cut=False)
    known = {party.id: party for party in rows}
    edges = tuple(
        Edge(known[row.a_id], known[row.b_id], tuple(sorted(row.kinds)), row.link_id, row.state, row.strong)
        for row in await tx.execute(_EDGES, {"ids": list(known), "most": MOST})
    )
    return Graph(tuple(rows), edges, cut)


async def shared(tx: AsyncSession, one: UUID, other: UUID) -> list[str]:
    """What two companies have in common, by kind; nothing that the desk has dismissed."""
    return list(await tx.scalars(_SHARED, {"one": one, "other": other, "most": MOST}))


async def ended_by(tx: AsyncSession, vault: Vault, company: UUID, persons: Iterable[str]) -> list[str]:
    """What a company, or the persons that it names now, share with companies that were excluded, by kind."""
    marks = [mark for name in persons if (mark := mark_of(vault, "person", name)) is not None]
    return list(await tx.scalars(_ENDED, {"company": company, "persons": marks}))


async def others_at(tx: AsyncSession, vault: Vault, kind: str, value: str, *, but: UUID) -> int:
    """How many other companies are known by this."""
    mark = mark_of(vault, kind, value)
    if mark is None:
        return 0
    found: int = (await tx.execute(_AT, {"kind": kind, "digest": mark, "company": but})).scalar_one()
    return found


async def domains(tx: AsyncSession, *, but: UUID) -> list[str]:
    """Domains of verified companies' websites and addresses, without those that anybody can have."""
    found: Collection[str] = list(await tx.scalars(_DOMAINS, {"company": but, "most": COMPARED}))
    return [domain for said in found if (domain := mail.own(mail.domain_of(said)))]


def mark_of(vault: Vault, kind: str, value: str) -> bytes | None:
    """The keyed hash by which a value is known; None where too little is left of it."""
    kept = plain(kind, value)
    return vault.mark(kept, f"risk_trait:{kind}") if kept else None


def plain(kind: str, value: str) -> str:
    """A value as it is compared: letters and figures alone; "" where too little is left to tell anybody apart."""
    if kind == "mail":
        value = mail.own(mail.domain_of(value))
    kept = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", value).casefold())
    if kind == "phone":
        kept = re.sub(r"\D", "", kept)
    return kept if len(kept) >= SHORTEST[kind] else ""
