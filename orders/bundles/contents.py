"""What lies in a bundle: small files made here, and the keys of those that are in the file store.

Read in one snapshot of the database, so that chains, rows and the log are of the same moment.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, transparency
from app.core.signing.authority import Authority
from app.core.subject import Subject
from orders.bundles import deal as deals
from orders.bundles.deal import Deal
from orders.contracts import queries as contracts
from orders.contracts.terms import canonical_json
from payments import queries as money
from trust.identity import queries as identity

HERE = Path(__file__).resolve().parent
UNSAFE = re.compile(r"[^\w.-]+")
NAMING = ("files", "documents", "proof")
"""Under these names a link gives the SHA-256 of files that people sent."""
_anything: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_bytes="hex"))


@dataclass
class Contents:
    """made   path → bytes
    kept      path → key in the file store
    deal      the facts that the readable index is written from
    """

    made: dict[str, bytes] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    deal: dict[str, Any] = field(default_factory=dict)


async def gather(tx: AsyncSession, inquiry_id: UUID, *, party: UUID | None) -> Contents:
    """Everything of a deal that `party` may see; None is the platform. The transaction has read nothing before."""
    await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    found = await deals.deal(tx, inquiry_id, party=party)
    contents = Contents()
    files = {file["sha256"]: file["name"] for file in found.inquiry.files}
    chains = {subject: await _chain(tx, subject, party) for subject in found.subjects}
    await _said(tx, found, contents, files)
    await _contracts(tx, found, contents)
    if found.order:
        files |= {file["sha256"]: file["name"] for file in await deals.files_of_order(tx, found.order.id)}
        contents.made["payments.json"] = _json(await money.statement(tx, found.order.subject))
        contents.kept |= await deals.documents(tx, found.order.id)
    files |= {digest: "" for chain in chains.values() for digest in _named(chain)} | files
    for digest, name in files.items():
        contents.kept[f"files/{digest[:16]}-{safe(name)}"] = f"{digest[:2]}/{digest}"
    for subject, chain in chains.items():
        contents.made[f"chains/{subject.type}-{subject.id}.json"] = _json(chain)
    first = min(datetime.fromisoformat(chain["links"][0]["at"]) for chain in chains.values())
    contents.made["log/tree.json"] = _json(await _tree(tx, first))
    contents.deal |= await _index(tx, found, contents, chains, files)
    return contents


async def _index(
    tx: AsyncSession, found: Deal, contents: Contents, chains: Mapping[Subject, Any], files: Mapping[str, str]
) -> dict[str, Any]:
    """What the readable index is written from, besides messages, offers and documents."""
    read: list[dict[str, Any]] = [
        {
            "subject": str(subject),
            "kind": subject.type,
            "number": subject.number,
            "links": [_readable(link) for link in chain["links"]],
        }
        for subject, chain in chains.items()
    ]
    actors = {link["actor"] for chain in read for link in chain["links"]} - {None}
    companies = await identity.companies_of(tx, actors)
    kept = [path for path in contents.kept if path.startswith("files/")]
    return {
        "chains": read,
        "found": found,
        "parties": await identity.organisations(tx, [found.inquiry.buyer_id, found.inquiry.supplier_id]),
        "companies": companies,
        "files": [{"path": path, "name": files[contents.kept[path].rpartition("/")[2]]} for path in kept],
    }


def safe(name: str) -> str:
    """A name of a file that is one on every system, and no path."""
    return UNSAFE.sub("_", name)[-80:].lstrip(".") or "file"


def _json(value: Any) -> bytes:
    plain = _anything.dump_python(value, mode="json")
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True).encode()


async def _chain(tx: AsyncSession, subject: Subject, party: UUID | None) -> dict[str, Any]:
    links: list[dict[str, Any]] = []
    for link, row in await evidence.written(tx, subject):
        shown = {"seq": link.seq, "hash": link.hash, "kind": link.kind, "at": link.at.astimezone(UTC).isoformat()}
        whole = {"canonical": row.canonical, "private": row.private or {}}
        links.append(shown if deals.withheld(link.kind, party=party) else shown | whole)
    published = [
        {
            "day": end.day.isoformat(),
            "size": end.size,
            "root": end.root.hex(),
            "place": end.place,
            "seq": end.seq,
            "head": end.head.hex(),
            "path": [step.hex() for step in end.path],
        }
        for end in await transparency.inclusions(tx, subject)
    ]
    return {"subject": str(subject), "number": subject.number, "links": links, "published": published}


def _named(chain: Mapping[str, Any]) -> Iterable[str]:
    for link in chain["links"]:
        if "canonical" in link:
            data = json.loads(link["canonical"])["data"]
            yield from (digest for name in NAMING for digest in data.get(name, []))


def _readable(link: Mapping[str, Any]) -> dict[str, Any]:
    said = json.loads(link["canonical"]) if "canonical" in link else {"data": {}, "actor": None}
    personal = {name: json.loads(value) for name, (_salt, value) in link.get("private", {}).items()}
    return {
        "seq": link["seq"],
        "kind": link["kind"],
        "at": datetime.fromisoformat(link["at"]),
        "hash": link["hash"],
        "data": said["data"] | personal,
        "actor": said["actor"] and UUID(said["actor"]),
        "withheld": "canonical" not in link,
    }


async def _said(tx: AsyncSession, found: Deal, contents: Contents, files: dict[str, str]) -> None:
    """The question, the messages and the offers, as people wrote them."""
    asked = found.inquiry
    first = {"id": asked.id, "at": asked.created_at, "company": asked.buyer_id, "member": None, "text": asked.text}
    said: list[dict[str, Any]] = []
    async for message in deals.messages(tx, asked.id):
        files |= {file["sha256"]: file["name"] for file in message.files}
        said.append(
            {
                "id": message.id,
                "at": message.at,
                "company": message.organisation_id,
                "member": message.member_id,
                "text": message.text,
                "files": [file["sha256"] for file in message.files],
            }
        )
    said = [first | {"files": [file["sha256"] for file in asked.files]}, *reversed(said)]
    names = {member: (await identity.member_view(tx, member)).name for member in {m["member"] for m in said} - {None}}
    said = [message | {"name": names.get(message["member"], "")} for message in said]
    versions = await deals.offers(tx, asked.id)
    offers = [
        {
            "id": offer.id,
            "version": offer.version,
            "at": offer.created_at,
            "company": offer.made_by,
            "state": offer.state,
            "total": {"amount_minor": offer.total.minor, "currency": offer.total.currency},
            "valid_until": offer.valid_until,
            "reason": offer.reason,
            "content": offer.offer.model_dump(mode="json"),
        }
        for offer in versions
    ]
    contents.made["messages.json"], contents.made["quotations.json"] = _json(said), _json(offers)
    contents.deal |= {"messages": said, "offers": versions}


async def _contracts(tx: AsyncSession, found: Deal, contents: Contents) -> None:
    """Each version's terms, and every state that its document was ever in."""
    documents: dict[str, list[str]] = {}
    for contract in found.contracts:
        folder = f"contracts/{contract.number}"
        if contract.terms_hash:
            contents.made[f"{folder}/terms.json"] = canonical_json(contract.terms)
        for number, (digest, kind) in enumerate(await contracts.files(tx, contract.id), start=1):
            path = f"{folder}/document-{number}-{kind.partition('.')[2]}.pdf"
            contents.kept[path] = f"{digest[:2]}/{digest}"
            documents.setdefault(contract.number, []).append(path)
        for number, annex in enumerate(contract.terms.annexes or (), start=1):
            contents.kept[f"{folder}/annex-{number}-{safe(annex.name)}"] = annex.key
        contents.made[f"{folder}/signatures.json"] = _json([asdict(signature) for signature in contract.signatures])
    contents.deal["documents"] = documents


async def _tree(tx: AsyncSession, first: datetime) -> dict[str, Any]:
    """The published roots since the day of the first link, with the proofs that each continues the one before."""
    heads = await transparency.heads_since(tx, first.date() - timedelta(days=1))
    return {
        "heads": [
            {
                "day": head.day.isoformat(),
                "size": head.size,
                "root": head.root.hex(),
                "made_at": head.made_at.isoformat(),
                "token": base64.b64encode(head.token).decode() if head.token else "",
            }
            for head, _path in heads
        ],
        "consistency": [
            {"first": before.size, "second": head.size, "path": [step.hex() for step in path]}
            for (before, _), (head, path) in pairwise(heads)
        ],
    }


def certificates(authority: Authority) -> dict[str, bytes]:
    """The certificates that everything leads to, and the lists of what was revoked, as of now; as `former`, what the
    installation's authorities before this one left; as `clock`, the roots of others' timestamp authorities.
    """
    one, two = authority.timestampers
    named = {
        "root": authority.root,
        "issuer": authority.issuer,
        "seal": authority.seal.certificate,
        "timestamps-1": one.certificate,
        "timestamps-2": two.certificate,
    }
    made = {f"certificates/{name}.pem": certificate.public_bytes(Encoding.PEM) for name, certificate in named.items()}
    lists = zip(("root", "issuer"), authority.revocations(), strict=True)
    made |= {f"certificates/{name}.crl": list_.dump() for name, list_ in lists}
    before = authority.former
    made |= {f"certificates/former-{n}.pem": pem.armor("CERTIFICATE", r.dump()) for n, r in enumerate(before.roots, 1)}
    made |= {f"certificates/former-{n}.crl": list_.dump() for n, list_ in enumerate(before.revocations, 1)}
    return made | {f"certificates/clock-{n}.cer": root.dump() for n, root in enumerate(authority.clocks, start=1)}


def script() -> bytes:
    """The verifier that goes out with every bundle."""
    return (HERE / "verifier.py").read_bytes()
