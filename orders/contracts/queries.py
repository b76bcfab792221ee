"""What is asked of contracts. Everything is loaded through the asker's right to see it."""

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import once
from app.core.i18n import _, format_date, format_money
from app.core.money import Money
from app.core.signing.own import Described, described
from orders.contracts.errors import ContractNotFound, DocumentUnsealed
from orders.contracts.models import Contract, ContractFile, ContractRequest, Signature
from orders.contracts.states import LABELS, UNSIGNED, ContractState, RequestState
from orders.contracts.terms import ContractTerms
from orders.forgotten import forgotten
from orders.negotiation import queries as negotiation


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One party's signature. `statement` is canonical JSON of all that was true when it was given."""

    side: str
    organisation_id: UUID
    name: str
    title: str
    pdf_hash: str
    terms_hash: str
    statement: str
    seal: bytes
    seal_kind: str
    consent_hash: str
    own_certificate: bool
    certificate: bytes | None
    affixed_at: datetime | None
    at: datetime

    @property
    def method(self) -> str:
        """How the signatory proved who they are: `passkey`, `code`, `password`, or an older word."""
        return str(json.loads(self.statement).get("method", ""))

    @property
    def certified(self) -> Described | None:
        """The signatory's own certificate; None for one that the platform issued."""
        return described(self.certificate) if self.own_certificate and self.certificate else None

    @property
    def authority(self) -> str:
        """By whose grant they signed, in English; "" for signatures from before it was on file."""
        return str(json.loads(self.statement).get("authority", ""))


@dataclass(frozen=True, slots=True)
class ContractView:
    id: UUID
    number: str
    title: str
    amends_id: UUID | None
    inquiry_id: UUID
    quotation_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    state: ContractState
    revision: int
    buyer_agreed: bool
    supplier_agreed: bool
    buyer_read: int
    supplier_read: int
    total: Money
    terms: ContractTerms
    rules: dict[str, int]
    rules_on: date
    terms_hash: str
    pdf_hash: str
    pdf_key: str
    file_key: str
    sealed_at: datetime | None
    archived_at: datetime | None
    fault: str
    created_at: datetime
    locked_at: datetime | None
    effective_at: datetime | None
    ends_at: datetime | None
    buyer_extended: bool
    supplier_extended: bool
    signatures: tuple[SignatureView, ...] = ()

    def side_of(self, organisation_id: UUID) -> str:
        return "buyer" if organisation_id == self.buyer_id else "supplier"

    @property
    def own_certificates(self) -> frozenset[str]:
        """SHA-256 of the certificates that signatories brought themselves."""
        brought = [s.certificate for s in self.signatures if s.own_certificate and s.certificate]
        return frozenset(sha256(one).hexdigest() for one in brought)

    def signed_by(self, organisation_id: UUID) -> SignatureView | None:
        return next((s for s in self.signatures if s.organisation_id == organisation_id), None)

    def agreed_by(self, organisation_id: UUID) -> bool:
        return self.buyer_agreed if organisation_id == self.buyer_id else self.supplier_agreed

    def read_by(self, organisation_id: UUID) -> int:
        """The revision this side wrote or agreed to last; 0 when it has done neither."""
        return self.buyer_read if organisation_id == self.buyer_id else self.supplier_read

    def extended_by(self, organisation_id: UUID) -> bool:
        return self.buyer_extended if organisation_id == self.buyer_id else self.supplier_extended


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in a list; `ends` tells an agreement that ends the contract it amends.

    `asked` is the kind of the request that is open, and `asked_by` whose it is.
    """

    id: UUID
    number: str
    title: str
    state: ContractState
    total: Money
    buyer_id: UUID
    supplier_id: UUID
    created_at: datetime
    terms_hash: str
    amends_id: UUID | None
    ends: bool = False
    ends_at: datetime | None = None
    asked: str = ""
    asked_by: UUID | None = None

    def other(self, organisation_id: UUID) -> UUID:
        return self.supplier_id if organisation_id == self.buyer_id else self.buyer_id


async def contract(tx: AsyncSession, contract_id: UUID, *, party: UUID | None = None) -> ContractView:
    """A contract with its signatures; `party` sees its own contracts only. Raises ContractNotFound, DealForgotten."""
    row: Contract | None = await tx.scalar(*(_one(contract_id) if party is None else _own(contract_id, party)))
    if row is None:
        raise ContractNotFound
    await _check_kept(tx, row)
    return await shown(tx, row)


@once
def _one(contract_id: UUID) -> Select[Contract]:
    return select(Contract).where(Contract.id == contract_id)


@once
def _own(contract_id: UUID, party: UUID) -> Select[Contract]:
    return select(Contract).where(Contract.id == contract_id, _of(party))


async def shown(tx: AsyncSession, contract: Contract) -> ContractView:
    """A contract that was loaded, with its signatures."""
    return _view(contract, tuple(SignatureView(*row) for row in await tx.execute(*_signatures(contract.id))))


@once
def _signatures(contract_id: UUID) -> Select[Any]:
    shown = [getattr(Signature, field.name) for field in fields(SignatureView)]
    return select(*shown).where(Signature.contract_id == contract_id).order_by(Signature.id)


def _of(party: UUID) -> ColumnElement[bool]:
    return or_(Contract.buyer_id == party, Contract.supplier_id == party)


async def require_sealed(tx: AsyncSession, contract_id: UUID) -> None:
    """That the document carries the signatures of both and the seal, and that they held. Raises DocumentUnsealed.

    Documents of editions before 2027-01 carry none; what was signed is attested beside them.
    """
    row = (await tx.execute(select(Contract.sealed_at, Contract.file_key).where(Contract.id == contract_id))).one()
    if row.file_key and row.sealed_at is None:
        raise DocumentUnsealed(_("The signed document is being sealed. Please try again in a moment."))


async def contract_for_update(tx: AsyncSession, contract_id: UUID, *, party: UUID | None = None) -> Contract:
    """Locks the row. Raises ContractNotFound, also for a stranger's; DealForgotten."""
    row: Contract | None = await tx.scalar(
        *(_locked(contract_id) if party is None else _locked_own(contract_id, party))
    )
    if row is None:
        raise ContractNotFound
    await _check_kept(tx, row)
    return row


@once
def _locked(contract_id: UUID) -> Select[Contract]:
    return select(Contract).where(Contract.id == contract_id).with_for_update()


@once
def _locked_own(contract_id: UUID, party: UUID) -> Select[Contract]:
    return select(Contract).where(Contract.id == contract_id, _of(party)).with_for_update()


async def _check_kept(tx: AsyncSession, contract: Contract) -> None:
    """Raises DealForgotten: the terms of such a contract are gone."""
    if contract.terms:
        return
    at = await negotiation.forgotten_at(tx, contract.inquiry_id)
    rows = [
        (_("About"), contract.title),
        (_("Sum"), format_money(contract.total)),
        (_("State"), _(LABELS[ContractState(contract.state)])),
        (_("In force since"), format_date(contract.effective_at)),
        (_("Terms (SHA-256)"), contract.terms_hash),
    ]
    raise forgotten(contract.number, at, rows)


async def id_of_quotation(tx: AsyncSession, quotation_id: UUID) -> UUID | None:
    first = Contract.amends_id.is_(None)
    return await tx.scalar(select(Contract.id).where(Contract.quotation_id == quotation_id, first))


async def is_signed(tx: AsyncSession, inquiry_id: UUID) -> bool:
    """Whether a contract came of an inquiry that both have signed."""
    return await tx.scalar(*_signed(inquiry_id)) is not None


@once
def _signed(inquiry_id: UUID) -> Select[UUID]:
    return select(Contract.id).where(Contract.inquiry_id == inquiry_id, Contract.effective_at.is_not(None)).limit(1)


async def id_of_inquiry(tx: AsyncSession, inquiry_id: UUID) -> UUID | None:
    """The first contract of an inquiry; amendments come after it."""
    found: UUID | None = await tx.scalar(*_first(inquiry_id))
    return found


@once
def _first(inquiry_id: UUID) -> Select[UUID]:
    return select(Contract.id).where(Contract.inquiry_id == inquiry_id, Contract.amends_id.is_(None))


async def inquiry_called(tx: AsyncSession, number: str, *, party: UUID | None) -> UUID | None:
    """The inquiry of the contract with this number; `party` finds its own contracts only."""
    query = select(Contract.inquiry_id).where(Contract.number == number)
    if party is not None:
        query = query.where(_of(party))
    return await tx.scalar(query)


async def files(tx: AsyncSession, contract_id: UUID) -> list[tuple[str, str]]:
    """Every state its document was ever in, the oldest first: SHA-256, and the kind of the link that tells of it."""
    rows = await tx.scalars(
        select(ContractFile).where(ContractFile.contract_id == contract_id).order_by(ContractFile.at)
    )
    return [(row.file_hash, row.kind) for row in rows]


async def versions(tx: AsyncSession, inquiry_id: UUID) -> list[ContractLine]:
    """The contract of an inquiry and its amendments, the first first."""
    rows = await tx.scalars(select(Contract).where(Contract.inquiry_id == inquiry_id).order_by(Contract.id))
    return [_line(row) for row in rows]


async def amended_by(tx: AsyncSession, contract_id: UUID) -> UUID | None:
    """The amendment of this contract that is under way or in force."""
    query = select(Contract.id).where(Contract.amends_id == contract_id, Contract.state != ContractState.VOID)
    return await tx.scalar(query)


async def signed_by(tx: AsyncSession, contract_id: UUID) -> set[UUID]:
    """The companies that have signed; while the contract is locked, no other one can."""
    return set(await tx.scalars(*_signed_by(contract_id)))


@once
def _signed_by(contract_id: UUID) -> Select[UUID]:
    return select(Signature.organisation_id).where(Signature.contract_id == contract_id)


async def contracts_of(
    tx: AsyncSession, party: UUID, *, states: tuple[ContractState, ...] = (), offset: int = 0, limit: int = 50
) -> list[ContractLine]:
    """A company's contracts, newest first; without those that are forgotten."""
    ours = _of(party)
    query = _lines().where(ours, Contract.terms != text("'{}'"))
    if states:
        query = query.where(Contract.state.in_(states))
    rows = await tx.execute(query.order_by(Contract.id.desc()).offset(offset).limit(limit))
    return [_line(row, request) for row, request in rows]


async def waiting_for(tx: AsyncSession, party: UUID, *, limit: int = 20) -> list[ContractLine]:
    """The contracts that wait for this company: for an answer to a request, its agreement or its signature.

    Newest first. One about which it has asked something itself waits for the other side.
    """
    agreed = case((Contract.buyer_id == party, Contract.buyer_agreed), else_=Contract.supplier_agreed)
    signed = select(Signature.id).where(Signature.contract_id == Contract.id, Signature.organisation_id == party)
    to_agree = and_(Contract.state == ContractState.DRAFT, agreed != Contract.revision)
    to_sign = and_(Contract.state == ContractState.SIGNING, ~signed.exists(), ContractRequest.id.is_(None))
    to_answer = ContractRequest.organisation_id != party
    ours = _of(party)
    query = _lines().where(ours, or_(to_agree, to_sign, to_answer)).order_by(Contract.id.desc()).limit(limit)
    return [_line(row, request) for row, request in await tx.execute(query)]


def _lines() -> Select[Contract, ContractRequest]:
    """Contracts with what is asked about them, in one statement however many there are."""
    open_ = and_(ContractRequest.contract_id == Contract.id, ContractRequest.state == RequestState.OPEN)
    return select(Contract, ContractRequest).outerjoin(ContractRequest, open_)


def _line(row: Contract, request: ContractRequest | None = None) -> ContractLine:
    return ContractLine(
        row.id,
        row.number,
        row.title,
        ContractState(row.state),
        row.total,
        row.buyer_id,
        row.supplier_id,
        row.created_at,
        row.terms_hash,
        row.amends_id,
        ends=row.terms.get("ending") is not None,
        ends_at=row.ends_at if row.state in UNSIGNED else None,
        asked=request.kind if request else "",
        asked_by=request.organisation_id if request else None,
    )


def _view(row: Contract, signatures: tuple[SignatureView, ...]) -> ContractView:
    return ContractView(
        id=row.id,
        number=row.number,
        title=row.title,
        amends_id=row.amends_id,
        inquiry_id=row.inquiry_id,
        quotation_id=row.quotation_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        state=ContractState(row.state),
        revision=row.revision,
        buyer_agreed=row.buyer_agreed == row.revision,
        supplier_agreed=row.supplier_agreed == row.revision,
        buyer_read=row.buyer_agreed,
        supplier_read=row.supplier_agreed,
        total=row.total,
        terms=row.read(),
        rules=row.rules,
        rules_on=row.rules_on,
        terms_hash=row.terms_hash,
        pdf_hash=row.pdf_hash,
        pdf_key=row.pdf_key,
        file_key=row.file_key,
        sealed_at=row.sealed_at,
        archived_at=row.archived_at,
        fault=row.fault,
        created_at=row.created_at,
        locked_at=row.locked_at,
        effective_at=row.effective_at,
        ends_at=row.ends_at if row.state in UNSIGNED else None,
        buyer_extended=row.buyer_extended,
        supplier_extended=row.supplier_extended,
        signatures=signatures,
    )
