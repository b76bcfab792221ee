"""Remembers prints of pictures and texts, and finds those of others that were there before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import ARRAY, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.subject import Subject
from trust.risk.likeness import prints
from trust.risk.likeness.models import RiskPicture, RiskText
from trust.risk.likeness.prints import FINDABLE

COMPARED = 2_000
"""So many pictures that are alike are looked at, at most."""
CANDIDATES, CLOSEST = 200, 8
"""So many texts that share a band are counted, and so many of them compared whole."""

_NEAR = text("""
    SELECT own.key AS own, own.seen_at AS own_seen_at, found.*
      FROM risk_picture AS own, LATERAL (
        WITH flip (bit) AS (SELECT unnest(:flips)),
        near (band, print) AS (
            SELECT print & 65535, print FROM (
                SELECT print FROM risk_picture WHERE band_0 = ANY(ARRAY(SELECT own.band_0 # bit FROM flip)) UNION ALL
                SELECT print FROM risk_picture WHERE band_1 = ANY(ARRAY(SELECT own.band_1 # bit FROM flip)) UNION ALL
                SELECT print FROM risk_picture WHERE band_2 = ANY(ARRAY(SELECT own.band_2 # bit FROM flip)) UNION ALL
                SELECT print FROM risk_picture WHERE band_3 = ANY(ARRAY(SELECT own.band_3 # bit FROM flip))) AS sharing
             WHERE bit_count((print # own.print)::bit(64)) <= :bits GROUP BY print)
        SELECT bit_count((print # own.print)::bit(64)) AS bits, seen_at, key, organisation_id
          FROM near JOIN risk_picture USING (print) WHERE band_0 = band
         ORDER BY bits, seen_at LIMIT :limit) AS found
     WHERE own.key = ANY(:keys) AND own.organisation_id = :company
     ORDER BY own.key, bits, seen_at
""").bindparams(bindparam("flips", prints.nearby(0), ARRAY(Integer)), bits=FINDABLE)
"""To each of these pictures of a company those near it, the nearest first. Itself is one, unless too many are."""

_SHARING = text("SELECT * FROM texts_sharing(:shared, :kind, :subject, :company, :most)")
_NEW = insert(RiskText)
_REMEMBER = _NEW.on_conflict_do_update(
    index_elements=["subject_type", "subject_id", "language"],
    set_={"bands": _NEW.excluded.bands, "seen_at": _NEW.excluded.seen_at},
    where=RiskText.bands != _NEW.excluded.bands,
)


@dataclass(frozen=True, slots=True)
class AlikePicture:
    """A picture of a company, and one that another company had here before. `bits` of 64 differ."""

    key: str
    other: str
    company: UUID
    bits: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be alike; `bands` of `prints.TEXT_BANDS` are the same."""

    subject: Subject
    company: UUID
    language: str
    bands: int


async def remember_picture(tx: AsyncSession, key: str, print_: int, organisation_id: UUID) -> None:
    """Write down the print of a picture that a company uploaded; the first time counts."""
    bands = {f"band_{place}": band for place, band in enumerate(prints.picture_bands(print_))}
    row = {"key": key, "organisation_id": organisation_id, "print": prints.signed(print_), "seen_at": clock.now()}
    await tx.execute(insert(RiskPicture).values(row | bands).on_conflict_do_nothing())


async def alike_pictures(tx: AsyncSession, keys: Sequence[str], organisation_id: UUID) -> list[AlikePicture]:
    """The likest picture of others to each of these of a company, where theirs was here before any like it of its own.
    One query.
    """
    rows = await tx.execute(_NEAR, {"keys": list(keys), "company": organisation_id, "limit": COMPARED})
    found = []
    for own, near in groupby(rows, key=lambda row: row.own):
        around = list(near)
        mine = (one.seen_at for one in around if one.organisation_id == organisation_id)
        since = min(mine, default=around[0].own_seen_at)
        other = next((one for one in around if one.organisation_id != organisation_id and one.seen_at < since), None)
        if other is not None:
            found.append(AlikePicture(own, other.key, other.organisation_id, other.bits))
    return found


async def remember_texts(
    tx: AsyncSession, subject: Subject, said: Mapping[str, Sequence[int]], organisation_id: UUID
) -> None:
    """Write down how texts read that were sent in, by language; since when counts anew whenever one reads otherwise."""
    common = {"subject_type": subject.type, "subject_id": subject.id, "organisation_id": organisation_id}
    rows = [
        common | {"language": language, "bands": list(bands), "seen_at": clock.now()}
        for language, bands in sorted(said.items())
    ]
    await tx.execute(_REMEMBER, rows)


async def candidates(
    tx: AsyncSession, subject: Subject, said: Mapping[str, Sequence[int]], organisation_id: UUID
) -> list[Candidate]:
    """Texts that share the most bands with these of a subject in the same language, and read so before it did: of
    others, and of its own company, the likest first. One query.
    """
    asked = {
        "shared": [band for bands in said.values() for band in bands],
        "kind": subject.type,
        "subject": subject.id,
        "company": organisation_id,
        "most": CANDIDATES * len(said),
    }
    both = (await tx.execute(_SHARING, asked)).all()
    since = {
        row.language: row.seen_at
        for row in both
        if row.subject_id == subject.id and row.bands == list(said.get(row.language, ()))
    }
    rows = [
        Candidate(Subject(subject.type, row.subject_id), row.organisation_id, row.language, shared)
        for row in both
        if row.subject_id != subject.id
        and row.seen_at < since.get(row.language, clock.now())
        and (shared := len(set(said.get(row.language, ())) & set(row.bands)))
    ]
    found = []
    for mine in (False, True):
        for language in said:
            close = [one for one in rows if one.language == language and (one.company == organisation_id) == mine]
            found += sorted(close, key=lambda one: (-one.bands, one.subject.id))[:CLOSEST]
    return found
