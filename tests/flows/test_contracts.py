"""Contracts: the quotation's figures, both sides' agreement, frozen text, two signatures, evidence of all of it."""

import asyncio
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from app.core import clock, evidence
from app.core.subject import Subject
from orders.contracts import queries, service
from orders.contracts.errors import AlreadySigned, ConsentNeeded, ContractNotFound, TextChanged
from orders.contracts.revising import Adjustments
from orders.contracts.sealing import PlatformSigner, Seal
from orders.contracts.service import Ceremony
from orders.contracts.states import MOVES, ContractMove, ContractState
from orders.contracts.terms import canonical_json, digest
from orders.deals import queries as orders
from tests.factories.contracts import lock_contract, make_offer, read_contract, sign_contract
from tests.factories.identities import PASSWORD, give_password, send_json
from tests.factories.people import make_company
from tests.forms import forms_of, submit
from tests.queries import count_queries
from trust.access import NotPermitted, NotVerified, Role
from trust.identity.errors import NoAuthority


async def test_the_draft_has_the_quotations_figures(db, draft):
    contract = await read_contract(db, draft)
    offer = make_offer()
    assert contract.state == ContractState.DRAFT
    assert contract.total == offer.total
    assert [m.amount for m in contract.terms.milestones] == [amount for _kind, _share, amount in offer.payments]
    assert contract.terms.lines[0].unit_price == offer.lines[0].unit_price
    assert contract.terms.fee.basis_points == 150


async def test_drawn_up_once(db, ctx, draft):
    view = await read_contract(db, draft)
    from orders.contracts.jobs import draw_up  # noqa: PLC0415  the job itself, run a second time

    await draw_up(ctx, quotation_id=view.quotation_id)
    async with db.transaction(read_only=True) as tx:
        assert (await tx.execute(text("SELECT count(*) FROM contract"))).scalar_one() == 1


async def test_adjusting_asks_the_other_side_anew(client, db, partners, draft):
    async with client(as_=partners.buyer) as http:
        agreed = await submit(http, f"/contracts/{draft}", "agree")
    assert agreed.status_code == 303
    async with client(as_=partners.supplier) as http:
        changed = await submit(http, f"/contracts/{draft}", "terms", acceptance_days="10", packing_en="Pallets")
    assert changed.status_code == 303
    contract = await read_contract(db, draft)
    assert (contract.buyer_agreed, contract.supplier_agreed) == (False, True)
    assert contract.terms.inspection.acceptance_days == 10
    assert contract.terms.packing.en == "Pallets"
    assert contract.terms.total == make_offer().total


async def test_a_stale_agreement_is_refused(db, partners, draft):
    with pytest.raises(TextChanged):
        async with db.transaction() as tx:
            await service.agree(tx, draft, 2, by=partners.buyer.member)
    assert not (await read_contract(db, draft)).buyer_agreed


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"acceptance_days": "0"}, "acceptance_days"),
        ({"earliest": "yesterday"}, "earliest"),
        ({"latest": "2020-13-45"}, "latest"),
        ({"special_en": "x" * 2001}, "special_en"),
    ],
)
async def test_terms_that_cannot_be(client, db, partners, draft, values, field):
    before = await read_contract(db, draft)
    async with client(as_=partners.buyer) as http:
        again = await submit(http, f"/contracts/{draft}", "terms", **values)
    assert again.status_code == 422
    assert forms_of(again.text)["terms"]["fields"][field] == values[field]
    assert await read_contract(db, draft) == before


async def test_both_agree_and_the_text_is_frozen(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    contract = await read_contract(db, draft)
    assert contract.state == ContractState.SIGNING
    assert contract.terms_hash == digest(canonical_json(contract.terms))
    document = await ctx.files.get(contract.pdf_key)
    assert digest(document) == contract.pdf_hash
    with pytest.raises(Exception, match="state has changed"):
        async with db.transaction() as tx:
            await service.agree(tx, draft, contract.revision, by=partners.buyer.member)


async def test_the_document_says_what_was_agreed(client, db, ctx, partners, draft, tmp_path):
    await lock_contract(ctx, partners, draft)
    async with client(as_=partners.buyer) as http:
        answer = await http.get(f"/contracts/{draft}/document.pdf")
    file = tmp_path / "contract.pdf"
    file.write_bytes(answer.content)
    said = " ".join(page.extract_text() for page in PdfReader(file).pages)
    assert "2,345.00" in said
    assert "Shenzhen Lantern" in said
    assert "FOB" in said


async def test_text_that_cannot_be_printed_opens_the_draft_again(db, ctx, partners, draft):
    """Pages refuse such text before; whoever goes round them is told by the printer."""
    async with db.transaction() as tx:
        changes = Adjustments(special_en="Marks: \U0001f600")
        await service.adjust(tx, draft, changes, by=partners.buyer.member, revision=1)
    await lock_contract(ctx, partners, draft)
    contract = await read_contract(db, draft)
    assert contract.state == ContractState.DRAFT
    assert contract.fault
    assert not contract.buyer_agreed


def ceremony(contract, **changes):
    given = {"terms_hash": contract.terms_hash, "pdf_hash": contract.pdf_hash, "title": "Director"}
    return Ceremony(**({**given, "consent": True, "method": "test"} | changes))


async def sign(db, ctx, contract_id, actor, **changes):
    contract = await read_contract(db, contract_id)
    async with db.transaction() as tx:
        await service.sign(
            tx,
            contract_id,
            ceremony(contract, **changes),
            by=actor.member,
            signer=PlatformSigner(ctx.settings.secret_key.get_secret_value()),
        )


async def test_two_signatures_make_it_effective_and_place_the_order(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    await sign_contract(ctx, draft, partners.supplier)
    assert (await read_contract(db, draft)).state == ContractState.SIGNING
    await sign_contract(ctx, draft, partners.buyer)
    contract = await read_contract(db, draft)
    assert contract.state == ContractState.EFFECTIVE
    assert {s.side for s in contract.signatures} == {"buyer", "supplier"}
    async with db.transaction(read_only=True) as tx:
        assert await orders.id_of_contract(tx, draft) is not None
        assert (await evidence.verify(tx, Subject("contract", draft))).whole


async def test_the_second_signature_asks_nothing_twice(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    await sign_contract(ctx, draft, partners.supplier)
    shown = await read_contract(db, draft)
    signer = PlatformSigner(ctx.settings.secret_key.get_secret_value())
    ceremony = Ceremony(shown.terms_hash, shown.pdf_hash, "Director", consent=True, method="test", warned=True)
    with count_queries(db) as sent:
        async with db.transaction() as tx:
            signed = await service.sign(tx, draft, ceremony, by=partners.buyer.member, signer=signer)
    asked = [statement for statement in sent if "pg_advisory" not in statement and "append_links" not in statement]
    assert signed.effective_at is not None
    assert len(sent) <= 22, sent
    assert len(asked) - len(set(asked)) <= 1, "jobs of the event, and letters"


async def test_terms_are_checked_once_and_again_when_they_change(db, draft):
    async with db.transaction() as tx:
        contract = await queries.contract_for_update(tx, draft)
        before = contract.read()
        assert contract.read() is before
        contract.terms = contract.terms | {"deposit_days": 9}
        assert (contract.read().deposit_days, before.deposit_days) == (9, 7)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"terms_hash": "0" * 64}, TextChanged),
        ({"pdf_hash": "0" * 64}, TextChanged),
        ({"consent": False}, ConsentNeeded),
    ],
)
async def test_a_signature_on_another_text_is_refused(db, ctx, partners, draft, changes, refusal):
    await lock_contract(ctx, partners, draft)
    with pytest.raises(refusal):
        await sign(db, ctx, draft, partners.buyer, **changes)
    assert (await read_contract(db, draft)).signatures == ()


async def test_nobody_signs_twice_nor_for_the_other(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    await sign(db, ctx, draft, partners.buyer)
    with pytest.raises(AlreadySigned):
        await sign(db, ctx, draft, partners.buyer)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    with pytest.raises(ContractNotFound):
        await sign(db, ctx, draft, stranger)


async def test_twenty_clicks_are_one_signature(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    outcomes = await asyncio.gather(*(sign(db, ctx, draft, partners.buyer) for _ in range(20)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert len((await read_contract(db, draft)).signatures) == 1


async def test_who_may_sign(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    member = partners.buyer.member
    clerk = type(member)(**{f: getattr(member, f) for f in member.__slots__} | {"roles": frozenset({Role.PURCHASER})})
    small = type(member)(**{f: getattr(member, f) for f in member.__slots__} | {"level": 1})
    for by, refusal in ((clerk, NotPermitted), (small, NotVerified)):
        contract = await read_contract(db, draft)
        with pytest.raises(refusal):
            async with db.transaction() as tx:
                await service.sign(tx, draft, ceremony(contract), by=by, signer=PlatformSigner("secret"))


async def test_signing_needs_a_fresh_proof_of_identity(client, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    async with client(as_=partners.buyer) as http:
        address = f"/contracts/{draft}/signing"
        first = await http.get(address)
        assert forms_of(first.text).keys().isdisjoint({"signature", "step-up"})
        read = f"{address}?read={(await read_contract(ctx.db, draft)).pdf_hash}"
        assert read in first.text
        page = await http.get(read)
        assert forms_of(page.text)["step-up"]["fields"]["next"] == read
        assert "signature" not in forms_of(page.text)
        await give_password(ctx.db, partners.buyer)
        wrong = await submit(http, read, "step-up", password="not this one")
        assert wrong.status_code == 422
        assert "step-up" in forms_of(wrong.text), "the ceremony is not left"
        done = await submit(http, read, "step-up", password=PASSWORD)
        assert done.headers["location"] == read
        sent = await submit(http, read, "signature", title="Director", consent="true")
        assert sent.headers["location"] == address
        receipt = (await http.get(address)).text
        assert "You have signed" in receipt
        assert "their password" in receipt
        assert "granted by Wei Lin on " in receipt
        other = await http.get(f"{address}?read={'0' * 64}")
        assert "signature" not in forms_of(other.text)


async def test_the_sender_cannot_sign_in_the_recipients_place(client, db, ctx, partners, draft):
    """The buyer has signed and holds the address of the ceremony: the page, the form and the API refuse them."""
    await lock_contract(ctx, partners, draft)
    await sign(db, ctx, draft, partners.buyer)
    contract = await read_contract(db, draft)
    address = f"/contracts/{draft}/signing?read={contract.pdf_hash}"
    said = {"terms_hash": contract.terms_hash, "pdf_hash": contract.pdf_hash, "title": "Director", "consent": True}
    smuggled = {"side": "supplier", "organisation_id": str(partners.supplier.organisation_id)}
    await give_password(db, partners.buyer)
    async with client(as_=partners.buyer) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        page = await http.get(address)
        assert "signature" not in forms_of(page.text)
        api = await send_json(http, "POST", f"/api/v1/contracts/{draft}/signatures", said | smuggled)
        assert (api.status_code, api.json()["code"]) == (409, "already_signed")
        token = forms_of((await http.get("/account")).text)["account"]["fields"]["csrf_token"]
        form = {**said, **smuggled, "csrf_token": token, "_page": address, "_form": "signature"}
        assert (await http.post(f"/contracts/{draft}/signatures", data=form)).status_code == 409
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    await give_password(db, stranger)
    async with client(as_=stranger) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        assert (await http.get(address)).status_code == 404
        api = await send_json(http, "POST", f"/api/v1/contracts/{draft}/signatures", said | smuggled)
        assert api.status_code == 404
    assert [s.side for s in (await read_contract(db, draft)).signatures] == ["buyer"]


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"limit": "2344.99"}, "goes up to USD\u00a02,344.99"),
        ({"limit": "9000", "limit_currency": "EUR"}, "goes up to EUR"),
        ({"until": "yesterday"}, "has ended on"),
        (None, "No authority to sign"),
    ],
)
async def test_authority_bounds_what_is_signed(client, db, ctx, partners, draft, bounds, says):
    await lock_contract(ctx, partners, draft)
    buyer = partners.buyer
    page, contract = f"/members/{buyer.id}", await read_contract(db, draft)
    async with client(as_=buyer) as http:
        if bounds is None:
            async with db.transaction() as tx:
                await tx.execute(text("UPDATE signing_authority SET ended_at = now()"))
        elif "until" in bounds:
            await submit(http, page, "authority", until=clock.now().date().isoformat())
            clock.advance(days=1)
        else:
            assert (await submit(http, page, "authority", **bounds)).status_code == 303
        shown = await http.get(f"/contracts/{draft}/signing?read={contract.pdf_hash}")
    assert says in shown.text
    with pytest.raises(NoAuthority):
        await sign(db, ctx, draft, buyer)
    assert (await read_contract(db, draft)).signatures == ()


async def test_an_authority_that_reaches_stands_in_the_statement(client, db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    async with client(as_=partners.buyer) as http:
        page = f"/members/{partners.buyer.id}"
        day = clock.now().date().isoformat()
        for wrong in ({"limit": "0"}, {"limit": "much"}, {"until": "2020-01-01"}):
            assert (await submit(http, page, "authority", **wrong)).status_code == 422
        assert (await submit(http, page, "authority", limit="2345.00", until=day)).status_code == 303
    await sign(db, ctx, draft, partners.buyer)
    (signature,) = (await read_contract(db, draft)).signatures
    assert signature.authority == f"granted by Wei Lin on {day}, up to USD 2345.00, until {day}"
    with pytest.raises(Exception, match="stays as it was granted"):
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE signing_authority SET limit_minor = 1"))


async def test_a_seal_holds_for_its_own_statement_only(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    await sign(db, ctx, draft, partners.buyer)
    (signature,) = (await read_contract(db, draft)).signatures
    signer = PlatformSigner(ctx.settings.secret_key.get_secret_value())
    seal = Seal(signature.seal_kind, signature.seal)
    assert signer.holds(signature.statement.encode(), seal)
    assert not signer.holds(signature.statement.replace("Director", "Director!").encode(), seal)
    assert not PlatformSigner("another").holds(signature.statement.encode(), seal)


async def test_declined_is_void(client, db, partners, draft):
    async with client(as_=partners.supplier) as http:
        declined = await submit(http, f"/contracts/{draft}", "refusal", reason="The price of clay has risen.")
    assert declined.status_code == 303
    assert (await read_contract(db, draft)).state == ContractState.VOID


async def test_a_stranger_finds_nothing(client, db, draft):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    async with client(as_=stranger) as http:
        for path in ("", "/signing", "/document.pdf", "/evidence", "/order"):
            assert (await http.get(f"/contracts/{draft}{path}")).status_code == 404, path


def test_every_move_from_every_state():
    effective = {(s, m) for s in ContractState for m in ContractMove if (s, m) in MOVES}
    ends = {s for s in ContractState if not any(start == s for start, _move in effective)}
    assert ends == {ContractState.PERFORMED, ContractState.AMENDED, ContractState.TERMINATED, ContractState.VOID}


def test_the_factory_offers_what_a_person_would():
    assert make_offer().total.decimal == Decimal("2345.00")
    assert make_offer().valid_until > clock.now().date()
