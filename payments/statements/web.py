"""Finance sends in what the bank says, and sees line by line what was made of it."""

import asyncio
import hashlib
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.i18n import _
from app.core.money import Money
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, Upload
from payments.bank.settings import platform_account
from payments.cases import queries as cases
from payments.statements import camt, queries, service
from payments.statements.camt import Head
from payments.statements.states import FILE_LABELS, STATUS_LABELS, FileState, LineStatus
from payments.statements.words import sentence
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["finance"])
AT_WORK = {FileState.READING, FileState.BOOKING}


class StatementIn(BaseModel):
    """A camt.053 file, plain or packed, multipart field `file`."""

    file: Upload


class FileOut(BaseModel):
    """A file of statements. `done` of `total` lines are booked; `problem` says why it was refused."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    sha256: str
    state: str
    total: int
    done: int
    problem: str
    created_at: datetime
    finished_at: datetime | None


class LineOut(BaseModel):
    """One line; `why` are sentences, `case_id` is set while or after people decided it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    direction: str
    returned: bool
    amount: Money
    booked_on: date
    value_on: date
    bank_ref: str
    end_to_end: str
    reference: str
    remittance: str
    name: str
    masked: str
    status: str
    why: list[str] = []
    milestone_id: UUID | None
    operation_id: UUID | None
    case_id: UUID | None = None


class StatementOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    account: str
    currency: str
    bank_id: str
    sequence: int | None
    from_on: date | None
    to_on: date | None
    opening: Money
    closing: Money


class FilesOut(BaseModel):
    files: list[FileOut]
    total: int


class FileWholeOut(FileOut):
    statements: list[StatementOut] = []
    lines: list[LineOut] = []
    lines_total: int = 0


@router.get("/finance/statements", response_model=FilesOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]
) -> Response:
    """Files sent in, newest first, and up to where the account's statements reach."""
    require(member, Permission.BOOK_MONEY)
    found, total = await queries.files(tx, offset=page.offset, limit=page.per_page)
    return answer.show(
        "payments/statements.html",
        FilesOut(files=[FileOut.model_validate(row) for row in found], total=total),
        latest=await queries.latest_of_all(tx),
        labels={state: _(label) for state, label in FILE_LABELS.items()},
        account=platform_account(request.app.state.settings),
        page=page,
    )


@router.post("/finance/statements", response_model=FileOut)
async def upload(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[StatementIn, Submitted(StatementIn)],
) -> Response:
    """Take in a statement. What is wrong at its head is told at once, the rest when it has been read."""
    require(member, Permission.BOOK_MONEY)
    state = request.app.state
    await service.refuse_known(tx, hashlib.sha256(data.file.data).hexdigest())
    for part in await asyncio.to_thread(lambda: list(islice(camt.read(data.file.data), 1))):
        if isinstance(part, Head):
            await service.refuse_strange(tx, part, platform_account(state.settings))
    sent = await service.keep(state.files, state.vault, data.file.data, data.file.filename)
    file_id = await service.take_in(tx, sent, by=member)
    out = FileOut.model_validate(await queries.file(tx, file_id))
    return answer.done(f"/finance/statements/{file_id}", out, created=True)


@router.get("/finance/statements/{file_id}", response_model=FileWholeOut)
async def one(
    file_id: UUID,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    status: Annotated[LineStatus | None, Query()] = None,
) -> Response:
    """How far a file is; then its lines, each with what was made of it and why."""
    require(member, Permission.BOOK_MONEY)
    file = await queries.file(tx, file_id)
    lines, total = await queries.lines(tx, file_id, status=status, offset=page.offset, limit=page.per_page)
    of_cases = await cases.of_lines(tx, [line.id for line in lines])
    shown = [
        LineOut.model_validate(line).model_copy(
            update={"why": [sentence(reason) for reason in line.reasons], "case_id": of_cases.get(line.id)}
        )
        for line in lines
    ]
    known = [StatementOut.model_validate(row) for row in await queries.statements_of(tx, file_id)]
    facts: dict[str, Any] = FileOut.model_validate(file).model_dump()
    return answer.show(
        "payments/statement_file.html",
        FileWholeOut(**facts, statements=known, lines=shown, lines_total=total),
        block="progress",
        at_work=file.state in AT_WORK,
        tallies=await queries.tallies(tx, file_id) if file.state is FileState.DONE else [],
        statuses={name: _(label) for name, label in STATUS_LABELS.items()},
        chosen=status,
        page=page,
    )
