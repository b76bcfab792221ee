"""Anybody may check a file here that the platform made: of a contract, a trade document, a credit file, a report on
indicators. No account is needed."""

import asyncio
from datetime import datetime
from typing import Annotated

from asn1crypto import pem
from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.core import limits
from app.core.i18n import N_
from app.core.payload import Upload
from app.core.signing.authority import Authority
from app.core.web import Answer, HouseRouter, Submitted, Tx, sessionless
from app.indicators.reporting import queries as reports
from app.indicators.reporting.words import FORMS as REPORT_FILES
from app.indicators.words import period_name
from orders.contracts import signing, verifying
from orders.contracts.verifying import Verification
from orders.documents import queries as documents
from orders.documents.kinds import LABELS
from trust.credit import queries as credit
from trust.identity import queries as identity

router = HouseRouter(tags=["verification of documents"])

FIELDS = {
    signing.SUPPLIER: N_("The supplier's signature"),
    signing.BUYER: N_("The buyer's signature"),
    signing.SEAL: N_("The platform's seal"),
}


class DocumentIn(BaseModel):
    """A PDF, multipart field `file`."""

    file: Upload
    number: str = Field("", max_length=40)


class SignatureFoundOut(BaseModel):
    """One signature. `at` is when it was made, by a timestamp if `proven`, else by the signer's own clock.

    `own`: with a certificate that the signatory brought; `listed`: that one leads to a root which is believed here.
    """

    field: str
    name: str
    title: str
    company: str
    registration: str
    authority: str
    at: datetime | None
    proven: bool
    holds: bool
    indication: str
    issuer: str
    fingerprint: str
    own: bool
    listed: bool


class AnnexFoundOut(BaseModel):
    """The file is annex `number` of `contract`, as frozen at `locked_at`; `signed` by both or not yet."""

    contract: str
    number: int
    signed: bool
    locked_at: datetime | None


class DocumentVerifiedOut(BaseModel):
    """`verdict` is `valid`, `incomplete`, `attested`, `reopened`, `annex`, `superseded`, `forgotten` or
    `invalid`.

    `missing` names the fields without a signature, `annex_of` the contracts that the file is an annex of. Of a trade
    document, which nobody signs, `verdict` is `valid` or `superseded`: `document` is its number, and `superseded_by`
    that of the one in its place. Of a credit file, `valid`: `credit_file_of` is the company's name. Of a report on
    indicators, `valid`: `report_over` is its period, `report_revision` counts from 1.
    """

    verdict: str
    file_hash: str
    contract: str
    terms_hash: str
    recorded_at: datetime | None
    signatures: list[SignatureFoundOut]
    missing: list[str]
    newer: bool
    archived_at: datetime | None
    annex_of: list[AnnexFoundOut]
    document: str = ""
    superseded_by: str = ""
    credit_file_of: str = ""
    report_over: str = ""
    report_revision: int = 0

    @classmethod
    def of(cls, told: Verification) -> "DocumentVerifiedOut":
        return cls(
            verdict=told.verdict,
            file_hash=told.file_hash,
            contract=told.contract.number if told.contract else told.number,
            terms_hash=told.contract.terms_hash if told.contract else "",
            recorded_at=told.recorded_at,
            signatures=[
                SignatureFoundOut(**{name: getattr(found, name) for name in SignatureFoundOut.model_fields})
                for found in told.signatures
            ],
            missing=list(told.missing),
            newer=told.newer,
            archived_at=told.archived_at,
            annex_of=[
                AnnexFoundOut(contract=use.contract, number=use.number, signed=use.signed, locked_at=use.locked_at)
                for use in told.uses
            ],
        )


@router.get("/verify", include_in_schema=False)
async def ask(answer: Answer) -> Response:
    """Where a file is handed in to be checked."""
    return answer.show("orders/verify.html", told=None, paper=None, export=None, report=None, number="")


@router.get("/verify/root.pem", include_in_schema=False)
async def root(request: Request, answer: Answer) -> Response:
    """The certificate that all signatures lead to: for programs that check them without us. After it, those of the
    authorities that this platform had before."""
    authority: Authority = request.app.state.jobs.authority
    roots = await asyncio.to_thread(lambda: authority.roots)
    written = b"".join(pem.armor("CERTIFICATE", one.dump()) for one in roots)
    return answer.file(written, "portolan-root.pem", "application/x-pem-file")


@router.get("/verify/{number}", include_in_schema=False)
async def ask_about(answer: Answer, number: str) -> Response:
    """Where the code on a contract leads: its number proves nothing, the file does."""
    return answer.show("orders/verify.html", told=None, paper=None, export=None, report=None, number=number[:40])


@router.post("/verify", response_model=DocumentVerifiedOut, openapi_extra={"security": []})
@sessionless
async def verify(
    request: Request, answer: Answer, tx: Tx, data: Annotated[DocumentIn, Submitted(DocumentIn)]
) -> Response:
    """Check the file of a contract or of a trade document. Anybody may: it takes no key, session or CSRF token, and
    nothing is kept or changed.

    60 files in ten minutes from one address.
    """
    state = request.app.state
    address = request.client.host if request.client else ""
    await limits.hit(state.db, f"verify:{address}", at_most=60, per_minutes=10)
    told = await verifying.verify(state.db, data.file.data, state.jobs.authority)
    out = DocumentVerifiedOut.of(told)
    paper = await documents.known(tx, told.file_hash) if told.contract is None and not told.number else None
    if paper is not None:
        out.verdict = "superseded" if paper.superseded_by else "valid"
        out.document, out.superseded_by, out.recorded_at = paper.number, paper.superseded_by, paper.issued_at
    nobodys = told.contract is None and not told.number and paper is None and not told.uses
    export = await credit.known_export(tx, told.file_hash) if nobodys else None
    if export is not None:
        out.verdict, out.recorded_at = "valid", export.made_at
        out.credit_file_of = (await identity.organisation(tx, export.organisation_id)).name_latin
    known = await reports.known(tx, told.file_hash) if nobodys and export is None else None
    if known is not None:
        report, _form = known
        out.verdict, out.recorded_at = "valid", report.asked_at
        out.report_over, out.report_revision = period_name(report.span, report.last), report.revision
    return answer.show(
        "orders/verify.html",
        out,
        told=told,
        paper=paper,
        export=export,
        report=known[0] if known else None,
        report_file=REPORT_FILES[known[1]] if known else "",
        number=data.number,
        filename=data.file.filename,
        fields=FIELDS,
        labels=LABELS,
    )
