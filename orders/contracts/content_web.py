"""Addresses of what a contract contains: the criteria of each line, the clauses beside the standard ones, annexes."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.payload import Upload
from app.core.typesetting import check_printable
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders import units
from orders.contracts import annexes, criteria, library, queries, service
from orders.contracts.annexes import AnnexAdded, AnnexRemoved
from orders.contracts.criteria import LineChange, Measured
from orders.contracts.extras import MOST_CLAUSES
from orders.contracts.library import Choice
from orders.contracts.queries import ContractView
from orders.contracts.revising import Change
from orders.contracts.schemas import ContractOut, LineOut
from orders.contracts.states import ContractState
from orders.contracts.terms import GoodsLine, Sampling
from orders.contracts.values import read_in
from orders.negotiation import words
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity.words import country_name

router = HouseRouter(tags=["contracts"])

Revision = Annotated[int, Field(ge=1)]


class MeasuredIn(Measured):
    """How a line is described and accepted, in place of all that was said; `revision` is the one it was read in."""

    revision: Revision


class ChoiceIn(Choice):
    """All clauses beside the standard ones, in place of those that were there."""

    revision: Revision


class AnnexIn(BaseModel):
    """A PDF, JPEG or PNG, multipart field `file`; `name` is printed in the list of annexes, else the file's own."""

    file: Upload
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    revision: Revision


class RemovalIn(BaseModel):
    revision: Revision


def _open(view: ContractView, member: Member) -> bool:
    """Whether this member may change the text now. An amendment is declined and proposed anew instead."""
    return view.state == ContractState.DRAFT and view.amends_id is None and member.may(Permission.NEGOTIATE)


@router.get("/contracts/{contract_id}/lines/{place}", response_model=LineOut)
async def line(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    place: int,
    preset: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One line of goods with what it is measured by; `place` counts from 1.

    `preset` adds criteria that are usual for a kind of goods to the form; nothing is changed before it is sent.
    """
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    goods = criteria.line_of(view.terms, place - 1)
    fits, others = criteria.fitting(goods.hs_code)
    more = next((p.criteria for p in (*fits, *others) if p.key == preset), ())
    language = read_in()
    return answer.show(
        "orders/line.html",
        LineOut.of(goods, place, view.revision),
        contract=view,
        line=goods,
        number=place,
        measured=criteria.measured(goods, more),
        checks=[check for check in criteria.checklist(view.terms, language) if check.goods_number == place],
        preset=preset,
        fits=fits,
        others=others,
        limit_options=_limits(goods),
        level_options=[(level, level) for level in criteria.LEVELS],
        language=language,
        editable=_open(view, member),
        quantity=words.quantity,
        unit=units.unit(goods.unit),
        country_name=country_name,
    )


def _limits(goods: GoodsLine) -> list[tuple[str, str]]:
    """What can be chosen as a limit: those with tables, and whatever the line says now."""
    said = {f"{limit:f}" for c in goods.criteria if isinstance(c, Sampling) for limit in (c.critical, c.major, c.minor)}
    known = sorted({*criteria.LIMITS, *said}, key=Decimal)
    return [(limit, f"{limit} %" if limit != "0" else _("none allowed")) for limit in known]


@router.post("/contracts/{contract_id}/lines/{place}", response_model=ContractOut)
async def measure(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    place: int,
    data: Annotated[MeasuredIn, Submitted(MeasuredIn)],
) -> Response:
    """Change what a line of a draft is measured by."""
    await queries.contract(tx, contract_id, party=member.organisation_id)
    _check_printable(request, data)
    change = LineChange(position=place - 1, measured=Measured(**{n: getattr(data, n) for n in Measured.model_fields}))
    return await _changed(answer, tx, contract_id, change, data.revision, member)


@router.get("/contracts/{contract_id}/clauses", response_model=list[library.OptionOut])
async def offered(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """The clauses of the library with what speaks against them here; `chosen` ones stand in the contract."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    out = library.offered(view.terms, read_in())
    groups = [(name, [option for option in out if option.group == key]) for key, name in library.GROUPS.items()]
    return answer.show(
        "orders/clauses.html",
        out,
        contract=view,
        groups=[(name, found) for name, found in groups if found],
        own=view.terms.own_clauses,
        language=read_in(),
        editable=_open(view, member),
        most=MOST_CLAUSES,
    )


@router.post("/contracts/{contract_id}/clauses", response_model=ContractOut)
async def choose(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[ChoiceIn, Submitted(ChoiceIn)],
) -> Response:
    """Choose clauses for a draft, fill them in, and write own ones."""
    await queries.contract(tx, contract_id, party=member.organisation_id)
    _check_printable(request, data)
    change = Choice(chosen=data.chosen, values=data.values, own=data.own)
    return await _changed(answer, tx, contract_id, change, data.revision, member)


@router.post("/contracts/{contract_id}/annexes", response_model=ContractOut)
async def add_annex(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[AnnexIn, Submitted(AnnexIn)],
) -> Response:
    """Make a file part of a draft."""
    require(member, Permission.NEGOTIATE)
    await queries.contract(tx, contract_id, party=member.organisation_id)
    kept = await annexes.keep(request.app.state.files, data.file, data.name)
    check_printable({"name": kept.name}, font_dir=request.app.state.settings.font_dir)
    return await _changed(answer, tx, contract_id, AnnexAdded(annex=kept), data.revision, member)


@router.post("/contracts/{contract_id}/annexes/{annex}/removal", response_model=ContractOut)
async def remove_annex(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    annex: int,
    data: Annotated[RemovalIn, Submitted(RemovalIn)],
) -> Response:
    """Take an annex out of a draft; those after it move up."""
    return await _changed(answer, tx, contract_id, AnnexRemoved(number=annex), data.revision, member)


@router.get(
    "/contracts/{contract_id}/annexes/{annex}", include_in_schema=False, dependencies=[counted(Exported.CONTRACTS)]
)
async def annex_file(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID, annex: int
) -> Response:
    """An annex, byte for byte as it was given, for the two parties."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    found = annexes.numbered(view.terms, annex)
    data = await request.app.state.files.get(found.key)
    extension = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}[found.content_type]
    return answer.file(data, f"{view.number}-annex-{annex}.{extension}", found.content_type)


def _check_printable(request: Request, data: BaseModel) -> None:
    """Raises UnprintableText naming the field, before the text is anybody's draft."""
    check_printable(data.model_dump(mode="json"), font_dir=request.app.state.settings.font_dir)


async def _changed(
    answer: Answer, tx: AsyncSession, contract_id: UUID, change: Change, revision: int, member: Member
) -> Response:
    await service.adjust(tx, contract_id, change, by=member, revision=revision)
    await tx.flush()
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    text = _("The terms are changed. The other side must agree to them.")
    return answer.done(f"/contracts/{contract_id}", ContractOut.of(view), flash=text)


def tools(view: ContractView, member: Member) -> dict[str, Any]:
    """What the contract's page shows of all this."""
    checks = criteria.checklist(view.terms, read_in())
    return {
        "editable": _open(view, member),
        "checks": [
            (line, [c for c in checks if c.goods_number == number])
            for number, line in enumerate(view.terms.lines, start=1)
        ],
    }
