"""Where a notice begins: the listings it names are known by the addresses of their pages."""

import re
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import limits
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from listings import queries as listings
from trust.access import MaybeMember
from trust.cases import exhibits
from trust.cases.exhibits import Kept
from trust.rights import notices, pages, queries, registry
from trust.rights.errors import BadNotice
from trust.rights.notices import Filing, Listing
from trust.rights.notifiers import Speaker
from trust.rights.periods import AT_ONCE
from trust.rights.registry import Claim
from trust.rights.schemas import NoticeIn, NoticeOut
from trust.rights.states import RightKind
from trust.rights.web import entered, here

router = HouseRouter(tags=["rights"])
_PRODUCT = re.compile(r"^/products/([0-9a-fA-F-]{36})/?$")


class FormQuery(BaseModel):
    """`right`: of the registry, chosen already; `about`: the address of a listing to begin with."""

    right: str = ""
    about: str = ""


@router.get("/rights/notices/new", include_in_schema=False)
async def notice_form(
    request: Request, answer: Answer, tx: Tx, member: MaybeMember, asked: Annotated[FormQuery, Query()]
) -> Response:
    """The form of a notice."""
    by = await here(request, tx, member)
    company = member is not None and not member.is_staff
    if by is None and not company:
        return answer.done("/rights", flash=_("Sign in, or ask for a code by e-mail first."))
    today = registry.today(request.app.state.settings.reporting_zone)
    rights = await queries.carrying(tx, by.notifier_id, today) if by else []
    chosen = [(str(r.id), f"{r.title} · {r.office} {r.number} · {r.holder}") for r in rights]
    return answer.show(
        "rights/notice_form.html",
        None,
        rights=chosen,
        asked=asked,
        company=company,
        options=pages.options,
        **pages.WORDS,
    )


def parsed(addresses: str) -> list[tuple[int, UUID]]:
    """The products at these addresses, one a line, each with the number of its line; blank lines are passed over.

    Raises BadNotice naming every line that is none, or repeats another, and for too many.
    """
    found: dict[UUID, int] = {}
    wrong: list[str] = []
    lines = [(n, line.strip()) for n, line in enumerate(addresses.splitlines(), start=1) if line.strip()]
    if len(lines) > AT_ONCE:
        raise _wrong([_("At most %(most)s listings at once; these are %(n)s.") % {"most": AT_ONCE, "n": len(lines)}])
    for number, line in lines:
        id_ = _product(line)
        if id_ is None:
            wrong.append(_("Line %(n)s is not the address of a product here.") % {"n": number})
        elif id_ in found:
            wrong.append(_("Line %(n)s repeats line %(first)s.") % {"n": number, "first": found[id_]})
        else:
            found[id_] = number
    if wrong or not found:
        raise _wrong(wrong or [_("Name at least one listing.")])
    return [(number, id_) for id_, number in found.items()]


def _product(line: str) -> UUID | None:
    try:
        at = _PRODUCT.match(urlsplit(line).path)
        return UUID(at[1]) if at else None
    except ValueError:
        return None


def _wrong(said: Sequence[str]) -> BadNotice:
    return BadNotice(" ".join(said), field="addresses")


async def _named(tx: AsyncSession, addresses: str, company: UUID | None, by: Speaker, key: str) -> list[Listing]:
    """The listings at these addresses, in their order. Raises BadNotice naming every line that cannot be noticed."""
    lines = parsed(addresses)
    ids = [id_ for _line, id_ in lines]
    live = {one.id: one for one in await listings.live(tx, ids)}
    again = await notices.named(tx, by, key, ids)
    wrong: list[str] = []
    found: list[Listing] = []
    for number, id_ in lines:
        one = live.get(id_)
        if id_ in again:
            wrong.append(_("Line %(n)s: you have an open notice about this listing already.") % {"n": number})
        elif one is None:
            wrong.append(_("Line %(n)s: nothing is published at this address.") % {"n": number})
        elif one.organisation_id == company:
            wrong.append(_("Line %(n)s is your own company's listing.") % {"n": number})
        else:
            title = one.content.title.en or one.content.title.zh
            found.append(Listing(id_, one.organisation_id, title, one.revision_id))
    if wrong:
        raise _wrong(wrong)
    return found


def _claim(data: NoticeIn) -> Claim | None:
    """The right as it is stated in the form. Raises BadNotice naming what is missing; None for one of the registry."""
    if data.right:
        return None
    needed = {"kind": data.kind, "office": data.office, "title": data.title, "holder": data.holder}
    missing = {name: _("This field is needed.") for name, value in needed.items() if not value}
    if missing:
        raise BadNotice.many(missing, _("Please check the marked fields."))
    return Claim(
        kind=RightKind(data.kind),
        office=data.office,
        number=data.number,
        title=data.title,
        holder=data.holder,
        person=data.person,
        agent=data.agent,
        valid_until=data.valid_until,
    )


@router.post("/rights/notices", response_model=NoticeOut)
async def give_notice(
    request: Request, answer: Answer, tx: Tx, member: MaybeMember, data: Annotated[NoticeIn, Submitted(NoticeIn)]
) -> Response:
    """Send a notice in. Every line that names no listing is said."""
    state, by = request.app.state, await entered(request, tx, member)
    await limits.hit(state.db, f"rights-notices:{by.notifier_id}", at_most=50, per_minutes=1440)
    claim = _claim(data)
    key = claim.key if claim else ""
    if data.right:
        key = (await queries.right(tx, data.right, None, by)).key
    company = member.organisation_id if member else None
    named = await _named(tx, data.addresses, company, by, key)
    asked = Filing(
        right_id=data.right or None,
        claim=claim,
        measure=data.measure,
        statement=data.statement,
        listings=named,
        contact=data.contact,
        true=data.true,
    )
    asked.ownership.extend(await _kept(state, asked.id, data.ownership, "ownership"))
    asked.infringement.extend(await _kept(state, asked.id, data.infringement, "infringement"))
    zone = state.settings.reporting_zone
    notice = await notices.file(tx, state.vault, asked, zone=zone, by=by)
    await tx.flush()
    out = NoticeOut.of(await queries.file(tx, notice.id, member, by))
    text = _("Sent in. Within a working day somebody decides at which listings the evidence suffices.")
    return answer.done(f"/rights/notices/{notice.id}", out, created=True, flash=text)


async def _kept(state: Any, id_: UUID, files: list[Any], field: str) -> list[Kept]:
    return await exhibits.keep(state.files, state.vault, id_, files, field=field)
