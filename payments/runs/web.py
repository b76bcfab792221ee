"""Finance pays: choose what waits for a bank transfer, have the file approved, take it to the bank."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from payments.bank import queries as bookings
from payments.bank.settings import platform_account
from payments.desk.web import KINDS, STATES
from payments.operations import queries as operations
from payments.runs import queries, service
from payments.runs.destinations import destinations
from payments.runs.pain import MESSAGES
from payments.runs.queries import RunView
from payments.runs.service import Means, Wanted
from payments.runs.states import LABELS
from payments.runs.waiting import held_back
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity

router = HouseRouter(tags=["finance"])


class RunIn(BaseModel):
    """Which operations are paid, on which day, and the version of the message the bank takes."""

    operations: list[UUID] | UUID
    execute_on: date
    message: Literal["pain.001.001.09", "pain.001.001.03"] = "pain.001.001.09"


class TotalOut(BaseModel):
    count: int
    amount: Money


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    operation_id: UUID
    kind: str
    end_to_end: str
    amount: Money
    holder: str
    masked: str
    state: str


class RunOut(BaseModel):
    """A payment run. `sha256` is of its file."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    message: str
    execute_on: date
    sha256: str
    state: str
    made_by: UUID
    approved_by: UUID | None
    created_at: datetime
    totals: list[TotalOut] = []
    items: list[ItemOut] = []


class DueOut(BaseModel):
    """What waits for a bank transfer: to `masked`, or "" where that is not known; `held` says why it may not go."""

    id: UUID
    kind: str
    reference: str
    amount: Money
    holder: str
    masked: str
    held: str = ""


class RunsOut(BaseModel):
    due: list[DueOut]
    runs: list[RunOut]
    total: int


def _means(request: Request) -> Means:
    state = request.app.state
    return Means(state.files, state.vault, platform_account(state.settings))


def _out(run: RunView, totals: dict[UUID, list[tuple[int, Money]]]) -> RunOut:
    sums = [TotalOut(count=count, amount=amount) for count, amount in totals.get(run.id, [])]
    return RunOut.model_validate(run).model_copy(update={"totals": sums})


@router.get("/finance/runs", response_model=RunsOut)
async def show(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What waits to be paid by bank, and the runs, newest first."""
    require(member, Permission.BOOK_MONEY)
    waiting = await operations.waiting_for_bank(tx)
    ids = [operation.id for operation in waiting]
    busy = await queries.live_operations(tx, ids) | await bookings.waiting_for(tx, ids)
    free = [operation for operation in waiting if operation.id not in busy]
    known = await destinations(tx, free)
    held = await held_back(tx, free)
    due = [
        DueOut(
            id=operation.id,
            kind=operation.kind,
            reference=operation.reference,
            amount=operation.amount,
            holder=known[operation.id].holder if operation.id in known else "",
            masked=known[operation.id].masked if operation.id in known else "",
            held=held.get(operation.id, ""),
        )
        for operation in free
    ]
    found, total = await queries.runs(tx, offset=page.offset, limit=page.per_page)
    totals = await queries.totals(tx, [run.id for run in found])
    sums: dict[str, Money] = {}
    for row in due:
        if row.masked and not row.held:
            sums[row.amount.currency] = sums.get(row.amount.currency, Money.zero(row.amount.currency)) + row.amount
    return answer.show(
        "payments/runs.html",
        RunsOut(due=due, runs=[_out(run, totals) for run in found], total=total),
        sums=[sums[currency] for currency in sorted(sums)],
        kinds={kind: _(label) for kind, label in KINDS.items()},
        labels={state: _(label) for state, label in LABELS.items()},
        messages=[(message, message) for message in MESSAGES],
        today=clock.now().date().isoformat(),
        page=page,
    )


@router.post("/finance/runs")
async def make(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[RunIn, Submitted(RunIn)]
) -> Response:
    """Make the file. Another person has to approve it."""
    chosen = [data.operations] if isinstance(data.operations, UUID) else data.operations
    wanted = Wanted(chosen, data.execute_on, data.message)
    run_id = await service.make(tx, _means(request), wanted, by=member)
    flash = _("The run is made. A second person has to approve it.")
    return answer.done(f"/finance/runs/{run_id}", {"id": str(run_id)}, created=True, flash=flash)


@router.get("/finance/runs/{run_id}", response_model=RunOut)
async def one(run_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """One run: its payments, totals, who made, approved and took it."""
    require(member, Permission.BOOK_MONEY)
    run = await queries.run(tx, run_id)
    out = _out(run, await queries.totals(tx, [run_id]))
    items = [ItemOut.model_validate(item) for item in await queries.items(tx, run_id)]
    taken = await queries.downloads(tx, run_id)
    people = {person for person, _at in taken} | {p for p in (run.made_by, run.approved_by, run.called_off_by) if p}
    return answer.show(
        "payments/run.html",
        out.model_copy(update={"items": items}),
        run=run,
        taken=taken,
        people={person: (await identity.member_view(tx, person)).name for person in people},
        kinds={kind: _(label) for kind, label in KINDS.items()},
        labels={state: _(label) for state, label in LABELS.items()},
        states={state: _(label) for state, label in STATES.items()},
    )


@router.post("/finance/runs/{run_id}/approval")
async def approve(run_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Agree with the run; from then on its file can be had."""
    await service.approve(tx, run_id, by=member)
    return answer.done(f"/finance/runs/{run_id}", flash=_("Approved. The file can be downloaded."))


@router.post("/finance/runs/{run_id}/cancellation")
async def call_off(run_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Call the run off; what it was to pay waits for another."""
    await service.call_off(tx, run_id, by=member)
    return answer.done("/finance/runs", flash=_("Called off. Nothing was paid."))


@router.post("/finance/runs/{run_id}/file")
@not_replayed
async def download(run_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """The file for the bank. Every download is written down, so this is a POST."""
    name, data = await service.download(tx, _means(request), run_id, by=member)
    return answer.file(data, name, "application/xml")
