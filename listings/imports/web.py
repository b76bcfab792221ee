"""Imports of products: upload, dry run, confirmation, progress, and the templates to fill in."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.i18n import _, _n
from app.core.spreadsheets import write_csv
from app.core.storage import FileStore
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, Upload
from listings import categories
from listings.errors import ImportNotFound
from listings.imports import queries, service
from listings.imports.rows import heading
from listings.imports.sheet import read_rows
from listings.schemas import In
from listings.states import ImportState
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["imports"])
for_people = HouseRouter(include_in_schema=False)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_WORK = {ImportState.CHECKING, ImportState.RUNNING}


class SheetIn(In):
    """A CSV or XLSX sheet, multipart field `file`."""

    file: Upload


class ConfirmationIn(In):
    """`send`: put every product into review as well."""

    send: bool = False


class FaultOut(BaseModel):
    row: int
    field: str
    message: str


class ImportOut(BaseModel):
    """An import. `done` of `total` rows are passed; `wrong` rows do not fit, the first faults are told."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: ImportState
    filename: str
    send: bool
    total: int
    wrong: int
    done: int
    added: int
    changed: int
    errors: list[FaultOut]
    problem: str
    created_at: datetime
    finished_at: datetime | None


@router.get("/imports")
async def imports(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """A company's imports, and the form for another."""
    require(member, Permission.LIST_PRODUCTS)
    rows, total = await queries.imports(tx, member.organisation_id, offset=page.offset, limit=page.per_page)
    out = {"items": [ImportOut.model_validate(row) for row in rows], "total": total}
    return answer.show("listings/imports.html", out, imports=rows, total=total, page=page, tree=categories.tree())


@router.post("/imports")
async def upload(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[SheetIn, Submitted(SheetIn)]
) -> Response:
    """Take in a sheet. Its headings are checked at once, its rows in the background; nothing is written yet."""
    require(member, Permission.LIST_PRODUCTS)
    await asyncio.to_thread(read_rows, data.file.data)
    files: FileStore = request.app.state.files
    stored = await files.put(data.file.data, content_type="application/octet-stream")
    row = await service.upload(tx, stored.key, data.file.filename, by=member)
    return answer.done(f"/imports/{row.id}", ImportOut.model_validate(row), created=True)


@for_people.get("/imports/template.{kind}")
async def template(
    answer: Answer, member: CurrentMember, kind: str, category: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """The template, plain (`csv`) or with lists to choose from (`xlsx`); with a category, its attributes too."""
    # It loads openpyxl, 12 MB that few processes ever need.
    from listings.imports.template import template_csv, template_xlsx  # noqa: PLC0415

    leaf = categories.category(category) if category else None
    name = f"portolan-{category or 'products'}.{kind}"
    if kind not in {"csv", "xlsx"}:
        raise ImportNotFound(_("There is no such template."))
    if kind == "xlsx":
        return answer.file(await asyncio.to_thread(template_xlsx, leaf), name, XLSX)
    return answer.file(template_csv(leaf), name, CSV)


@router.get("/imports/{import_id}")
async def one_import(tx: Tx, answer: Answer, member: CurrentMember, import_id: UUID) -> Response:
    """What the dry run found, or how far the import is."""
    row = await queries.import_of(tx, import_id, organisation_id=member.organisation_id)
    return answer.show(
        "listings/import.html",
        ImportOut.model_validate(row),
        block="status",
        row=row,
        at_work=row.state in AT_WORK,
        good=row.total - row.wrong,
        faults=[_told(fault) for fault in row.errors[:100]],
    )


def _told(fault: dict[str, Any]) -> dict[str, Any]:
    return {**fault, "heading": heading(fault["field"]) if fault["field"] else ""}


@for_people.get("/imports/{import_id}/errors.csv")
async def faults(tx: Tx, answer: Answer, member: CurrentMember, import_id: UUID) -> Response:
    """The faults of a sheet as a sheet."""
    row = await queries.import_of(tx, import_id, organisation_id=member.organisation_id)
    table = [(fault["row"], heading(fault["field"]), fault["message"]) for fault in row.errors]
    data = write_csv([_("Row"), _("Column"), _("What is wrong")], table)
    return answer.file(data, f"import-{import_id}-errors.csv", CSV)


@router.post("/imports/{import_id}/confirmation")
async def confirm(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    import_id: UUID,
    data: Annotated[ConfirmationIn, Submitted(ConfirmationIn)],
) -> Response:
    """Write the rows that fit, as drafts; with `send`, put them into review."""
    row = await service.confirm(tx, import_id, send=data.send, by=member)
    n = row.total - row.wrong
    flash = _n("%(n)s product is being written.", "%(n)s products are being written.", n) % {"n": n}
    return answer.done(f"/imports/{import_id}", ImportOut.model_validate(row), flash=flash)


@router.post("/imports/{import_id}/removal")
async def discard(tx: Tx, answer: Answer, member: CurrentMember, import_id: UUID) -> Response:
    """Give the import up; nothing of it is written."""
    row = await service.discard(tx, import_id, by=member)
    return answer.done("/imports", ImportOut.model_validate(row), flash=_("Discarded. Nothing was written."))
