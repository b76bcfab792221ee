"""A company's credit file, as everybody sees it and as the company does: scores, history, ratings."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Tx
from orders.deals import ratings
from orders.deals.ratings import BASES, RatedView
from orders.deals.ratings_web import RatedOut
from trust.access import CurrentMember, Member, Permission
from trust.credit import queries
from trust.credit.errors import FileNotFound
from trust.credit.kinds import Kind
from trust.credit.queries import EntryView, ExportView, File
from trust.credit.schemas import EntryOut, ExportOut, ScoreOut
from trust.credit.scoring import MEANS, PARTS
from trust.credit.states import APPEAL_LABELS
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound
from trust.identity.queries import OrganisationView

router = HouseRouter(tags=["credit"])
DIGEST = re.compile("[0-9a-f]{64}")
STRONGEST = 12
"""So many effects explain a score; the history has all."""


class FileQuery(PageQuery):
    """Which list; `hash`: the SHA-256 of a file that was taken along, to be asked about."""

    show: Literal["history", "ratings"] = "history"
    hash: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=80)] = ""


class CreditOut(BaseModel):
    """A page of a credit file; `known` says whether the hash that was asked about is of a file made here."""

    as_of: datetime
    rules: int
    scores: list[ScoreOut]
    entries: list[EntryOut]
    entries_total: int
    ratings: list[RatedOut]
    ratings_total: int
    known: bool | None = None
    exports: list[ExportOut] = []


@router.get("/suppliers/{slug}/credit", response_model=CreditOut)
async def public(answer: Answer, tx: Tx, slug: str, asked: Annotated[FileQuery, Query()]) -> Response:
    """A supplier's credit file: five scores with what moved them, its history, and what partners said. E-Commerce Law
    (PRC) art. 39."""
    company = await _supplier(tx, slug)
    file = await queries.file(tx, company.id)
    known = await queries.known_export(tx, asked.hash) if DIGEST.fullmatch(asked.hash) else None
    if known is not None and known.organisation_id != company.id:
        known = None
    shown = await _shown(tx, file, asked)
    out = _out(file, shown, known=known is not None if asked.hash else None)
    return answer.show("trust/credit_public.html", out, company=company, asked=asked, known=known, **shown)


async def _supplier(tx: AsyncSession, slug: str) -> OrganisationView:
    """Also one that is restricted: whoever deals with it may want to know. Raises FileNotFound."""
    try:
        company = await identity.by_slug(tx, slug)
    except OrganisationNotFound:
        raise FileNotFound(_("There is no such supplier.")) from None
    if not company.sells:
        raise FileNotFound(_("There is no such supplier."))
    return company


@router.get("/credit", response_model=CreditOut)
async def own(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[FileQuery, Query()]) -> Response:
    """The member's own company's file, with all that can be done about it."""
    if member.is_staff:
        raise FileNotFound(_("The platform has no credit file."))
    file = await queries.file(tx, member.organisation_id)
    shown = await _shown(tx, file, asked)
    made = await queries.exports(tx, member.organisation_id)
    return answer.show(
        "trust/credit_own.html",
        _out(file, shown, exports=made),
        company=await identity.organisation(tx, member.organisation_id),
        asked=asked,
        appeals=await queries.appeals(tx, [view.id for view in shown["views"]]),
        appeal_labels=APPEAL_LABELS,
        exports=made,
        may_answer=_may_answer(member),
        **shown,
    )


def _may_answer(member: Member) -> bool:
    return member.may(Permission.NEGOTIATE)


async def _shown(tx: AsyncSession, file: File, asked: FileQuery) -> dict[str, Any]:
    """What both pages show of a file: the page of one list, and of the other only how long it is."""
    history = asked.show == "history"
    limit = 0 if history else asked.per_page
    rated, rated_total = await ratings.about(tx, file.organisation_id, offset=asked.offset, limit=limit)
    views = file.page(offset=asked.offset, limit=asked.per_page) if history else []
    linked = frozenset(r.id for r in rated if r.rater_id in file.related)
    return {
        "file": file,
        "views": views,
        "total": len(file.entries),
        "rated": rated,
        "rated_total": rated_total,
        "linked_ratings": linked,
        "explained": _explained(file),
        "parts": PARTS,
        "means": MEANS,
        "bases": BASES,
        "correction": Kind.CORRECTION,
    }


def _explained(file: File) -> dict[str, list[tuple[EntryView, str]]]:
    """Of each score the entries that moved it most, the newest first, with their effect."""
    found = {}
    for score in file.scores:
        strongest = sorted(score.effects, key=lambda effect: (-abs(effect.points), effect.entry.source))[:STRONGEST]
        strongest.sort(key=lambda effect: effect.entry.at, reverse=True)
        views = file.views([effect.entry for effect in strongest])
        found[str(score.part)] = [
            (view, queries.shown(effect.tenths)) for view, effect in zip(views, strongest, strict=True)
        ]
    return found


def _out(
    file: File, shown: dict[str, Any], *, known: bool | None = None, exports: list[ExportView] | None = None
) -> CreditOut:
    views: list[EntryView] = shown["views"]
    rated: list[RatedView] = shown["rated"]
    return CreditOut(
        as_of=file.as_of,
        rules=file.rules.version,
        scores=[ScoreOut.of(score) for score in file.scores],
        entries=[EntryOut.of(view) for view in views],
        entries_total=shown["total"],
        ratings=[RatedOut.of(view) for view in rated],
        ratings_total=shown["rated_total"],
        known=known,
        exports=[ExportOut.of(view) for view in exports or ()],
    )
