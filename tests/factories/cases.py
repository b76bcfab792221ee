"""Cases as far as a test needs them."""

from typing import Any
from uuid import UUID

from app.core.payload import Upload
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.people import Actor
from trust.cases import exhibits, filing, ruling, service
from trust.cases.filing import About, Filing
from trust.cases.models import Case
from trust.cases.ruling import Citation, Ruling
from trust.cases.states import Remedy, Topic

ZONE = "Asia/Shanghai"
STORY = "The mugs arrived chipped, every third one of them."


def about(respondent: Actor, **changes: Any) -> About:
    """The respondent's company itself, unless said otherwise."""
    said: dict[str, Any] = {
        "subject": Subject("organisation", respondent.organisation_id),
        "title": respondent.member.organisation_name,
        "path": "/suppliers/somebody",
        "respondent_id": respondent.organisation_id,
    }
    return About(**said | changes)


async def make_complaint(ctx: Any, complainant: Actor, respondent: Actor, **changes: Any) -> UUID:
    async with ctx.db.transaction() as tx:
        said = Filing(Topic.QUALITY, STORY)
        case = await filing.complain(tx, about(respondent, **changes), said, zone=ZONE, by=complainant.member)
    return case.id


async def make_report(app: Any, respondent: Actor, *, contact: str = "", statement: str = STORY) -> tuple[UUID, str]:
    """With one file. The case and its access code."""
    state, said = app.state, Filing(Topic.FRAUD, statement)
    upload = Upload("secret.pdf", "application/pdf", PDF)
    said.files.extend(await exhibits.keep(state.files, state.vault, said.id, [upload]))
    async with state.db.transaction() as tx:
        case, code = await filing.report(tx, state.vault, about(respondent), said, contact=contact, zone=ZONE)
    return case.id, code


async def take(ctx: Any, case_id: UUID, judge: Actor) -> None:
    async with ctx.db.transaction() as tx:
        await service.take(tx, case_id, by=judge.member)


async def take_up(ctx: Any, case_id: UUID, judge: Actor) -> None:
    await take(ctx, case_id, judge)
    async with ctx.db.transaction() as tx:
        await service.accept(tx, case_id, complex_=False, by=judge.member)


def decision(remedy: Remedy = Remedy.WARN, **changes: Any) -> Ruling:
    said: dict[str, Any] = {
        "remedy": remedy,
        "facts": "Thirty of ninety mugs are chipped.",
        "reason": "The contract allows two percent.",
        "cites": [Citation("contract", "PC-1", "4.2")],
        "exhibits": [],
    }
    return Ruling(**said | changes)


async def rule(ctx: Any, case_id: UUID, judge: Actor, said: Ruling | None = None) -> None:
    await take(ctx, case_id, judge)
    async with ctx.db.transaction() as tx:
        await ruling.rule(tx, case_id, said or decision(), by=judge.member)


async def case_of(ctx: Any, case_id: UUID) -> Case:
    async with ctx.db.transaction(read_only=True) as tx:
        row: Case = await tx.get_one(Case, case_id)
        tx.expunge(row)
        return row
