"""Addresses of a company's own credit file: an entry, the appeal against it, files to take along. And the rules."""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.credit import queries, service
from trust.credit.errors import FileNotFound
from trust.credit.kinds import Kind
from trust.credit.schemas import AppealIn, AppealOut, EntryOut, EntryPageOut, ExportOut, RulesOut
from trust.credit.scoring import MEANS, PARTS, VERSIONS, Part, Rules
from trust.credit.states import APPEAL_LABELS
from trust.restrictions.ladder import KINDS as RUNGS
from trust.verification.facts import FACTS

router = HouseRouter(tags=["credit"])


@router.get("/credit/rules", response_model=RulesOut)
async def rules(answer: Answer) -> Response:
    """How entries become scores, by the rules in force. E-Commerce Law (PRC) art. 39: they are public."""
    return _rules(answer, VERSIONS[-1])


@router.get("/credit/rules/{version}", response_model=RulesOut)
async def rules_of_version(answer: Answer, version: int) -> Response:
    """The same by an earlier version."""
    found = next((known for known in VERSIONS if known.version == version), None)
    if found is None:
        raise FileNotFound(_("There is no such version."))
    return _rules(answer, found)


def _rules(answer: Answer, shown: Rules) -> Response:
    numbers = {name: value for name, value in asdict(shown).items() if name not in {"version", "since", "year"}}
    out = RulesOut(version=shown.version, since=shown.since.isoformat(), numbers=numbers)
    return answer.show(
        "trust/credit_rules.html",
        out,
        rules=shown,
        versions=VERSIONS,
        parts=PARTS,
        means=MEANS,
        fact_names=FACTS,
        rungs=RUNGS,
        part=Part,
    )


@router.get("/credit/entries/{entry_id}", response_model=EntryPageOut)
async def entry(answer: Answer, tx: Tx, member: CurrentMember, entry_id: UUID) -> Response:
    """One entry of the own file, what it does to the scores, and the appeal against it."""
    desk = member.may(Permission.JUDGE)
    view, _owner = await queries.entry(tx, entry_id, of=None if desk else member.organisation_id)
    appeal = await queries.appeal_of(tx, view.id)
    can = not desk and appeal is None and not view.corrected and view.kind is not Kind.CORRECTION
    return answer.show(
        "trust/credit_entry.html",
        EntryPageOut(entry=EntryOut.of(view), appeal=AppealOut.of(appeal) if appeal else None),
        e=view,
        appeal=appeal,
        may_appeal=can and member.may(Permission.MANAGE_MEMBERS),
        appeal_labels=APPEAL_LABELS,
        desk=desk,
    )


@router.post("/credit/entries/{entry_id}/appeal", response_model=AppealOut)
async def appeal(
    answer: Answer, tx: Tx, member: CurrentMember, entry_id: UUID, data: Annotated[AppealIn, Submitted(AppealIn)]
) -> Response:
    """Say that an entry is wrong, once; another person decides within ten working days."""
    appeal_id = await service.appeal(tx, entry_id, data.text, by=member)
    out = AppealOut.of(await queries.appeal(tx, appeal_id))
    text = _("Sent. Somebody who had no hand in it decides within ten working days.")
    return answer.done(f"/credit/entries/{entry_id}", out, created=True, flash=text)


@router.post("/credit/exports", response_model=ExportOut)
async def export(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Have the company's file made to take along."""
    row = await service.ask_export(tx, by=member)
    [made] = [view for view in await queries.exports(tx, member.organisation_id) if view.id == row.id]
    text = _("The file is being made. It is here in a moment.")
    return answer.done("/credit", ExportOut.of(made), created=True, flash=text)


@router.get("/credit/exports/{export_id}/{form}", include_in_schema=False)
async def exported(
    answer: Answer, tx: Tx, member: CurrentMember, export_id: UUID, form: Literal["file.json", "file.pdf"]
) -> Response:
    """The file as it was made, for the company's own members."""
    require(member, Permission.READ)
    row = await queries.content(tx, export_id, of=member.organisation_id)
    name = f"credit-file-{row.asked_at:%Y-%m-%d}"
    if form == "file.json":
        return answer.file(bytes(row.content or b""), f"{name}.json", "application/json")
    return answer.file(bytes(row.pdf or b""), f"{name}.pdf", "application/pdf")
