"""Evidence that leaves the house: packed for whoever may see it, and checked by a script that needs none of us."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any
from zipfile import ZipFile

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from app.core import clock, evidence, publishing
from app.core.payload import Upload
from app.core.runner import drain
from app.core.signing.authority import Authority
from app.core.signing.keys import LocalKeys
from app.core.signing.timestamps import timestampers
from app.core.subject import Subject
from orders import files
from orders.bundles import jobs, packing, queries
from orders.bundles.errors import BundleNotFound
from orders.bundles.states import BundleState
from orders.contracts import annexes
from orders.contracts import queries as contracts
from orders.contracts.annexes import AnnexAdded
from orders.deals import queries as orders
from orders.deals import shipping
from orders.deals.shipping import Consignment
from orders.negotiation import service as negotiation
from payments.escrow import queries as escrows
from payments.operations.models import Operation
from tests.factories import certificates
from tests.factories.bundles import make_bundle, unpack
from tests.factories.contracts import (
    Partners,
    fund,
    make_offer,
    make_order,
    make_partners,
    sign_contract,
    signable_contract,
)
from tests.factories.files import PDF as PAGE
from tests.factories.money import chargeback_of
from tests.factories.people import make_staff
from tests.flows.test_contract_content import png
from tests.forms import submit
from tests.jobs.test_own_certificates import sign_by_own
from tests.sql import connect
from trust.access import Role
from trust.identity.models import AuditEntry

PDF = PAGE + b"%packing list\n"
HOLDS, BROKEN, OPEN = 0, 1, 2


@dataclass(frozen=True)
class Deal:
    partners: Partners
    order_id: object
    inquiry_id: object
    contract_id: object


async def a_deal(ctx, partners) -> Deal:
    """Signed, paid, shipped with a file, talked about; all of it in the log of the day after."""
    order_id = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, order_id)
    kept = await files.keep(ctx.files, [Upload("packing list 装箱单.pdf", "application/pdf", PDF)])
    goods = Consignment("Blue Meridian", f"BM{order_id.int % 10**10}", clock.now().date(), {0: Decimal(400)}, kept)
    async with ctx.db.transaction() as tx:
        order = await orders.order(tx, order_id)
        sent = await files.keep(ctx.files, [Upload("photo.pdf", "application/pdf", PDF + b"%photo")])
        await negotiation.say(tx, order.inquiry_id, "你好 Is it packed?", sent, by=partners.buyer.member)
        await shipping.ship(tx, order_id, goods, by=partners.supplier.member)
    await drain(ctx)
    return Deal(partners, order_id, order.inquiry_id, order.contract_id)


async def publish(ctx, days: int = 1) -> None:
    with clock.at(clock.now() + timedelta(days=days, hours=3)):
        await publishing.publish_day(ctx)


@pytest.fixture
async def deal(ctx, db):
    made = await a_deal(ctx, await make_partners(db))
    await publish(ctx)
    return made


def verify(bundle: Path, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The script of the bundle itself, in a place from where nothing of the project can be imported."""
    return run(str((folder or bundle) / "verify.py"), *words)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "LANG": "C"}
    return subprocess.run(
        [sys.executable, "-I", *words],
        cwd="/",
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


async def test_a_good_bundle_holds(ctx, deal, tmp_path):
    packed = await make_bundle(ctx, deal.order_id, deal.partners.supplier)
    folder = await unpack(ctx, packed, tmp_path / "one")
    root = tmp_path / "root.pem"
    root.write_bytes(ctx.authority.root.public_bytes(Encoding.PEM))
    told = verify(folder, "--root", str(root))
    assert told.returncode == HOLDS, told.stdout + told.stderr
    for words in (
        "sealed by the platform",
        f"order:{deal.order_id}: whole",
        f"contract:{deal.contract_id}: whole",
        "2 messages and 1 offers are as recorded",
        "published roots",
        "all three signatures, over the whole file",
        "全部成立",
    ):
        assert words in told.stdout
    assert told.stdout.count("published in the log whole") == 3
    zipped = verify(tmp_path / "one.zip", str(tmp_path / "one.zip"), folder=folder)
    assert zipped.returncode == HOLDS, zipped.stdout


async def test_the_script_knows_nothing_of_the_project(ctx, deal, tmp_path):
    folder = await unpack(ctx, await make_bundle(ctx, deal.order_id, deal.partners.buyer), tmp_path / "one")
    probe = "import sys, runpy; sys.argv = ['v']\n"
    probe += f"try:\n    runpy.run_path({str(folder / 'verify.py')!r}, run_name='__main__')\nexcept SystemExit as e:\n"
    probe += "    print(e.code, {'app', 'orders', 'trust', 'sqlalchemy'} & {n.split('.')[0] for n in sys.modules})"
    told = run("-c", probe)
    assert told.stdout.rstrip().endswith("0 set()"), told.stdout


async def test_what_happened_today_is_open_not_wrong(ctx, db, tmp_path):
    made = await a_deal(ctx, await make_partners(db))
    folder = await unpack(ctx, await make_bundle(ctx, made.order_id, made.partners.buyer), tmp_path / "one")
    told = verify(folder)
    assert told.returncode == OPEN, told.stdout
    assert "in no published root yet" in told.stdout


# What somebody may do to a bundle, and whoever has the platform's seal as well: each must be noticed.


def bend(path: str, old: str, new: str) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        found = sorted(folder.glob(path))
        assert found, path
        text = found[0].read_text(encoding="utf-8")
        assert old in text, (path, old)
        found[0].write_text(text.replace(old, new, 1), encoding="utf-8")

    return done


def change(path: str, work: Callable[[Any], None]) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        found = sorted(folder.glob(path))
        assert found, path
        data = json.loads(found[0].read_text())
        work(data)
        found[0].write_text(json.dumps(data, ensure_ascii=False, sort_keys=True))

    return done


def remove(path: str) -> Callable[[Path], None]:
    return lambda folder: min(folder.glob(path)).unlink()


def add(path: str) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        (folder / path).write_bytes(b"more")

    return done


def signature_in(seal: bytes) -> int:
    """Where the seal's own signature ends."""
    signature = cms.ContentInfo.load(seal)["content"]["signer_infos"][0]["signature"].native
    return seal.index(signature) + len(signature) - 1


def flip(path: str, where: int | Callable[[bytes], int] | None = None) -> Callable[[Path], None]:
    """One bit: in the middle where it is not said which."""

    def done(folder: Path) -> None:
        found = min(folder.glob(path))
        data = bytearray(found.read_bytes())
        data[where(bytes(data)) if callable(where) else len(data) // 2 if where is None else where] ^= 1
        found.write_bytes(bytes(data))

    return done


def rehash(chain: dict) -> None:
    """As a forger who knows how chains are made."""
    previous = bytes(32)
    for link in chain["links"]:
        if "canonical" in link:
            link["hash"] = hashlib.sha256(previous + link["canonical"].encode()).hexdigest()
        previous = bytes.fromhex(link["hash"])


def rewritten(chain: dict) -> None:
    link = next(k for k in chain["links"] if "canonical" in k)
    link["canonical"] = link["canonical"].replace("2026", "2027", 1)
    rehash(chain)


def rewritten_with_its_end(chain: dict) -> None:
    rewritten(chain)
    for end in chain["published"]:
        end["head"] = chain["links"][end["seq"] - 1]["hash"]


def dropped(chain: dict) -> None:
    del chain["links"][1]


def cut(chain: dict) -> None:
    chain["links"].pop()


def swapped(chain: dict) -> None:
    chain["links"][1], chain["links"][2] = chain["links"][2], chain["links"][1]


def silenced(chain: dict) -> None:
    """A link hidden as if it were not for this reader, and the next one made to fit another."""
    del chain["links"][1]["canonical"]
    chain["links"][1]["hash"] = "00" * 32


def personal(chain: dict) -> dict:
    return next(link["private"] for link in chain["links"] if link.get("private"))


def put_in_their_mouth(chain: dict) -> None:
    parts = personal(chain)
    name, (salt, _value) = next(iter(parts.items()))
    parts[name] = [salt, '"' + "0" * 64 + '"']


def left_out(chain: dict) -> None:
    personal(chain).clear()


def bent_proof(chain: dict) -> None:
    end = chain["published"][0]
    end["path"] = [*end["path"][:-1], "11" * 32]


def moved_proof(chain: dict) -> None:
    chain["published"][0]["place"] += 1


def bent_tree(tree: dict) -> None:
    tree["heads"][-1]["root"] = "22" * 32


def other_token(tree: dict) -> None:
    first, last = tree["heads"][0], tree["heads"][-1]  # days on which nothing happened have the same root
    first["token"], last["token"] = last["token"], first["token"]


def bent_consistency(tree: dict) -> None:
    tree["heads"].reverse()


def rolled_back(folder: Path) -> None:
    """The sealed document is taken away, and the state before it put in its place."""
    [sealed] = folder.glob("contracts/*/document-*-sealed.pdf")
    [affixed, *_more] = sorted(folder.glob("contracts/*/document-*-affixed.pdf"))
    sealed.write_bytes(affixed.read_bytes())


def appended(folder: Path) -> None:
    [sealed] = folder.glob("contracts/*/document-*-sealed.pdf")
    sealed.write_bytes(sealed.read_bytes() + b"\n% more\n")


def spoken_otherwise(messages: list) -> None:
    messages[-1]["text"] = "Never mind."


def said_by_nobody(messages: list) -> None:
    messages.append(messages[-1] | {"id": "00000000-0000-7000-8000-000000000000"})


def cheaper(offers: list) -> None:
    offers[0]["content"]["lines"][0]["unit_price"] = {"amount": "0.000001", "currency": "USD"}


TAMPERED = {
    "a file of the deal bent": flip("files/*"),
    "a contract's document bent": flip("contracts/*/document-1-*.pdf"),
    "the signed document bent": flip("contracts/*/document-*-sealed.pdf"),
    "the signed document rolled back": rolled_back,
    "something appended to the signed document": appended,
    "terms bent": flip("contracts/*/terms.json"),
    "a file removed": remove("files/*"),
    "a file added": add("files/more.pdf"),
    "a message changed": change("messages.json", spoken_otherwise),
    "a message added": change("messages.json", said_by_nobody),
    "an offer changed": change("quotations.json", cheaper),
    "a link rewritten with all hashes": change("chains/order-*.json", rewritten),
    "a link and the published end rewritten": change("chains/contract-*.json", rewritten_with_its_end),
    "a link dropped": change("chains/inquiry-*.json", dropped),
    "two links swapped": change("chains/order-*.json", swapped),
    "what somebody wrote exchanged": change("chains/inquiry-*.json", put_in_their_mouth),
    "what somebody signed exchanged": change("chains/contract-*.json", put_in_their_mouth),
    "what somebody wrote left out": change("chains/inquiry-*.json", left_out),
    "a link hidden": change("chains/order-*.json", silenced),
    "the end cut off": change("chains/order-*.json", cut),
    "a proof altered": change("chains/order-*.json", bent_proof),
    "a proof moved": change("chains/contract-*.json", moved_proof),
    "a root altered": change("log/tree.json", bent_tree),
    "the timestamps of two roots exchanged": change("log/tree.json", other_token),
    "the order of the roots turned": change("log/tree.json", bent_consistency),
}
AS_IT_LIES = {
    "a file bent": flip("files/*"),
    "a file removed": remove("files/*"),
    "a file added": add("files/more.pdf"),
    "a chain bent": flip("chains/order-*.json"),
    "the manifest altered": bend("manifest.json", '"deal": "PO-', '"deal": "PX-'),
    "the seal's timestamp altered": flip("manifest.p7s", -1),
    "the seal's signature altered": flip("manifest.p7s", signature_in),
    "the seal removed": remove("manifest.p7s"),
    "the manifest removed": remove("manifest.json"),
    "the root exchanged": flip("certificates/root.pem"),
    "the index bent": bend("index.html", "Hansa", "Anshan"),
    "the certificates removed": remove("certificates/seal.pem"),
}


def listed(folder: Path) -> bytes:
    """The manifest over every file as it is now; it is written where the old one was."""
    manifest = json.loads((folder / "manifest.json").read_text())
    there = [p for p in folder.rglob("*") if p.is_file() and p.name not in {"manifest.json", "manifest.p7s"}]
    manifest["files"] = {
        str(p.relative_to(folder)): {"sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "size": p.stat().st_size}
        for p in there
    }
    data = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(data)
    return data


async def reseal(ctx, folder: Path) -> None:
    """As somebody who has the platform's seal: every file as it is now, in a manifest that is sealed again."""
    data = listed(folder)
    (folder / "manifest.p7s").write_bytes(await packing.seal(ctx, data))


@pytest.fixture
async def good(ctx, deal, tmp_path) -> Path:
    """A bundle of a deal whose chains were published on two days."""
    await publish(ctx, 2)
    async with ctx.db.transaction() as tx:
        await negotiation.say(tx, deal.inquiry_id, "It is.", [], by=deal.partners.supplier.member)
    await publish(ctx, 3)
    folder = await unpack(ctx, await make_bundle(ctx, deal.order_id, deal.partners.supplier), tmp_path / "good")
    assert verify(folder).returncode == HOLDS
    return folder


@pytest.mark.parametrize("sealed", [False, True], ids=["as it lies", "sealed again"])
async def test_whatever_is_bent_is_noticed(ctx, good, tmp_path, sealed):
    """Sealed again: as if by the platform itself, with a whole manifest over what was bent."""
    unnoticed = []
    for number, (name, work) in enumerate((TAMPERED if sealed else AS_IT_LIES).items()):
        bent = copytree(good, tmp_path / f"bent-{number}")
        work(bent)
        if sealed:
            await reseal(ctx, bent)
        told = verify(bent)
        if told.returncode != BROKEN or "Traceback" in told.stderr:
            unnoticed.append(f"{name}: {told.returncode}\n{told.stdout}{told.stderr}")
    assert unnoticed == [], "\n".join(unnoticed)


async def test_parts_of_another_deal_are_noticed(ctx, deal, good, tmp_path):
    """Its chain, its messages or its document in the place of this deal's, sealed again."""
    other_deal = await a_deal(ctx, deal.partners)
    packed = await make_bundle(ctx, other_deal.order_id, deal.partners.supplier)
    other = await unpack(ctx, packed, tmp_path / "other")
    for number, path in enumerate(["chains/order-*.json", "messages.json", "contracts/*/document-*-sealed.pdf"]):
        mixed = copytree(good, tmp_path / f"mixed-{number}")
        [theirs], [ours] = list(other.glob(path)), list(mixed.glob(path))
        ours.write_bytes(theirs.read_bytes())
        assert verify(mixed).returncode == BROKEN
        await reseal(ctx, mixed)
        assert verify(mixed).returncode == BROKEN, path


async def test_another_platforms_seal_is_not_ours(ctx, good, tmp_path):
    """A forger with an authority of their own seals a bundle again: it holds by itself, not under our root."""
    theirs = Authority(LocalKeys("a forger's secret, long enough to be one"))
    forger = replace(ctx, authority=theirs, timestamps=timestampers(theirs))
    for name, data in packing.contents.certificates(theirs).items():
        (good / name).write_bytes(data)
    await reseal(forger, good)
    root = tmp_path / "root.pem"
    root.write_bytes(ctx.authority.root.public_bytes(Encoding.PEM))
    told = verify(good, "--root", str(root))
    assert told.returncode == BROKEN
    assert "the seal over the manifest does not hold" in told.stdout


# Who gets what


async def test_a_bundle_holds_what_its_reader_may_see(ctx, deal, tmp_path):
    """Steps inside the platform are there by their hash alone, for a party; a moderator reads them."""
    async with ctx.db.transaction() as tx:
        order = await orders.order(tx, deal.order_id)
        await packing.contents.evidence.record(tx, order.subject, "escrow_moved", {"to": "bank"}, actor=None)
        moderator = await make_staff(tx)
    seen = {}
    for name, actor in (("party", deal.partners.buyer), ("staff", moderator)):
        folder = await unpack(ctx, await make_bundle(ctx, deal.order_id, actor), tmp_path / name)
        seen[name] = json.loads(next(folder.glob("chains/order-*.json")).read_text())["links"]
        assert verify(folder).returncode == OPEN
    assert "canonical" not in seen["party"][-1]
    assert "canonical" in seen["staff"][-1]
    assert [k["hash"] for k in seen["party"]] == [k["hash"] for k in seen["staff"]]


async def test_a_file_the_platform_lost_is_said(ctx, deal, tmp_path):
    async with ctx.db.transaction(read_only=True) as tx:
        [shipment] = await orders.shipments(tx, deal.order_id)
    await ctx.files.delete(shipment.documents[0]["key"])
    folder = await unpack(ctx, await make_bundle(ctx, deal.order_id, deal.partners.buyer), tmp_path / "one")
    told = verify(folder)
    assert told.returncode == BROKEN
    assert "the platform no longer has this file" in told.stdout


async def test_asked_for_on_the_page_and_fetched(client, ctx, deal, run_jobs, tmp_path):
    async with ctx.db.transaction(read_only=True) as tx:
        order = await orders.order(tx, deal.order_id)
        contract = await contracts.contract(tx, deal.contract_id)
    async with client(as_=deal.partners.buyer) as http:
        asked = await submit(http, "/bundles", "bundle", number=order.number.lower())
        page = asked.headers["location"]
        assert "being packed" in (await http.get(page)).text
        assert (await http.get(f"{page}/file")).status_code == 404
        again = await submit(http, "/bundles", "bundle", number=contract.number)
        assert again.headers["location"] == page  # one at a time
        await run_jobs()
        assert "The evidence is packed" in (await http.get(page)).text
        got = await http.get(f"{page}/file")
        (tmp_path / "got.zip").write_bytes(got.content)
        assert ZipFile(tmp_path / "got.zip").testzip() is None
        assert int(got.headers["content-length"]) == len(got.content)
        script = await http.get("/verify/verify.py")
        assert ZipFile(tmp_path / "got.zip").read("verify.py") == script.content
    async with client(as_=deal.partners.supplier) as http:
        assert (await http.get(page)).status_code == 404
        assert (await http.get(f"{page}/file")).status_code == 404
    letters = [letter.read_text() for letter in (ctx.settings.data_dir / "mail").glob("*")]
    assert any(f"The evidence of {order.number} is packed" in letter for letter in letters)


async def test_strangers_and_wrong_numbers_find_nothing(client, ctx, deal, db):
    strangers = await make_partners(db)
    async with ctx.db.transaction(read_only=True) as tx:
        order = await orders.order(tx, deal.order_id)
    async with client(as_=strangers.buyer) as http:
        for number in (order.number, "PO-0000-0000", "nonsense"):
            assert (await submit(http, "/bundles", "bundle", number=number)).status_code == 404


async def test_it_is_kept_for_a_week(client, ctx, deal):
    packed = await make_bundle(ctx, deal.order_id, deal.partners.buyer)
    async with ctx.db.transaction(read_only=True) as tx:
        before = await queries.bundle(tx, packed)
    await jobs.throw_away(ctx)
    assert await ctx.files.exists(before.file_key)
    clock.advance(days=8)
    await jobs.throw_away(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        after = await queries.bundle(tx, packed)
        with pytest.raises(BundleNotFound):
            await queries.bundle(tx, packed, organisation_id=deal.partners.supplier.organisation_id)
    assert (after.state, after.file_key) == (BundleState.GONE, "")
    assert not await ctx.files.exists(before.file_key)
    await jobs.make(ctx, bundle_id=packed)  # a job that comes late does nothing
    again = await make_bundle(ctx, deal.order_id, deal.partners.buyer)
    assert again != packed


async def test_what_was_added_to_a_contract_and_made_from_it_lies_in_it(client, ctx, db, tmp_path):
    partners = await make_partners(db)
    kept = await annexes.keep(ctx.files, Upload("drawing.png", "image/png", png()), "Drawing of the mug")
    order_id = await make_order(ctx, partners, change=AnnexAdded(annex=kept))
    async with client(as_=partners.supplier) as http:
        answer = await submit(http, f"/orders/{order_id}/documents", "issue-proforma")
    assert answer.status_code == 303, answer.text
    await publish(ctx)
    folder = await unpack(ctx, await make_bundle(ctx, order_id, partners.buyer), tmp_path / "one")
    [annex] = folder.glob("contracts/*/annex-1-*")
    assert hashlib.sha256(annex.read_bytes()).hexdigest() == kept.sha256
    assert sorted(path.suffix for path in folder.glob("documents/PI-*")) == [".pdf", ".xml"]
    told = verify(folder)
    assert told.returncode == HOLDS, told.stdout


async def test_a_contract_signed_with_a_certificate_of_one_s_own(client, ctx, db, tmp_path):
    partners = await make_partners(db)
    contract_id = await signable_contract(ctx, partners)
    answer, _receipt = await sign_by_own(client, ctx, partners.buyer, contract_id, certificates.own())
    assert answer.status_code == 303, answer.text
    await sign_contract(ctx, contract_id, partners.supplier)
    await publish(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        order_id = await orders.id_of_contract(tx, contract_id)
    folder = await unpack(ctx, await make_bundle(ctx, order_id, partners.buyer), tmp_path / "one")
    told = verify(folder)
    assert told.returncode == HOLDS, told.stdout
    assert "Buyer: with a certificate of their own, issued by" in told.stdout
    assert told.stdout.count("certificate of their own") == 1


async def test_finance_has_a_chargeback_s_deal_packed(client, ctx, db, deal):
    """From the case's page; that they had it is written down."""
    async with db.transaction() as tx:
        milestone = (await escrows.escrow(tx, Subject("order", deal.order_id))).milestones[0]
        paid = await tx.scalar(select(Operation.id).where(Operation.part_id == milestone.id))
        charged = chargeback_of(milestone, paid)
        tx.add(charged)
        finance, evaluator = await make_staff(tx, Role.FINANCE_STAFF), await make_staff(tx, Role.EVALUATOR)
    async with client(as_=finance) as http:
        asked = await submit(http, f"/finance/chargebacks/{charged.id}", "pack")
        assert asked.status_code == 303
        await drain(ctx)
        shown = await http.get(asked.headers["location"])
        assert "The evidence is packed" in shown.text
        assert (await http.get(f"{asked.headers['location']}/file")).status_code == 200
    async with client(as_=evaluator) as http:
        refused = await http.post("/bundles", data={"number": Subject("order", deal.order_id).number})
        assert refused.status_code == 403
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(AuditEntry.member_id).where(AuditEntry.action == "bundle.asked")) == finance.id


async def test_what_was_erased_is_missing_and_the_rest_holds(ctx, urls, deal, tmp_path):
    about = Subject("contract", deal.contract_id)
    owner = await connect(urls.owner)  # the years that must pass are another test's
    await owner.execute("ALTER TABLE evidence_private DISABLE TRIGGER erased_by_its_chain")
    await owner.close()
    with clock.at(clock.now() + evidence.KEPT + timedelta(days=1)):
        async with ctx.db.transaction() as tx:
            links = await evidence.chain(tx, about)
            statement = next(link.data["statement"] for link in links if link.kind == "contract.signed")
            assert await evidence.erase(tx, about, basis="deal.over", actor=None)
    await publish(ctx, 2)
    folder = await unpack(ctx, await make_bundle(ctx, deal.order_id, deal.partners.buyer), tmp_path / "one")
    [chain] = folder.glob("chains/contract-*.json")
    assert json.loads(statement)["name"] not in chain.read_text()
    told = verify(folder)
    assert told.returncode == OPEN, told.stdout
    assert f"contract:{deal.contract_id}: whole" in told.stdout
    assert "what the buyer said was erased" in told.stdout
