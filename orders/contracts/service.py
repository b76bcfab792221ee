"""What is done with contracts: drawn up from the agreed offer, adjusted, agreed, frozen, prepared, signed, declined."""

from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.ids import new_id
from app.core.jobs import Event
from app.core.signing.own import OwnCertificate
from app.core.subject import Subject
from orders.contracts import clauses, drafting, guarding, lasting, queries, receiving, requesting, revisions, signing
from orders.contracts.amending import Changes, amended
from orders.contracts.drafting import Contractor, FeeTerms
from orders.contracts.ending import ended
from orders.contracts.errors import (
    AlreadySigned,
    AmendmentUnderWay,
    ConsentNeeded,
    NotAParty,
    NotHere,
    TextChanged,
)
from orders.contracts.events import ContractAmended, ContractDeclined, ContractEffective, ContractLocked, ContractSigned
from orders.contracts.extras import Ending
from orders.contracts.models import Contract, ContractFile, Signature
from orders.contracts.record import note as _note
from orders.contracts.record import other as _other
from orders.contracts.record import tell as _tell
from orders.contracts.revising import Change, adjusted
from orders.contracts.sealing import Signer
from orders.contracts.states import ContractMove, ContractState
from orders.contracts.terms import Amended, canonical_json, digest
from orders.negotiation.guarding import check_words
from orders.negotiation.queries import AgreedQuotation
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.risk import holds
from trust.rules import queries as rules
from trust.screening.standing import check
from trust.screening.states import Point


async def draw_up(tx: AsyncSession, agreed: AgreedQuotation, *, fee_basis_points: int) -> UUID:
    """Draw up the draft contract of an agreed offer, with the same figures. Once per quotation."""
    known = await queries.id_of_quotation(tx, agreed.quotation_id)
    if known is not None:
        return known
    id_, today = new_id(), clock.now().date()
    particulars = drafting.draft(
        agreed.offer,
        number=Subject("contract", id_).number,
        dated=today,
        quotation=(agreed.quotation_id, agreed.version),
        supplier=await _contractor(tx, agreed.supplier_id),
        buyer=await _contractor(tx, agreed.buyer_id),
        fee=FeeTerms(fee_basis_points),
    )
    contract = Contract(
        id=id_,
        number=particulars.number,
        inquiry_id=agreed.inquiry_id,
        quotation_id=agreed.quotation_id,
        buyer_id=agreed.buyer_id,
        supplier_id=agreed.supplier_id,
        title=agreed.title,
        total=particulars.total,
        terms=clauses.draw_up(particulars).model_dump(mode="json"),
        rules=await rules.numbers_in_force(tx, today),
        rules_on=today,
    )
    tx.add(contract)
    await revisions.keep(tx, contract, by=None)
    said = {"quotation": agreed.quotation_id, "total": contract.total, "rules": contract.rules}
    await _note(tx, contract, "contract.drawn_up", said)
    for party in (contract.buyer_id, contract.supplier_id):
        await _tell(tx, contract, party, "contract_drafted")
    return id_


async def _contractor(tx: AsyncSession, organisation_id: UUID) -> Contractor:
    company = await identity.organisation(tx, organisation_id)
    signatories = await identity.signatories(tx, organisation_id)
    if not signatories:
        raise NotAParty(_("%(company)s has nobody who may sign.") % {"company": company.name_latin})
    return Contractor(company, signatories[0])


async def adjust(
    tx: AsyncSession, contract_id: UUID, changes: Change, *, revision: int, by: Member, note: str = ""
) -> Contract:
    """Change the open terms of a draft. The adjuster agrees to the result; the other side must agree anew.

    revision  the one that the changes were made from
    note      what the adjuster tells the other side of them
    Raises TextChanged when that is no longer the newest, IllegalMove, Lapsed, NotHere for an amendment, Invalid.
    """
    require(by, Permission.NEGOTIATE)
    contract = await _draft(tx, contract_id, revision, by=by)
    if contract.amends_id is not None:
        raise NotHere(_("Decline the amendment and propose another."))
    before = contract.read()
    after = adjusted(before, changes)
    if after == before:
        return contract
    await guarding.check_change(tx, contract, before, after, note, by=by)
    contract.terms = after.model_dump(mode="json")
    contract.revision += 1
    _agree(contract, by)
    await revisions.keep(tx, contract, by=by.id, note=note)
    if (after.consignee, after.notify) != (before.consignee, before.notify):
        await receiving.name(tx, Subject("contract", contract.id), after, by=by)
    said = {"revision": contract.revision, "changes": changes.model_dump(mode="json", exclude_none=True)}
    if note:
        said["reason"] = note
    await _note(tx, contract, "contract.adjusted", said, by=by.id)
    await _tell(tx, contract, _other(contract, by.organisation_id), "contract_adjusted")
    return contract


async def amend(tx: AsyncSession, contract_id: UUID, changes: Changes | Ending, *, by: Member) -> Contract:
    """Draw up an amendment of a contract in force, a whole contract that names this one's hash, or an agreement that
    ends it. The proposer agrees. Raises IllegalMove unless it is in force, AmendmentUnderWay, Invalid.
    """
    require(by, Permission.NEGOTIATE)
    old = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    old.check(ContractMove.AMEND)
    if await queries.amended_by(tx, old.id) is not None:
        raise AmendmentUnderWay(_("Another amendment is being agreed or signed."))
    versions = await queries.versions(tx, old.inquiry_id)
    count, first, names = len(versions), versions[0].number, Amended(number=old.number, terms_hash=old.terms_hash)
    before = old.read()
    if isinstance(changes, Ending):
        kind, terms = "termination", ended(before, names, changes, number=f"{first}-T{count}")
    else:
        kind, terms = "amendment", amended(before, names, changes, number=f"{first}-A{count}")
    contract = Contract(
        id=new_id(),
        number=terms.number,
        amends_id=old.id,
        inquiry_id=old.inquiry_id,
        quotation_id=old.quotation_id,
        buyer_id=old.buyer_id,
        supplier_id=old.supplier_id,
        title=old.title,
        total=terms.total,
        terms=terms.model_dump(mode="json"),
        rules=old.rules,
        rules_on=old.rules_on,
        revision=1,
    )
    tx.add(contract)
    _agree(contract, by)
    await revisions.keep(tx, contract, by=by.id, note=changes.reason)
    await guarding.check_amendment(tx, contract, changes.reason, by=by)
    said = {"amends": old.terms_hash, "total": contract.total, "reason": changes.reason}
    await _note(tx, contract, "contract.drawn_up", said, by=by.id)
    await _note(tx, old, f"contract.{kind}_proposed", {kind: contract.id, "reason": changes.reason}, by=by.id)
    await _tell(tx, contract, _other(contract, by.organisation_id), f"{kind}_proposed", reason=changes.reason)
    return contract


async def agree(tx: AsyncSession, contract_id: UUID, revision: int, *, by: Member) -> Contract:
    """Agree to exactly this revision; when both have, the text is frozen. Raises TextChanged."""
    require(by, Permission.NEGOTIATE)
    contract = await _draft(tx, contract_id, revision, by=by)
    _agree(contract, by)
    await _note(tx, contract, "contract.agreed", {"revision": revision}, by=by.id)
    if contract.buyer_agreed == contract.supplier_agreed == contract.revision:
        await _lock(tx, contract, by=by)
    return contract


async def _draft(tx: AsyncSession, contract_id: UUID, revision: int, *, by: Member) -> Contract:
    """The draft as `by` has read it, locked. Raises TextChanged, IllegalMove, Lapsed."""
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    contract.check(ContractMove.LOCK)
    lasting.check_running(contract)
    if revision != contract.revision:
        raise TextChanged(_("The draft was changed meanwhile. Please read it again."), revision=contract.revision)
    return contract


async def _lock(tx: AsyncSession, contract: Contract, *, by: Member) -> None:
    terms = contract.read()
    contract.terms_hash = digest(canonical_json(terms))
    contract.locked_at = clock.now()
    contract.move(ContractMove.LOCK, by=by.id)
    lasting.restart(contract)
    await guarding.check_contract(tx, contract, terms, by=by)
    await _note(tx, contract, "contract.locked", {"terms_hash": contract.terms_hash}, by=by.id)
    await outbox.publish(tx, ContractLocked(contract.id))


async def prepared(tx: AsyncSession, contract_id: UUID, *, terms_hash: str, pdf_key: str, pdf_hash: str) -> None:
    """The document of a locked contract is there: it can be signed.

    Does nothing when it was there already, nor when the text was opened meanwhile and is another one now.
    """
    contract = await queries.contract_for_update(tx, contract_id)
    if contract.state != ContractState.LOCKED or contract.terms_hash != terms_hash:
        return
    contract.pdf_key, contract.pdf_hash, contract.fault = pdf_key, pdf_hash, ""
    if signing.fields(contract.read().edition):
        contract.file_key = pdf_key
    contract.move(ContractMove.PREPARE, by=None)
    await remember(tx, contract, pdf_hash, "contract.prepared")
    await _note(tx, contract, "contract.prepared", {"pdf_hash": pdf_hash})
    for party in (contract.buyer_id, contract.supplier_id):
        await _tell(tx, contract, party, "contract_ready")


async def remember(tx: AsyncSession, contract: Contract, file_hash: str, kind: str) -> None:
    """A state of the document that anybody may hold, and have checked, from now on."""
    known = {"file_hash": file_hash, "contract_id": contract.id, "kind": kind, "at": clock.now()}
    await tx.execute(insert(ContractFile).values(known).on_conflict_do_nothing())


async def unprintable(tx: AsyncSession, contract_id: UUID, fault: str, *, terms_hash: str) -> None:
    """The document cannot be made as the text stands: it is a draft again, and the parties see why."""
    contract = await queries.contract_for_update(tx, contract_id)
    if contract.state == ContractState.LOCKED and contract.terms_hash == terms_hash:
        await requesting.lapse(tx, contract)
        await revisions.open_again(tx, contract, by=None, note=fault, fault=fault)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the signatory had before their eyes, and said; `own` is the certificate they brought, if they did.
    `warned`: that they read what rules of risk warn of."""

    terms_hash: str
    pdf_hash: str
    title: str
    consent: bool
    method: str
    own: OwnCertificate | None = None
    warned: bool = False


async def sign(
    tx: AsyncSession, contract_id: UUID, ceremony: Ceremony, *, by: Member, signer: Signer, amendment: bool = False
) -> Contract:
    """Sign for the member's own company. Identity was proven afresh by the caller (step-up).

    amendment  the caller holds the order, and lets its money follow in the same transaction
    Raises AlreadySigned, TextChanged when the hashes shown are not the contract's, ConsentNeeded, WarningsUnread,
    IllegalMove, Lapsed, NotHere, OnHold, PartyStopped, and NoAuthority when the member's own does not reach that far.
    """
    require(by, Permission.SIGN, under_way=amendment)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    if (contract.amends_id is not None) != amendment:
        raise NotHere(_("An amendment is signed on its order, a first contract on its own page."))
    signed = await queries.signed_by(tx, contract.id)
    if by.organisation_id in signed:
        raise AlreadySigned(_("Your company has signed this contract already."))
    contract.check(ContractMove.TAKE_EFFECT)
    lasting.check_running(contract)
    await holds.check_hold(tx, Subject("contract", contract.id))
    if not ceremony.consent:
        raise ConsentNeeded(_("Please confirm that you agree to sign electronically."), field="consent")
    if (ceremony.terms_hash, ceremony.pdf_hash) != (contract.terms_hash, contract.pdf_hash):
        raise TextChanged(_("This is not the text that was shown to you. Please read it again."))
    warned = await guarding.check_warned(tx, contract, warned=ceremony.warned, by=by)
    await guarding.check_parties(tx, contract, by=by)
    authority = await people.require_authority(tx, by, contract.total)
    sides, about = (contract.buyer_id, contract.supplier_id), [Subject("contract", contract.id)]
    await check(tx, Point.CONTRACT, *sides, currency=contract.total.currency, about=about)
    if not contract.terms.get("ending"):
        await guarding.check_goods(tx, contract, by=by)
    await requesting.lapse(tx, contract)
    signature = _signature(contract, ceremony, by, authority, signer)
    tx.add(signature)
    said = {"side": signature.side, "statement": signature.statement, "seal": signature.seal.hex(), "warned": warned}
    await _note(tx, contract, "contract.signed", said, by=by.id)
    other = _other(contract, by.organisation_id)
    events: list[Event] = [ContractSigned(contract.id, by.organisation_id)]
    if other in signed:
        events += await _take_effect(tx, contract, by)
    await outbox.publish(tx, *events)
    await _tell(tx, contract, other, "contract_signed")
    return contract


async def _take_effect(tx: AsyncSession, contract: Contract, by: Member) -> list[Event]:
    contract.effective_at = clock.now()
    contract.move(ContractMove.TAKE_EFFECT, by=by.id)
    await _note(tx, contract, "contract.effective", {"terms_hash": contract.terms_hash})
    if contract.amends_id is None:
        return [ContractEffective(contract.id)]
    return await _replace(tx, contract.amends_id, contract, by)


async def _replace(tx: AsyncSession, old_id: UUID, contract: Contract, by: Member) -> list[Event]:
    """The amendment takes the place of the contract before it, or ends it. Raises IllegalMove unless in force."""
    old = await queries.contract_for_update(tx, old_id)
    if contract.read().ending is not None:
        old.move(ContractMove.TERMINATE, by=by.id)
        contract.move(ContractMove.PERFORM, by=by.id)
        await _note(tx, old, "contract.terminated", {"by": contract.id, "terms_hash": contract.terms_hash}, by=by.id)
        return []
    old.move(ContractMove.AMEND, by=by.id)
    await _note(tx, old, "contract.amended", {"by": contract.id, "terms_hash": contract.terms_hash}, by=by.id)
    return [ContractAmended(old.id, contract.id)]


def _signature(
    contract: Contract, ceremony: Ceremony, by: Member, authority: people.AuthorityView, signer: Signer
) -> Signature:
    at = clock.now()
    consent = clauses.consent(contract.read(), by.organisation_name, contract.pdf_hash)
    consent_text = clauses.whole(consent)
    statement = evidence.canonical_json(
        {
            "contract": contract.id,
            "number": contract.number,
            "terms_hash": contract.terms_hash,
            "pdf_hash": contract.pdf_hash,
            "organisation": by.organisation_id,
            "company": by.organisation_name,
            "member": by.id,
            "name": by.name,
            "title": ceremony.title,
            "method": ceremony.method,
            "certificate": ceremony.own.credential.certificate.fingerprint(SHA256()).hex() if ceremony.own else "",
            "authority": authority.said,
            "authority_id": authority.id,
            "consent_hash": digest(consent_text.encode()),
            "at": at,
        }
    )
    seal = signer.seal(statement.encode())
    return Signature(
        contract_id=contract.id,
        organisation_id=by.organisation_id,
        member_id=by.id,
        side="buyer" if by.organisation_id == contract.buyer_id else "supplier",
        name=by.name,
        title=ceremony.title,
        terms_hash=contract.terms_hash,
        pdf_hash=contract.pdf_hash,
        consent=consent_text,
        consent_hash=digest(consent_text.encode()),
        statement=statement,
        seal=seal.data,
        seal_kind=seal.kind,
        own_certificate=ceremony.own is not None,
        at=at,
    )


async def decline(tx: AsyncSession, contract_id: UUID, reason: str, *, by: Member) -> Contract:
    """Refuse the contract before it is in force, with a reason; it is void.

    Raises IllegalMove, AlreadySigned for a side that has signed: it is bound until the other side lets it go.
    """
    require(by, Permission.NEGOTIATE)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    contract.check(ContractMove.DECLINE)
    if by.organisation_id in await queries.signed_by(tx, contract.id):
        raise AlreadySigned(_("Your company has signed. Ask the other side to let the contract go."))
    await check_words(tx, contract.inquiry_id, reason, by=by)
    await requesting.lapse(tx, contract)
    contract.move(ContractMove.DECLINE, by=by.id, note=reason)
    await _note(tx, contract, "contract.declined", {"reason": reason}, by=by.id)
    await outbox.publish(tx, ContractDeclined(contract.id, by.organisation_id))
    await _tell(tx, contract, _other(contract, by.organisation_id), "contract_declined", reason=reason)
    return contract


async def overtake(tx: AsyncSession, contract_id: UUID) -> None:
    """The deal is over: an amendment of its contract that was still under way comes too late."""
    amendment_id = await queries.amended_by(tx, contract_id)
    if amendment_id is not None:
        contract = await queries.contract_for_update(tx, amendment_id)
        if contract.can(ContractMove.DECLINE):
            await requesting.lapse(tx, contract)
            contract.move(ContractMove.DECLINE, by=None, note="the deal is over")
            await _note(tx, contract, "contract.declined", {"reason": "the deal is over"})


async def perform(tx: AsyncSession, contract_id: UUID) -> None:
    """All that was promised has been done. Called when its order is complete."""
    contract = await queries.contract_for_update(tx, contract_id)
    contract.move(ContractMove.PERFORM, by=None)
    await _note(tx, contract, "contract.performed", {})


def _agree(contract: Contract, by: Member) -> None:
    if by.organisation_id == contract.buyer_id:
        contract.buyer_agreed = contract.revision
    else:
        contract.supplier_agreed = contract.revision
