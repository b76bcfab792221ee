"""Whether the rows of a deal and the files in the store are what its chains say they were.

A chain can be whole while a row beside it was changed, or a file in the store: the chain names both by their SHA-256.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.auditing import Fault
from app.core.evidence import Link
from app.core.signing.authority import Authority
from app.core.storage import FileDamaged, FileMissing, FileStore
from app.core.subject import Subject
from orders.bundles import deal as deals
from orders.bundles.contents import NAMING
from orders.contracts import queries as contracts
from orders.contracts import signing
from orders.contracts.terms import canonical_json, digest
from orders.deals import queries as orders
from orders.forgotten import DealForgotten
from orders.negotiation import queries as negotiation

DEALS = ("inquiry", "contract", "order")
FILES = (*NAMING, "pdf_hash", "file_hash")


_SUBJECTS = text("""
    SELECT 'inquiry' AS type, id FROM inquiry
     UNION SELECT 'contract', id FROM contract UNION SELECT 'order', id FROM orders
     UNION SELECT subject_type, subject_id FROM evidence_link WHERE subject_type IN ('inquiry', 'contract', 'order')
     ORDER BY type, id
""")


async def subjects(tx: AsyncSession) -> list[Subject]:
    """Whatever of deals has rows or a chain."""
    return [Subject(kind, id_) for kind, id_ in await tx.execute(_SUBJECTS)]


async def rows(tx: AsyncSession, subject: Subject) -> tuple[list[Fault], set[str]]:
    """What rows say otherwise than the chain of a deal's subject, and the SHA-256 of the files that it names."""
    links = await evidence.chain(tx, subject)
    compare = {"inquiry": _inquiry, "contract": _contract, "order": _order}[subject.type]
    try:
        reasons = await compare(tx, subject.id, links)
    except DealForgotten:
        said = any(link.kind == evidence.ERASED for link in links)
        return [] if said else [Fault(str(subject), "forgotten, and its chain does not say so")], set()
    return [Fault(str(subject), reason) for reason in reasons], _named(links, FILES)


async def files(store: FileStore, subject: Subject, digests: set[str]) -> list[Fault]:
    """The files that are gone from the store or are not what was put there."""
    faults = []
    for name in sorted(digests):
        try:
            async for _piece in store.pieces(f"{name[:2]}/{name}"):
                pass
        except (FileMissing, FileDamaged) as error:
            faults.append(Fault(str(subject), f"file {name}: {error.code}"))
    return faults


async def signatures(tx: AsyncSession, store: FileStore, subject: Subject, authority: Authority) -> list[Fault]:
    """Of a sealed contract: whether all three signatures in its document hold, over the whole file."""
    if subject.type != "contract":
        return []
    try:
        contract = await contracts.contract(tx, subject.id)
    except DealForgotten:
        return []
    if contract.sealed_at is None:
        return []
    try:
        document = await store.get(contract.file_key)
    except (FileMissing, FileDamaged):
        return []  # told already, by its hash
    return [] if await signing.complete(document, authority) else [Fault(str(subject), "a signature does not hold")]


def _named(links: Sequence[Link], names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for link in links:
        for name in names:
            value = link.data.get(name, [])
            found.update([value] if isinstance(value, str) else value)
    return found - {""}


def _differ(what: str, now: Any, then: Any) -> list[str]:
    return [] if now == then else [f"{what}: not as recorded"]


async def _inquiry(tx: AsyncSession, inquiry_id: UUID, links: Sequence[Link]) -> list[str]:
    asked = await negotiation.inquiry(tx, inquiry_id, party=None)
    said = {str(message.id): message async for message in deals.messages(tx, inquiry_id)}
    offers = {str(o.id): o.offer.model_dump(mode="json") for o in await deals.offers(tx, inquiry_id)}
    words = {name: digest(message.text.encode()) for name, message in said.items()}
    kept = {file["sha256"] for message in said.values() for file in message.files} | {f["sha256"] for f in asked.files}
    # What was erased is None in the chain: it can be compared no more, but that it was there can.
    sent = {link.data["text"] for link in links if link.kind == "inquiry.sent"}
    told = {link.data["message"]: link.data["text"] for link in links if link.kind == "inquiry.message"}
    words = {name: told[name] if name in told and told[name] is None else said for name, said in words.items()}
    made = {link.data["quotation"]: link.data["content"] for link in links if link.kind == "quotation.offered"}
    return [
        *_differ("inquiry", sent if sent == {None} else {digest(asked.text.encode())}, sent),
        *_differ("messages", words, told),
        *_differ("offers", {k: digest(evidence.canonical_json(v).encode()) for k, v in offers.items()}, made),
        *_differ("files", kept, _named(links, NAMING)),
    ]


async def _contract(tx: AsyncSession, contract_id: UUID, links: Sequence[Link]) -> list[str]:
    contract = await contracts.contract(tx, contract_id)
    locked = next((link for link in reversed(links) if link.kind in {"contract.locked", "contract.unlocked"}), None)
    frozen = locked.data.get("terms_hash", "") if locked else ""
    terms = digest(canonical_json(contract.terms)) if frozen else ""
    known = [name for name, _kind in await contracts.files(tx, contract_id)]
    states = [link.data[name] for link in links for name in ("pdf_hash", "file_hash") if name in link.data]
    acts = {link.data["seal"]: link.data["statement"] for link in links if link.kind == "contract.signed"}
    given = {s.seal.hex(): s for s in contract.signatures}
    known_acts = {seal: acts.get(seal) and signature.statement for seal, signature in given.items()}
    return [
        *_differ("terms", (terms, contract.terms_hash), (frozen, frozen)),
        *_differ("documents", sorted(known), sorted(set(states))),
        *_differ("document", contract.file_key.rpartition("/")[2], states[-1] if states and contract.file_key else ""),
        *_differ("signatures", known_acts, acts),
        *(
            reason
            for seal, signature in given.items()
            if acts.get(seal)
            for reason in _differ("signatory", signature.name, json.loads(signature.statement)["name"])
        ),
    ]


async def _order(tx: AsyncSession, order_id: UUID, links: Sequence[Link]) -> list[str]:
    await orders.order(tx, order_id)  # raises DealForgotten
    kept = {file["sha256"] for file in await deals.files_of_order(tx, order_id)}
    return _differ("files", kept, _named(links, NAMING))
