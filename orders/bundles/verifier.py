"""Checks an evidence bundle of Portolan, without Portolan: no network, no account, nothing of its program.

    pip install pyhanko
    python verify.py [BUNDLE] [--root ROOT.pem]

BUNDLE is the ZIP, or the folder where it was unpacked; the folder of this script when left out. Everything leads to one
root certificate. Which one is right, a bundle cannot say of itself: give the platform's as you know it (--root), or
compare the fingerprint that is printed. Exit code: 0 everything holds; 1 something does not; 2 nothing is wrong, but
something cannot be shown yet, such as a step of today that no published root covers.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import logging
import sys
import zipfile
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from asn1crypto import cms, crl, pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import (
    async_validate_detached_cms,
    extract_tst_data_iter,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

HOLDS, BROKEN, OPEN = 0, 1, 2
MANIFEST, SEAL = "manifest.json", "manifest.p7s"
KEPT = timedelta(days=3 * 365 + 1)
SEALER = "Portolan Platform Seal"
FIELDS = ("Supplier", "Buyer", "PlatformSeal")
NAMING = ("files", "documents", "proof", "pdf_hash", "file_hash", "terms_hash", "pdf", "ubl", "file")
"""Under these names a link of a chain gives the SHA-256 of files."""
PIECE = 2**20


class Bundle:
    """The files of a bundle, in a folder or still in its ZIP."""

    def __init__(self, path: Path) -> None:
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        self._folder = path
        inside = self._zip.namelist() if self._zip else [p.relative_to(path).as_posix() for p in _files(path)]
        found = [name for name in inside if not name.endswith("/")]
        if len(found) != len(set(found)):
            raise ValueError("two files have the same name")
        self.names = set(found)

    def open(self, name: str) -> IO[bytes]:
        if name not in self.names:
            raise ValueError(f"{name} is missing")
        return self._zip.open(name) if self._zip else (self._folder / name).open("rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def digest(self, name: str) -> str:
        seen = hashlib.sha256()
        with self.open(name) as file:
            while piece := file.read(PIECE):
                seen.update(piece)
        return seen.hexdigest()

    def under(self, folder: str) -> list[str]:
        return sorted(name for name in self.names if name.startswith(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


@dataclass
class Case:
    """What is being checked, and what was found: (exit code, English, Chinese)."""

    bundle: Bundle
    roots: list[x509.Certificate]
    manifest: dict[str, Any]
    at: datetime
    digests: dict[str, str]
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def say(self, code: int, english: str, chinese: str) -> None:
        self.found.append((code, english, chinese))

    def context(self, moment: datetime) -> dict[str, Any]:
        """What signatures are checked by: the roots, and the certificates and revocation lists that lie beside it."""
        others = [certificate(self.bundle.read(name)) for name in self.bundle.under("certificates/") if ".pem" in name]
        lists = [self.bundle.read(name) for name in self.bundle.under("certificates/") if name.endswith(".crl")]
        return {
            "trust_roots": self.roots,
            "other_certs": others,
            "crls": [crl.CertificateList.load(data) for data in lists],
            "moment": moment,
            "allow_fetching": False,
            "revocation_mode": "require",
            "retroactive_revinfo": True,
        }

    def clocks(self, moment: datetime, one: EmbeddedPdfSignature | None = None) -> Iterator[ValidationContext]:
        """By whom a timestamp may be: the platform's authorities, then others whose roots lie in the bundle."""
        yield pdf_context(self, one, moment) if one else ValidationContext(**self.context(moment))
        others = [certificate(self.bundle.read(name)) for name in self.bundle.under("certificates/clock-")]
        if others:
            yield ValidationContext(
                trust_roots=others, moment=moment, allow_fetching=False, revocation_mode="soft-fail"
            )


def certificate(data: bytes) -> x509.Certificate:
    return certificates(data)[0]


def certificates(data: bytes) -> list[x509.Certificate]:
    found = [one for _kind, _headers, one in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
    return [x509.Certificate.load(one) for one in found]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


# The seal over the manifest, and the manifest over the files


async def check_seal(case: Case) -> None:
    signed = cms.ContentInfo.load(case.bundle.read(SEAL))["content"]
    for clock in case.clocks(case.at):
        status = await async_validate_detached_cms(
            case.bundle.read(MANIFEST), signed, ValidationContext(**case.context(case.at)), clock
        )
        stamp = status.timestamp_validity
        timed = stamp is not None and stamp.valid and stamp.trusted
        if timed:
            break
    sealer = status.signing_cert.subject.native.get("common_name") if status.signing_cert else ""
    if not (status.intact and status.valid and status.trusted and timed and sealer == SEALER):
        case.say(BROKEN, "the seal over the manifest does not hold", "清单上的平台印章不成立")
        return
    when = f"{case.at:%Y-%m-%d %H:%M:%S} UTC"
    case.say(HOLDS, f"sealed by the platform, {when}, by a timestamp", f"清单由平台于 {when} 加盖印章（有时间戳）")


async def check_files(case: Case) -> None:
    wanted = {name: said["sha256"] for name, said in case.manifest["files"].items()}
    there = case.bundle.names - {MANIFEST, SEAL}
    for name in sorted(wanted.keys() - there):
        case.say(BROKEN, f"missing: {name}", f"缺少文件：{name}")
    for name in sorted(there - wanted.keys()):
        case.say(BROKEN, f"not part of the bundle: {name}", f"不属于本证据包的文件：{name}")
    changed = [name for name in sorted(wanted.keys() & there) if case.digests[name] != wanted[name]]
    for name in changed:
        case.say(BROKEN, f"changed: {name}", f"文件被改动：{name}")
    if wanted.keys() == there and not changed:
        case.say(
            HOLDS, f"all {len(wanted)} files are as they were sealed", f"全部 {len(wanted)} 个文件与加盖印章时一致"
        )


# Chains


async def check_chains(case: Case) -> None:
    known: set[str] = set()
    for name in case.bundle.under("chains/"):
        chain = json.loads(case.bundle.read(name))
        known |= named(told(chain))
        links, about = chain["links"], chain["subject"]
        broken = broken_link(chain)
        if broken:
            case.say(BROKEN, f"{about}: link {broken} does not continue the chain", f"{about}：第 {broken} 环断裂")
            continue
        hidden = sum("canonical" not in link for link in links)
        case.say(
            HOLDS,
            f"{about}: whole, {len(links)} links" + (f", {hidden} of them not for this reader" if hidden else ""),
            f"{about}：完整，共 {len(links)} 环" + (f"，其中 {hidden} 环不向本方披露" if hidden else ""),
        )
        check_published(case, chain)
        check_named(case, chain)
    for name in case.bundle.under("contracts/"):
        if name.endswith("/terms.json") and case.digests[name] in known:
            known |= {annex["sha256"] for annex in json.loads(case.bundle.read(name)).get("annexes") or ()}
    for name in [n for folder in ("files/", "contracts/", "documents/") for n in case.bundle.under(folder)]:
        if not name.endswith("signatures.json") and case.digests[name] not in known:
            case.say(BROKEN, f"no chain names this file: {name}", f"证据链未记载此文件：{name}")


def broken_link(chain: dict[str, Any]) -> int:
    """The number of the first link that is not what its chain needs; 0 when there is none."""
    previous, erased = bytes(32), gone(chain)
    for number, link in enumerate(chain["links"], start=1):
        if link["seq"] != number:
            return number
        if "canonical" in link:
            said = json.loads(link["canonical"])
            if (said["subject"], said["seq"]) != (chain["subject"], number):
                return number
            if sha256(previous + link["canonical"].encode()) != link["hash"]:
                return number
            if not committed(said["data"], link.get("private", {}), gone=number in erased):
                return number
        previous = bytes.fromhex(link["hash"])
    return 0


def committed(data: dict[str, Any], private: dict[str, list[str]], *, gone: bool) -> bool:
    """What people wrote and who they are lies beside a link, which has its commitment: SHA-256 of salt and value.
    All of it is here, or the chain says that it was erased when the time to keep it was over.
    """
    said = {
        name: value["committed"] for name, value in data.items() if isinstance(value, dict) and "committed" in value
    }
    here = {name: sha256(bytes.fromhex(salt) + value.encode()) for name, (salt, value) in private.items()}
    return here == ({} if gone else said)


def gone(chain: dict[str, Any]) -> set[int]:
    """The numbers of links whose personal parts were erased, three years after the chain's last other word or later."""
    found: set[int] = set()
    last = datetime.min.replace(tzinfo=UTC)
    for link in (json.loads(link["canonical"]) for link in chain["links"] if "canonical" in link):
        at = datetime.fromisoformat(link["at"])
        if link["kind"] != "evidence.erased":
            last = max(last, at)
        elif last + KEPT <= at:
            found.update(number for number in link["data"]["links"] if number < link["seq"])
    return found


def told(chain: dict[str, Any]) -> list[dict[str, Any]]:
    """What the links say, with their personal parts."""
    links = []
    for link in chain["links"]:
        if "canonical" in link:
            said = json.loads(link["canonical"])
            said["data"] |= {name: json.loads(value) for name, (_salt, value) in link.get("private", {}).items()}
            links.append(said)
    return links


def check_published(case: Case, chain: dict[str, Any]) -> None:
    """Every published end of the chain is still in it, and in the tree whose root was published."""
    about, links = chain["subject"], chain["links"]
    heads = {head["size"]: head for head in json.loads(case.bundle.read("log/tree.json"))["heads"]}
    for end in chain["published"]:
        leaf = hashlib.sha256(b"\x00" + f"{about} {end['seq']} {end['head']}".encode()).digest()
        there = 0 < end["seq"] <= len(links) and links[end["seq"] - 1]["hash"] == end["head"]
        path = [bytes.fromhex(step) for step in end["path"]]
        root = heads.get(end["size"], {}).get("root", "")
        if not (there and includes(bytes.fromhex(root), end["size"], end["place"], leaf, path)):
            case.say(BROKEN, f"{about}: not the chain that was published", f"{about}：与已公布的证据链不符")
            return
    covered = max((end["seq"] for end in chain["published"]), default=0)
    if covered == len(links):
        case.say(HOLDS, f"{about}: published in the log whole", f"{about}：已全部载入公开日志")
    else:
        after = f"links after {covered} are in no published root yet"
        case.say(OPEN, f"{about}: {after}", f"{about}：第 {covered} 环之后尚未载入公开日志")


def check_named(case: Case, chain: dict[str, Any]) -> None:
    """Every file that the chain names by its hash is here, and what was said and offered is what it names."""
    about, have = chain["subject"], set(case.digests.values())
    missing = sorted(named(told(chain)) - have)
    for digest in missing:
        case.say(BROKEN, f"{about}: names a file that is not here: {digest}", f"{about}：所载文件不在包内：{digest}")
    if not about.startswith("inquiry:"):
        return
    said = json.loads(case.bundle.read("messages.json"))
    words = {m["id"]: sha256(m["text"].encode()) for m in said}
    offers = {q["id"]: sha256(canonical(q["content"])) for q in json.loads(case.bundle.read("quotations.json"))}
    recorded_words, recorded_offers = {}, {}
    for link in told(chain):
        if link["kind"] == "inquiry.sent":
            recorded_words[about.partition(":")[2]] = link["data"]["text"]
        elif link["kind"] == "inquiry.message":
            recorded_words[link["data"]["message"]] = link["data"]["text"]
        elif link["kind"] == "quotation.offered":
            recorded_offers[link["data"]["quotation"]] = link["data"]["content"]
    erased = {name for name, value in recorded_words.items() if not isinstance(value, str)}
    if (
        words.keys() == recorded_words.keys()
        and offers == recorded_offers
        and all(words[name] == recorded_words[name] for name in words.keys() - erased)
    ):
        n, m = len(words), len(offers)
        case.say(HOLDS, f"{n} messages and {m} offers are as recorded", f"{n} 条消息与 {m} 份报价与记录一致")
    else:
        case.say(BROKEN, "messages or offers are not as recorded", "消息或报价与记录不一致")


def named(links: Sequence[dict[str, Any]]) -> set[str]:
    """The hashes that links name; a text that was opened again before anybody signed it counts no more."""
    found: set[str] = set()
    for link in links:
        if link["kind"] == "contract.unlocked":
            found.clear()
        for name in NAMING:
            value = link["data"].get(name, [])
            found.update([value] if isinstance(value, str) else value)
    return found - {""}


# The log: each root continues the one before, and was timestamped


async def check_log(case: Case) -> None:
    tree = json.loads(case.bundle.read("log/tree.json"))
    heads, proofs = tree["heads"], {(p["first"], p["second"]): p["path"] for p in tree["consistency"]}
    for earlier, later in pairwise(heads):
        sizes = (earlier["size"], later["size"])
        path = [bytes.fromhex(step) for step in proofs.get(sizes, [])]
        roots = bytes.fromhex(earlier["root"]), bytes.fromhex(later["root"])
        if earlier["size"] and not continues(sizes, roots, path):
            what = f"the root of {later['day']} does not continue that of {earlier['day']}"
            case.say(BROKEN, what, f"{later['day']} 的根并非 {earlier['day']} 的延续")
            return
    waiting = [head["day"] for head in heads if not head["token"]]
    for head in heads:
        if head["token"] and not await stamped(case, head):
            case.say(BROKEN, f"the timestamp of {head['day']} does not hold", f"{head['day']} 的时间戳不成立")
            return
    if heads:
        n = len(heads)
        case.say(HOLDS, f"{n} published roots, each continues the one before", f"{n} 个已公布的根，逐日延续")
    for day in waiting:
        case.say(OPEN, f"the root of {day} has no timestamp yet", f"{day} 的根尚无时间戳")


async def stamped(case: Case, head: dict[str, Any]) -> bool:
    token = cms.ContentInfo.load(base64.b64decode(head["token"]))["content"]
    moment = token["encap_content_info"]["content"].parsed["gen_time"].native
    root = bytes.fromhex(head["root"])
    for clock in case.clocks(moment):
        # The token is over the SHA-256 of the root's 32 bytes.
        said = await validate_tst_signed_data(token, clock, lambda name: hashlib.new(name, root).digest())
        if said["intact"] and said["valid"] and said["trust_problem_indic"] is None:
            return True
    return False


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def includes(root: bytes, size: int, place: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= place < size:
        return False
    last, made = size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            made = parent(step, made)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            made = parent(made, step)
        place, last = place >> 1, last >> 1
    return last == 0 and made == root


def continues(sizes: tuple[int, int], roots: tuple[bytes, bytes], path: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2."""
    first, second = sizes
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and roots[0] == roots[1]
    steps = [roots[0], *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = parent(step, old), parent(step, new)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            new = parent(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == roots


# Contracts and the signatures in them


async def check_contracts(case: Case) -> None:
    for name in case.bundle.under("chains/contract-"):
        links = told(json.loads(case.bundle.read(name)))
        subject = links[0]["subject"]
        check_attestations(case, subject, links)
        states = [
            hash_ for link in links for hash_ in (link["data"].get("file_hash"), link["data"].get("pdf_hash")) if hash_
        ]
        if not states or not any(link["kind"] == "contract.affixed" for link in links):
            continue  # not signed yet, or of an edition that is signed beside the file
        paths = [path for path, digest in case.digests.items() if digest == states[-1]]
        if not paths:
            case.say(BROKEN, f"{subject}: the document as it is now is not here", f"{subject}：当前合同文件不在包内")
            continue
        sealed = any(link["kind"] == "contract.sealed" for link in links)
        recorded = {link["data"].get("certificate") for link in links if link["kind"] == "contract.affixed"}
        await check_pdf(case, paths[0], recorded, sealed=sealed)


def check_attestations(case: Case, subject: str, links: Sequence[dict[str, Any]]) -> None:
    """What each side said when it signed, under the platform's key."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case.manifest["attestation_key"]))
    for link in links:
        if link["kind"] != "contract.signed":
            continue
        side = link["data"]["side"]
        if not isinstance(link["data"]["statement"], str):
            case.say(OPEN, f"{subject}: what the {side} said was erased", f"{subject}：{side} 的签署陈述已删除")
            continue
        try:
            key.verify(bytes.fromhex(link["data"]["seal"]), link["data"]["statement"].encode())
        except InvalidSignature:
            case.say(BROKEN, f"{subject}: the act of the {side} does not hold", f"{subject}：{side} 的签署记录不成立")
            continue
        case.say(
            HOLDS,
            f"{subject}: the {side} signed, {link['at'][:19]} UTC",
            f"{subject}：{side} 已签署，{link['at'][:19]} UTC",
        )


async def check_pdf(case: Case, path: str, recorded: Set[str | None], *, sealed: bool) -> None:
    """`recorded` are the certificates that the chain says the parties signed with, by their SHA-256."""
    reader = PdfFileReader(BytesIO(case.bundle.read(path)))
    every = list(reader.embedded_signatures)
    signatures = {one.field_name: one for one in reader.embedded_regular_signatures}
    for name, one in signatures.items():
        when = await signed_at(case, one, recorded)
        who = one.signer_cert.subject.native
        person = ", ".join(str(who[k]) for k in ("common_name", "title", "organization_name") if k in who)
        if when is None:
            case.say(BROKEN, f"{path}: signature {name} does not hold", f"{path}：签名 {name} 不成立")
        else:
            moment = f"{when:%Y-%m-%d %H:%M:%S} UTC"
            case.say(HOLDS, f"{path}: {name}: {person}, {moment}", f"{path}：{name}：{person}，{moment}")
            if brought(case, one):
                issuer = one.signer_cert.issuer.human_friendly
                case.say(
                    HOLDS,
                    f"{path}: {name}: with a certificate of their own, issued by {issuer}; that is not checked here",
                    f"{path}：{name}：使用签署人自有证书，签发者 {issuer}；此处不核验该签发者",
                )
    if not (every and all(only_grew(one, last=one is every[-1]) for one in every)):
        case.say(BROKEN, f"{path}: something was added after it was signed", f"{path}：签署后被添加内容")
    missing = [name for name in FIELDS if name not in signatures]
    if missing:
        what, code = ", ".join(missing), BROKEN if sealed else OPEN
        case.say(code, f"{path}: without the signature of {what}", f"{path}：缺少签名 {what}")
    elif set(signatures) == set(FIELDS):
        case.say(HOLDS, f"{path}: all three signatures, over the whole file", f"{path}：三个签名齐全，覆盖整个文件")


async def signed_at(case: Case, one: EmbeddedPdfSignature, recorded: Set[str | None]) -> datetime | None:
    """When the signature was there at the latest; None if it does not hold. Back through time: the newest timestamp
    over the file is checked as of the bundle's, each older one as of the next, the signature as of the oldest.
    """
    moment = case.at
    for stamp in reversed(one.reader.embedded_timestamp_signatures):
        if stamp.signed_revision < one.signed_revision:
            break
        if not await stamp_holds(case, stamp, moment):
            return None
        moment = made_at(stamp.signed_data)
    before = moment
    own = next(extract_tst_data_iter(one.signer_info, signed=False), None)
    if own is not None:
        moment = made_at(own)
    if brought(case, one):
        return moment if await own_holds(one, recorded, moment) else None
    for clock in case.clocks(before, one):
        status = await async_validate_pdf_signature(one, pdf_context(case, one, moment), clock)
        if status.bottom_line:
            return moment
    return None


async def stamp_holds(case: Case, stamp: EmbeddedPdfSignature, moment: datetime) -> bool:
    for clock in case.clocks(moment, stamp):
        said = await async_validate_pdf_timestamp(stamp, clock)
        if said.intact and said.valid and said.trusted:
            return True
    return False


def brought(case: Case, one: EmbeddedPdfSignature) -> bool:
    """Whether the signatory's certificate is their own, not one of the platform's."""
    names = [name for name in case.bundle.under("certificates/") if name.endswith(".pem")]
    ours = {certificate(case.bundle.read(name)).subject.hashable for name in names}
    return one.signer_cert.issuer.hashable not in ours


async def own_holds(one: EmbeddedPdfSignature, recorded: Set[str | None], moment: datetime) -> bool:
    """A signatory's own certificate is believed for itself if the chain names it; who issued it is only shown."""
    held = one.signer_cert
    if held.sha256.hex() not in recorded or not held.not_valid_before <= moment <= held.not_valid_after:
        return False
    context = ValidationContext(trust_roots=[held], moment=moment, allow_fetching=False, revocation_mode="soft-fail")
    any_signature = KeyUsageConstraints({"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    status = await async_validate_pdf_signature(one, context, key_usage_settings=any_signature)
    return bool(status.bottom_line)


def pdf_context(case: Case, one: EmbeddedPdfSignature, moment: datetime) -> ValidationContext:
    known = case.context(moment)
    try:
        return DocumentSecurityStore.read_dss(one.reader).as_validation_context(known)
    except NoDSSFoundError:
        return ValidationContext(**known)


def only_grew(one: EmbeddedPdfSignature, *, last: bool) -> bool:
    """After the last signature or timestamp only what is needed to check it may stand."""
    one.compute_integrity_info()
    if one.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    level = getattr(one.diff_result, "modification_level", ModificationLevel.OTHER)
    return one.coverage is SignatureCoverageLevel.ENTIRE_REVISION and level <= allowed


def made_at(token: cms.SignedData) -> datetime:
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


CHECKS = (check_seal, check_files, check_chains, check_log, check_contracts)


async def examine(path: Path, root: bytes) -> list[tuple[int, str, str]]:
    """Everything that was found, in the order in which it was looked at."""
    bundle = Bundle(path)
    # The platform's root, and those it had before: files signed under them lead there still.
    before = [name for name in bundle.under("certificates/former-") if name.endswith(".pem")]
    own = [certificate(bundle.read(name)) for name in ("certificates/root.pem", *before)]
    believed = certificates(root) if root else own
    seal = cms.ContentInfo.load(bundle.read(SEAL))["content"]
    stamp = next(extract_tst_data_iter(seal["signer_infos"][0], signed=False), None)
    if stamp is None:
        return [(BROKEN, "the seal over the manifest has no timestamp", "清单上的平台印章没有时间戳")]
    digests = {name: bundle.digest(name) for name in bundle.names}
    case = Case(bundle, believed, json.loads(bundle.read(MANIFEST)), made_at(stamp), digests)
    for name in case.manifest["missing"]:
        case.say(BROKEN, f"the platform no longer has this file: {name}", f"平台已无此文件：{name}")
    for check in CHECKS:
        try:
            await check(case)
        except Exception as error:  # noqa: BLE001  whatever a bent file makes a reader raise says the same
            what = f"{check.__name__[6:]}: {type(error).__name__}: {error}"
            case.say(BROKEN, f"cannot be read ({what})", f"无法读取（{what}）")
    for fingerprint in [] if root else [one.sha256.hex() for one in believed]:
        case.say(HOLDS, f"compare the root's fingerprint: {fingerprint}", f"请核对根证书指纹：{fingerprint}")
    return case.found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--root", type=Path)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    try:
        found = asyncio.run(examine(asked.bundle, asked.root.read_bytes() if asked.root else b""))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        found = [(BROKEN, f"this is no whole bundle: {error}", f"不是完整的证据包：{error}")]
    codes = {code for code, _english, _chinese in found}
    code = BROKEN if BROKEN in codes else OPEN if OPEN in codes else HOLDS
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115  whatever the terminal's own
    out.writelines(
        f"{('ok  ', 'FAIL', 'open')[each]}  {english}\n      {chinese}\n" for each, english, chinese in found
    )
    out.write(
        {
            HOLDS: "Everything holds. 全部成立。\n",
            BROKEN: "Something does NOT hold. 有内容不成立。\n",
            OPEN: "Nothing is wrong, but not everything can be shown yet. 没有错误，但部分内容尚不能证明。\n",
        }[code]
    )
    out.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
