"""An assessment as it is shown: with names, orders by their numbers, and what was said of each."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.models import Assessment, AssessmentProposal, AssessmentTitle
from app.assessment.queries import Told
from app.assessment.rules import Rules
from app.assessment.schemas import (
    AssessmentOut,
    DecisionOut,
    DifferenceOut,
    ItemOut,
    LineOut,
    ProgressOut,
    SaidOut,
    SampledOut,
    TitleOut,
    ToldOut,
    VetoOut,
)
from app.assessment.scoring import Judged
from app.core.i18n import _
from app.indicators import definitions
from orders.deals import counted as deals
from trust.access import Member
from trust.identity import queries as identity


async def names(tx: AsyncSession) -> dict[UUID, str]:
    """Members of the platform by id."""
    staff = await identity.members(tx, await identity.platform_id(tx))
    return {one.id: one.name for one in staff}


def named(known: Mapping[UUID, str], member_id: UUID) -> str:
    return known.get(member_id) or _("Somebody who has left")


def line(row: Assessment) -> LineOut:
    return LineOut(id=row.id, number=row.number, state=row.state, month=f"{row.last:%Y-%m}")


def decision(row: AssessmentProposal, by: Member | None = None) -> DecisionOut:
    return DecisionOut(
        id=row.id,
        decision=row.decision,
        score=row.score,
        reason=row.reason,
        state=row.state,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        own=by is not None and row.proposed_by == by.id,
    )


def title(row: AssessmentTitle) -> TitleOut:
    return TitleOut(**{name: getattr(row, name) for name in TitleOut.model_fields})


async def whole(tx: AsyncSession, row: Assessment, now: Judged, *, by: Member) -> AssessmentOut:
    known, entered = await names(tx), await queries.vetoes(tx, row)
    found = await queries.report(tx, row)
    return AssessmentOut(
        **line(row).model_dump(),
        seed_source=row.seed_source,
        seed=row.seed,
        closes=row.closes,
        lock=row.lock,
        orders=row.orders,
        orders_sha256=row.orders_digest,
        rectify_by=row.rectify_by,
        statement_by=row.statement_by,
        report=SaidOut(text=found.text, name=named(known, found.member_id), at=found.at) if found else None,
        differences=differing(row, now),
        sample=await sampled(tx, row),
        scores=now.sheet.scores if now.sheet else None,
        score=now.score,
        vetoes=[
            VetoOut(kind=one.kind, curable=one.curable, reason=entered[one.kind].reason if one.kind in entered else "")
            for one in now.vetoes
        ],
        asked=now.asked,
        decisions=[decision(one, by) for one in await queries.proposals(tx, row)],
        items=await items(tx, row, known),
        statements=[
            SaidOut(text=said.text, name=named(known, said.member_id), at=said.at)
            for said in await queries.statements(tx, row)
        ],
    )


def differing(row: Assessment, now: Judged) -> list[DifferenceOut]:
    known = definitions.on(row.last)
    return [
        DifferenceOut(
            code=one.code,
            name=_(known[one.code].name),
            reported=one.reported,
            counted=one.counted,
            percent=one.percent,
            over=one.over,
        )
        for one in now.differences
    ]


async def sampled(tx: AsyncSession, row: Assessment) -> list[SampledOut]:
    drawn, found = await queries.sample(tx, row), await queries.findings(tx, row)
    numbers = await deals.numbers(tx, [one.order_id for one in drawn if one.order_id])
    return [
        SampledOut(
            place=one.place,
            mark=one.mark,
            order=numbers.get(one.order_id, "") if one.order_id else "",
            finding=found[one.place].finding if one.place in found else None,
            note=found[one.place].note if one.place in found else "",
        )
        for one in drawn
    ]


async def items(tx: AsyncSession, row: Assessment, known: Mapping[UUID, str]) -> list[ItemOut]:
    said = await queries.progress(tx, row)
    return [
        ItemOut(
            id=one.id,
            what=one.what,
            owner=one.owner,
            due_on=one.due_on,
            state=one.state,
            progress=[
                ProgressOut(text=told.text, move=told.move, name=named(known, told.member_id), at=told.at)
                for told in said.get(one.id, ())
            ],
        )
        for one in await queries.items(tx, row)
    ]


def told(one: Told, rules: Rules) -> ToldOut:
    row = one.row
    return ToldOut(
        **line(row).model_dump(),
        seed_source=row.seed_source,
        seed=row.seed,
        seed_at=row.seed_at,
        lock=row.lock,
        orders=row.orders,
        orders_sha256=row.orders_digest,
        drawn=row.drawn_at is not None,
        sample_percent=rules.sample_percent,
        sample_least=rules.sample_least,
        rectify_by=row.rectify_by,
        decisions=[decision(said) for said in one.decided],
    )
