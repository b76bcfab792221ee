"""A credit file to take along: canonical JSON, and a PDF with its SHA-256 under the platform's seal.

Whoever holds the JSON finds its hash in the PDF, whose seal any program that knows PAdES checks; the public page and
/verify say whether the platform made it.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pyhanko.sign.timestamps import TimeStamper
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.evidence import canonical_json
from app.core.i18n import N_, _, format_date, speaking
from app.core.jobs import JobContext
from app.core.signing.documents import Act, Field, prepared, signed
from app.core.signing.timestamps import NoTimestamp, with_first
from app.core.subject import Subject
from app.core.typesetting import legible, typeset
from trust.credit import queries
from trust.credit.kinds import LABELS, Kind
from trust.credit.models import CreditExport
from trust.credit.queries import EntryView, File
from trust.credit.scoring import PARTS, Score
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView

FORMAT = "portolan-credit-file"
TEMPLATE = Path(__file__).parent / "credit.typ"
SEAL = "PlatformSeal"
BOX = (60, 40, 260, 74)
"""Where the seal stands on the last page, in points from the lower left."""
PRINTED = 60
"""So many entries, the latest, are printed; the JSON has all."""
NOTE = N_(
    "Portolan made this file at the company's request, from what happened on the platform. It says nothing of what it"
    " did not see."
)
Pair = dict[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is made: the JSON, and what the PDF shows of it."""

    content: bytes
    company: OrganisationView
    made_at: datetime
    file: File
    views: tuple[EntryView, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


async def taken(tx: AsyncSession, export_id: UUID) -> Taken | None:
    """What goes into an export now; None once it was made."""
    row = await tx.get_one(CreditExport, export_id)
    if row.made_at is not None:
        return None
    company = await identity.organisation(tx, row.organisation_id)
    file = await queries.file(tx, company.id)
    views = tuple(file.views(file.entries))
    said = {
        "format": FORMAT,
        "version": 1,
        "export": row.id,
        "made_at": file.as_of,
        "company": {
            "id": company.id,
            "name": company.name_original,
            "name_latin": company.name_latin,
            "country": company.country,
            "registration_kind": company.registration_kind,
            "registration_number": company.registration_number,
        },
        "rules": file.rules.version,
        "scores": [_score(score) for score in file.scores],
        "entries": [_entry(view) for view in views],
    }
    return Taken(canonical_json(said).encode(), company, file.as_of, file, views)


def _score(score: Score) -> dict[str, Any]:
    """`points`: tenths by which each entry moved it; `value` is null while not enough is known."""
    return {
        "part": str(score.part),
        "value": score.value,
        "known": score.known,
        "needed": score.needed,
        "base": score.base,
        "effects": [{"entry": effect.entry.id, "tenths": effect.tenths} for effect in score.effects],
    }


def _entry(view: EntryView) -> dict[str, Any]:
    return {
        "id": view.id,
        "kind": str(view.kind),
        "at": view.at,
        "facts": {name: value for name, value in view.facts.items() if name != "of"},
        "corrects": view.corrects,
        "linked": view.linked,
        "corrected": view.corrected,
    }


async def sealed(ctx: JobContext, what: Taken) -> bytes:
    """The PDF under the platform's seal, with a timestamp if anybody gives one."""
    data = legible(_data(what), font_dir=ctx.settings.font_dir)
    bare = await typeset(TEMPLATE, data, font_dir=ctx.settings.font_dir, timestamp=int(what.made_at.timestamp()))
    document = prepared(bare, [Field(SEAL, BOX)])
    act = Act(field=SEAL, reason=f"{FORMAT} {what.digest}")

    async def work(stamper: TimeStamper | None) -> bytes:
        return await signed(document, act, ctx.authority.seal, ctx.authority, stamper=stamper)

    return await _in_time(ctx, work)


async def _in_time(ctx: JobContext, work: Callable[[TimeStamper | None], Awaitable[bytes]]) -> bytes:
    try:
        return await with_first(ctx.timestamps, work)
    except NoTimestamp:
        return await work(None)


def _both(word: Callable[[], str]) -> Pair:
    found = {}
    for key, locale in (("en", "en"), ("zh", "zh-Hans")):
        with speaking(locale):
            found[key] = word()
    return found


def _data(what: Taken) -> dict[str, Any]:
    company = what.company
    unknown = N_("not enough known")
    return {
        "title": _both(lambda: _("Credit file")),
        "company": list(dict.fromkeys((company.name_original, company.name_latin))),
        "number": f"{company.country} {company.registration_number}",
        "day": _both(lambda: format_date(what.made_at)),
        "rules": _both(lambda: _("Rules of scoring, version %(n)s") % {"n": what.file.rules.version}),
        "note": _both(lambda: _(NOTE)),
        "scores": [
            {
                "name": _both(lambda score=score: _(PARTS[score.part])),  # type: ignore[misc]
                "value": score.value,
                "said": _both(lambda: _(unknown)),
            }
            for score in what.file.scores
        ],
        "heads": [_both(lambda: _("Day")), _both(lambda: _("What happened")), _both(lambda: _("Effect"))],
        "rows": [_row(view) for view in what.views[:PRINTED]],
        "left": _both(lambda: _("%(n)s entries in all; the JSON has them.") % {"n": len(what.views)}),
        "hash": what.digest,
        "hash_label": _both(lambda: _("SHA-256 of the JSON")),
    }


def _row(view: EntryView) -> dict[str, Any]:
    def told() -> str:
        return " · ".join(part for part in (_(LABELS[Kind(view.kind)]), view.said) if part)

    def effect() -> str:
        if view.linked:
            return _("not counted: linked companies")
        return _("not counted: corrected") if view.corrected else view.effect

    return {"day": f"{view.at:%Y-%m-%d}", "said": _both(told), "effect": _both(effect)}


async def keep(tx: AsyncSession, export_id: UUID, content: bytes, pdf: bytes) -> None:
    """Keep what was made, unless another run was faster. Locks the row."""
    row = (await tx.scalars(select(CreditExport).where(CreditExport.id == export_id).with_for_update())).one()
    if row.made_at is not None:
        return
    row.made_at, row.content, row.pdf = clock.now(), content, pdf
    row.content_hash, row.pdf_hash = hashlib.sha256(content).hexdigest(), hashlib.sha256(pdf).hexdigest()
    said = {"organisation": row.organisation_id, "content": row.content_hash, "pdf": row.pdf_hash}
    await evidence.record(tx, Subject("credit_export", row.id), "credit.exported", said, actor=row.asked_by)


def read(content: bytes) -> dict[str, Any]:
    """A file's JSON as it was made."""
    found: dict[str, Any] = json.loads(content)
    return found
