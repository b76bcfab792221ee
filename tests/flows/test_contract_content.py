"""What a contract contains: criteria of each line, clauses, annexes. Forms as a browser without scripts sends them."""

import io
import re

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from sqlalchemy import text

from orders.contracts import criteria, queries, service
from orders.contracts.criteria import LineChange, Measured
from orders.contracts.errors import TextChanged
from orders.contracts.states import ContractState
from orders.contracts.terms import Measurement, canonical_json, digest
from tests.factories.contracts import lock_contract, newest_file, read_contract, sign_contract
from tests.factories.people import make_company, make_key
from tests.forms import forms_of, submit

MEASURED = {
    "specification__zh": "白色，可机洗",
    "tolerance__under": "2",
    "tolerance__over": "1.5",
    "measurements__0__property__en": "Height",
    "measurements__0__minimum": "98.5",
    "measurements__0__maximum": "101",
    "measurements__0__unit": "mm",
    "measurements__0__method": "Calliper",
    "samplings__0__major": "1.5",
    "certificates__0__document__en": "LFGB report",
    "certificates__0__issuer": "SGS",
}


def pdf(pages: int = 2, *, password: str = "") -> bytes:
    writer, made = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password)
    writer.write(made)
    return made.getvalue()


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(made, "PNG")
    return made.getvalue()


async def printed(ctx, contract_id):
    """The document's text without white space and zero-width breaks."""
    pages = PdfReader(io.BytesIO(await newest_file(ctx, contract_id))).pages
    return re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in pages))


# ---- Criteria -------------------------------------------------------------------------------------------------------


async def test_a_line_is_measured_as_its_form_says(client, db, partners, draft):
    async with client(as_=partners.supplier) as http:
        done = await submit(http, f"/contracts/{draft}/lines/1", "line", **MEASURED)
        assert done.status_code == 303
        shown = await http.get(f"/contracts/{draft}")
    [line] = (await read_contract(db, draft)).terms.lines
    measurement, sampling, certificate = line.criteria
    assert (str(measurement.minimum), str(measurement.maximum), measurement.unit) == ("98.5", "101", "mm")
    assert (sampling.level, str(sampling.major)) == ("II", "1.5")
    assert certificate.issuer == "SGS"
    assert (str(line.tolerance.under), str(line.tolerance.over)) == ("2", "1.5")
    assert (line.specification.en, line.specification.zh) == ("White, dishwasher safe", "白色，可机洗")
    assert "98.5 – 101 mm" in shown.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"measurements__1__property__en": "Weight", "measurements__1__minimum": "1,5"}, "measurements.1.minimum"),
        ({"measurements__1__property__en": "Weight", "measurements__1__method": "Scale"}, "measurements.1"),
        ({"measurements__0__maximum": "90"}, "measurements.0"),
        ({"certificates__0__issuer": ""}, "certificates.0.issuer"),
        ({"tolerance__under": "11"}, "tolerance.under"),
        ({"measurements__0__property__en": "Height \U0001f600"}, "measurements.0.property.en"),
        ({"certificates__0__document__en": ""}, "certificates.0.document"),
    ],
)
async def test_what_is_wrong_is_named_by_row_and_field_and_nothing_is_lost(client, db, partners, draft, values, field):
    before = await read_contract(db, draft)
    async with client(as_=partners.buyer) as http:
        again = await submit(http, f"/contracts/{draft}/lines/1", "line", **MEASURED | values)
    assert again.status_code == 422
    assert f'href="#line-{field.replace(".", "-")}"' in again.text
    assert f'id="line-{field.replace(".", "-")}"' in again.text
    typed = forms_of(again.text)["line"]["fields"]
    kept = {k.replace("__", "."): v for k, v in (MEASURED | values).items() if v}
    assert {name: typed[name] for name in kept} == kept
    assert await read_contract(db, draft) == before


async def test_presets_fill_the_form_and_change_nothing_before_it_is_sent(client, db, partners, draft):
    before = await read_contract(db, draft)
    async with client(as_=partners.buyer) as http:
        page = await http.get(f"/contracts/{draft}/lines/1?preset=ceramics")
        assert await read_contract(db, draft) == before
        fields = forms_of(page.text)["line"]["fields"]
        sent = await http.post(f"/contracts/{draft}/lines/1", data=fields)
    assert sent.status_code == 303
    kinds = [c.kind for c in (await read_contract(db, draft)).terms.lines[0].criteria]
    assert kinds == ["measurement", "measurement", "measurement", "sampling", "certificate"]


async def test_programs_say_the_same_as_json(client, db, partners, draft):
    async with client(key=await make_key(db, partners.buyer)) as http:
        read = await http.get(f"/api/v1/contracts/{draft}/lines/1")
        body = {
            "revision": read.json()["revision"],
            "specification": {"en": "White"},
            "samplings": [{"critical": "0", "major": "1", "minor": "2.5"}],
        }
        done = await http.post(f"/api/v1/contracts/{draft}/lines/1", json=body)
        nothing = await http.post(f"/api/v1/contracts/{draft}/lines/1", json=body | {"revision": 2, "samplings": []})
        missing = await http.get(f"/api/v1/contracts/{draft}/lines/2")
    assert done.json()["terms"]["lines"][0]["criteria"][0]["major"] == "1"
    assert (nothing.status_code, missing.status_code) == (422, 404)


async def test_an_outdated_page_overwrites_nothing(db, partners, draft):
    change = LineChange(position=0, measured=Measured(specification={"en": "Black"}, samplings=[{}]))
    async with db.transaction() as tx:
        await service.adjust(tx, draft, change, by=partners.buyer.member, revision=1)
    with pytest.raises(TextChanged):
        async with db.transaction() as tx:
            await service.adjust(tx, draft, change, by=partners.supplier.member, revision=1)


def test_each_chapter_of_a_preset_finds_it():
    for preset in criteria.presets():
        for chapter in preset.chapters:
            assert preset in criteria.fitting(f"{chapter}0110")[0]
    assert [preset.key for preset in criteria.fitting("990000")[0]] == []


# ---- Clauses --------------------------------------------------------------------------------------------------------


async def test_clauses_are_chosen_filled_in_and_added(client, db, ctx, partners, draft):
    chosen = {
        "chosen": ["packing_sea", "late_delivery"],
        "values.late_delivery.percent": "0.7",
        "own.0.title.en": "Colours",
        "own.0.body.en": "White #ffffff only; $price and *stars* are text.",
        "own.1.title.zh": "样品",
        "own.1.body.zh": "封样由买方保存。",
        "own.1.place": "1",
    }
    async with client(as_=partners.buyer) as http:
        fields = forms_of((await http.get(f"/contracts/{draft}/clauses")).text)["clauses"]["fields"]
        done = await http.post(f"/contracts/{draft}/clauses", data=fields | chosen)
        again = forms_of((await http.get(f"/contracts/{draft}/clauses")).text)["clauses"]["fields"]
    assert done.status_code == 303
    terms = (await read_contract(db, draft)).terms
    assert [c.key for c in terms.chosen] == ["packing_sea", "late_delivery"]
    assert "0.7 percent" in terms.chosen[1].body.en
    assert "0.7%" in terms.chosen[1].body.zh
    assert {c.library for c in terms.chosen} == {"2027-01"}
    assert [c.title.said("en") for c in terms.own_clauses] == ["样品", "Colours"]
    assert again["chosen"] == ["packing_sea", "late_delivery"]
    assert again["values.late_delivery.percent"] == "0.7"
    await lock_contract(ctx, partners, draft)
    said = await printed(ctx, draft)
    assert "White#ffffffonly;$priceand*stars*aretext." in said
    assert "0.7percent" in said


async def test_own_clauses_keep_their_keys_and_go_when_emptied(client, db, partners, draft):
    own = {f"own.{n}.{part}.en": f"{part} {n}" for n in range(2) for part in ("title", "body")}
    async with client(as_=partners.buyer) as http:
        for values in (own, {"own.0.title.en": "", "own.0.body.en": "", "own.1.body.en": "Other words"}):
            fields = forms_of((await http.get(f"/contracts/{draft}/clauses")).text)["clauses"]["fields"]
            assert (await http.post(f"/contracts/{draft}/clauses", data=fields | values)).status_code == 303
    [left] = (await read_contract(db, draft)).terms.own_clauses
    assert (left.key, left.title.en, left.body.en) == ("own_2", "title 1", "Other words")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"chosen": "retention_of_title"}, "chosen.retention_of_title"),
        ({"chosen": ["warranty", "warranty_machinery"]}, "chosen.warranty"),
        ({"chosen": "packing_air"}, "chosen.packing_air"),
        ({"chosen": "instalments"}, "chosen.instalments"),
        ({"chosen": "late_delivery", "values.late_delivery.cap": "90"}, "values.late_delivery.cap"),
        ({"own.0.title.en": "Only a title"}, "own.0.body"),
        ({"own.0.title.en": "Smile", "own.0.body.en": "\U0001f600"}, "own.0.body.en"),
    ],
)
async def test_clauses_that_contradict_the_contract_are_refused(client, db, partners, draft, values, field):
    before = await read_contract(db, draft)
    async with client(as_=partners.buyer) as http:
        page = (await http.get(f"/contracts/{draft}/clauses")).text
        fields = forms_of(page)["clauses"]["fields"]
        again = await http.post(f"/contracts/{draft}/clauses", data=fields | values)
    assert again.status_code == 422
    assert f'id="clauses-{field.replace(".", "-")}"' in again.text
    assert await read_contract(db, draft) == before
    assert "nothing to secure" in page


async def test_what_fits_the_contract_is_suggested(client, db, partners, draft):
    async with client(key=await make_key(db, partners.buyer)) as http:
        offered = {o["key"]: o for o in (await http.get(f"/api/v1/contracts/{draft}/clauses")).json()}
    proposed = {key for key, option in offered.items() if option["proposed"]}
    assert {"packing_sea", "documents_port", "wood_packing", "tooling"} <= proposed
    assert proposed.isdisjoint({"packing_air", "food", "textiles", "documents_destination", "retention_of_title"})
    assert offered["documents_destination"]["refused"]


# ---- Annexes --------------------------------------------------------------------------------------------------------


async def attach(http, draft, data, filename="drawing.pdf", **values):
    return await submit(http, f"/contracts/{draft}", "annex", files={"file": (filename, data)}, **values)


async def test_an_annex_is_part_of_what_is_signed_and_checked(client, db, ctx, partners, draft):
    drawing, photograph = pdf(3), png()
    async with client(as_=partners.buyer) as http:
        assert (await attach(http, draft, drawing, filename="drawing.pdf")).status_code == 303
        assert (await attach(http, draft, photograph, "photo.png", name="Approved sample")).status_code == 303
    terms = (await read_contract(db, draft)).terms
    assert [(a.name, a.pages, a.sha256) for a in terms.annexes] == [
        ("drawing.pdf", 3, digest(drawing)),
        ("Approved sample", 1, digest(photograph)),
    ]
    assert digest(drawing).encode() in canonical_json(terms)
    async with client() as http:
        early = await submit(http, "/verify", "verify", files={"file": ("d.pdf", drawing)})
    assert "Not a document of this platform" in early.text
    await lock_contract(ctx, partners, draft)
    async with client() as http:
        frozen = await submit(http, "/verify", "verify", files={"file": ("d.pdf", drawing)})
    assert "not yet signed by both" in frozen.text
    await sign_contract(ctx, draft, partners.buyer, partners.supplier)
    view = await read_contract(db, draft)
    assert digest(photograph) in await printed(ctx, draft)
    async with client(as_=partners.buyer) as http:
        got = await http.get(f"/contracts/{draft}/annexes/1")
        removed = await http.post(f"/contracts/{draft}/annexes/1/removal", data={"revision": view.revision})
    assert got.content == drawing
    assert got.headers["content-disposition"].startswith("attachment")
    assert removed.status_code in (403, 409)
    async with client() as http:
        signed = await submit(http, "/verify", "verify", files={"file": ("d.pdf", drawing)})
        changed = await submit(http, "/verify", "verify", files={"file": ("d.pdf", drawing + b" ")})
    assert f"annex 1 of contract {view.number}, as signed" in signed.text
    assert partners.buyer.member.organisation_name not in signed.text
    assert "Not a document of this platform" in changed.text


async def test_the_consent_names_every_annex(client, db, ctx, partners, draft):
    async with client(as_=partners.buyer) as http:
        await attach(http, draft, pdf())
    await lock_contract(ctx, partners, draft)
    async with client(as_=partners.buyer) as http:
        page = await http.get(f"/contracts/{draft}/signing")
    assert page.status_code == 200
    await sign_contract(ctx, draft, partners.buyer)
    async with db.transaction(read_only=True) as tx:
        consent = await tx.scalar(queries.select(queries.Signature.consent))
    assert consent.count(digest(pdf())) == 2


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7 but broken", "broken.pdf"),
        (pdf(1, password="secret"), "locked.pdf"),
        (b"a,b\n1,2\n", "table.csv"),
        (b"MZ\x90\x00", "program.pdf"),
    ],
    ids=["broken", "password", "csv", "program"],
)
async def test_files_that_can_be_no_annex(client, db, partners, draft, data, name):
    async with client(as_=partners.supplier) as http:
        again = await attach(http, draft, data, name)
    assert again.status_code == 422
    assert 'href="#annex-file"' in again.text
    assert (await read_contract(db, draft)).terms.annexes is None


async def test_an_annex_is_added_once_and_removed_in_a_draft_alone(client, db, partners, draft):
    async with client(as_=partners.supplier) as http:
        await attach(http, draft, pdf())
        twice = await attach(http, draft, pdf())
        assert twice.status_code == 422
        removed = await submit(http, f"/contracts/{draft}", "remove-annex-1")
    assert removed.status_code == 303
    view = await read_contract(db, draft)
    assert (view.terms.annexes, view.revision) == (None, 3)
    stranger = None
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger", country="FR")
    async with client(as_=stranger) as http:
        assert (await http.get(f"/contracts/{draft}/annexes/1")).status_code == 404


async def test_frozen_terms_stay_even_by_sql(db, ctx, partners, draft):
    await lock_contract(ctx, partners, draft)
    assert (await read_contract(db, draft)).state == ContractState.SIGNING
    statement = text("UPDATE contract SET terms = jsonb_set(terms, '{rule_book}', '\"x\"')")
    with pytest.raises(Exception, match="frozen"):
        async with db.transaction() as tx:
            await tx.execute(statement)


# ---- Characters -----------------------------------------------------------------------------------------------------


async def test_an_emoji_is_refused_before_the_text_is_frozen(client, db, partners, draft):
    async with client(as_=partners.buyer) as http:
        again = await submit(http, f"/contracts/{draft}", "terms", special_en="Marks: \U0001f600")
    assert again.status_code == 422
    assert 'href="#terms-special_en"' in again.text
    assert (await read_contract(db, draft)).revision == 1


def test_a_measurement_needs_a_bound():
    with pytest.raises(ValueError, match="smallest or a largest"):
        Measurement(property={"en": "Height"}, method="x")
