"""Shapes of contracts that cross the border."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.money import Money
from app.core.payload import Upload
from app.core.rates import Rate
from app.core.transparency import Inclusion
from orders.contracts.negotiating_schemas import RequestOut
from orders.contracts.queries import ContractLine, ContractView
from orders.contracts.requesting import RequestView
from orders.contracts.states import ContractState
from orders.contracts.terms import GoodsLine

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AgreementIn(BaseModel):
    revision: int = Field(ge=1)


class SignatureIn(BaseModel):
    """What the signatory saw (two SHA-256 hashes), in what capacity they sign, and their consent.

    `warned`: that they read what the contract's page warns of; needed only where it warns of something.
    `proof` is a fresh authenticator code for programs; browsers prove it on the step-up page before. `own_certificate`
    (PKCS#12) and its `passphrase`, sent as a form, sign in place of a certificate of the platform's; neither is kept.
    """

    terms_hash: Hash
    pdf_hash: Hash
    title: Words
    consent: bool = False
    warned: bool = False
    proof: Annotated[str, StringConstraints(max_length=20)] = ""
    own_certificate: Upload | None = None
    passphrase: Annotated[str, StringConstraints(max_length=200)] = ""


class RefusalIn(BaseModel):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class SignatureOut(BaseModel):
    side: str
    organisation_id: UUID
    name: str
    title: str
    pdf_hash: str
    statement: str
    own_certificate: bool
    seal: str
    seal_kind: str
    at: datetime


class ReferenceRateOut(BaseModel):
    """Of the day the contract took effect, for reports alone: one `base` is `rate` `quote`."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str

    @classmethod
    def of(cls, rate: Rate) -> "ReferenceRateOut":
        return cls(base=rate.base, quote=rate.quote, rate=rate.value, day=rate.day, source=rate.source)


class ContractOut(BaseModel):
    """`sealed_at` is when both signatures and the seal stood in the document.

    `ends_at` is when it ends by itself if it is not signed; `request` is what one side asks and the other has to
    answer. `rules` are the platform's rules that bind the deal, by code with the number of the version: those in force
    on `rules_on`. `warnings` is what the member should know before signing, told to those who may sign.
    """

    id: UUID
    number: str
    title: str
    state: ContractState
    inquiry_id: UUID
    quotation_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    revision: int
    buyer_agreed: bool
    supplier_agreed: bool
    total: Money
    terms: dict[str, Any]
    rules: dict[str, int]
    rules_on: date
    terms_hash: str
    pdf_hash: str
    fault: str
    effective_at: datetime | None
    sealed_at: datetime | None
    ends_at: datetime | None
    signatures: list[SignatureOut]
    reference_rate: ReferenceRateOut | None = None
    request: RequestOut | None = None
    warnings: list[str] = []

    @classmethod
    def of(cls, c: ContractView, rate: Rate | None = None, request: RequestView | None = None) -> "ContractOut":
        return cls(
            id=c.id,
            number=c.number,
            title=c.title,
            state=c.state,
            inquiry_id=c.inquiry_id,
            quotation_id=c.quotation_id,
            buyer_id=c.buyer_id,
            supplier_id=c.supplier_id,
            revision=c.revision,
            buyer_agreed=c.buyer_agreed,
            supplier_agreed=c.supplier_agreed,
            total=c.total,
            terms=c.terms.model_dump(mode="json"),
            rules=c.rules,
            rules_on=c.rules_on,
            terms_hash=c.terms_hash,
            pdf_hash=c.pdf_hash,
            fault=c.fault,
            effective_at=c.effective_at,
            sealed_at=c.sealed_at,
            ends_at=c.ends_at,
            request=RequestOut.of(request) if request else None,
            reference_rate=ReferenceRateOut.of(rate) if rate and rate.source else None,
            signatures=[
                SignatureOut(
                    side=s.side,
                    organisation_id=s.organisation_id,
                    name=s.name,
                    title=s.title,
                    pdf_hash=s.pdf_hash,
                    statement=s.statement,
                    own_certificate=s.own_certificate,
                    seal=s.seal.hex(),
                    seal_kind=s.seal_kind,
                    at=s.at,
                )
                for s in c.signatures
            ],
        )


class LineOut(BaseModel):
    """One line of goods; `line` as the terms have it."""

    number: int
    revision: int
    line: dict[str, Any]

    @classmethod
    def of(cls, line: GoodsLine, number: int, revision: int) -> "LineOut":
        return cls(number=number, revision=revision, line=line.model_dump(mode="json"))


class ContractLineOut(BaseModel):
    """`asked` is the kind of the request that waits for an answer, "" for none."""

    id: UUID
    number: str
    title: str
    state: ContractState
    total: Money
    created_at: datetime
    ends_at: datetime | None
    asked: str

    @classmethod
    def of(cls, line: ContractLine) -> "ContractLineOut":
        return cls(
            id=line.id,
            number=line.number,
            title=line.title,
            state=line.state,
            total=line.total,
            created_at=line.created_at,
            ends_at=line.ends_at,
            asked=line.asked,
        )


class InclusionOut(BaseModel):
    """Where the chain stands in the public log: link `seq` is leaf `place` of the tree of `size` leaves with this root.

    `path` proves it (RFC 9162 §2.1.3, hashes in hexadecimal); the root of `day` is published at /transparency.
    """

    day: date
    size: int
    root: str
    place: int
    seq: int
    path: list[str]
    holds: bool

    @classmethod
    def of(cls, found: Inclusion, *, holds: bool) -> "InclusionOut":
        return cls(
            day=found.day,
            size=found.size,
            root=found.root.hex(),
            place=found.place,
            seq=found.seq,
            path=[step.hex() for step in found.path],
            holds=holds,
        )
