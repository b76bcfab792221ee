import io
import re
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

import pytest
from pypdf import PdfReader

from app.core import typesetting
from app.core.money import Money
from app.core.typesetting import RenderingFailed, RenderingTooLong, UnprintableText
from app.core.typesetting.glyphs import repertoire
from app.core.workshop import Limits
from orders import presets
from orders.contracts import clauses, pdf, sheet, writing
from orders.contracts.amending import Changes, amended
from orders.contracts.ending import ended
from orders.contracts.extras import Annex, ChosenClause, Division, Ending
from orders.contracts.terms import (
    EDITION,
    Amended,
    Certificate,
    Clause,
    ContractTerms,
    Measurement,
    PaymentMilestone,
    canonical_json,
    digest,
)
from orders.contracts.values import Bilingual
from orders.milestones import Milestone, MilestoneKind, usual
from tests.factories import terms as make

FONTS = Path(__file__).parents[2] / "app" / "static" / "fonts"
TERMS = clauses.draw_up(make.particulars())
NOTHING = Money.zero("USD")


async def printed(terms: ContractTerms) -> PdfReader:
    return PdfReader(io.BytesIO(await pdf.render(terms, font_dir=FONTS)))


def text_of(document: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in document.pages)


def solid(text: str) -> str:
    """Without white space and zero-width breaks: what remains must survive typesetting untouched."""
    return re.sub(r"[\s\u200b]", "", text)


def with_clause(body: str) -> ContractTerms:
    own = Clause(key="own", title=Bilingual(en="Added by the parties"), body=Bilingual(en=body))
    return clauses.draw_up(make.particulars(own_clauses=(own,)))


async def test_the_same_terms_give_the_same_file() -> None:
    first, second = [await pdf.render(TERMS, font_dir=FONTS) for _ in range(2)]
    assert first == second
    other = clauses.draw_up(make.particulars(number="PTL-2026-000124"))
    assert await pdf.render(other, font_dir=FONTS) != first


async def test_the_page_shows_the_figures_of_the_terms() -> None:
    text = solid(text_of(await printed(TERMS)))
    shown = [writing.figure(line.total) for line in TERMS.lines]
    shown += [writing.price(line.unit_price) for line in TERMS.lines]
    shown += [writing.number(line.quantity) for line in TERMS.lines]
    shown += [writing.figure(m.amount) for m in TERMS.milestones] + ["66,101.25", "30%", "70%"]
    shown += ["USdollarssixty-sixthousandonehundredandoneand25/100only", "美元陆万陆仟壹佰零壹元贰角伍分"]
    shown += [
        "20November2026",
        "2026年11月20日",
        "FOBYantian,Shenzhen(CNYTN)",
        "94054210",
        "深圳市明澜光电科技有限公司",
    ]
    assert [part for part in shown if part not in text] == []


async def test_every_article_is_printed_whole_in_both_languages() -> None:
    text = solid(text_of(await printed(TERMS)))
    titles = [t for a in TERMS.articles for t in (a.title.en, a.title.zh)]
    assert [t for t in titles if solid(t) not in text] == []


async def test_every_page_carries_number_hash_and_page_count() -> None:
    document = await printed(TERMS)
    count = len(document.pages)
    for number, page in enumerate(document.pages, start=1):
        foot = solid(page.extract_text())
        assert digest(canonical_json(TERMS)) in foot
        assert TERMS.number in foot
        assert f"Page{number}of{count}" in foot


async def test_the_last_page_has_a_box_for_each_signature() -> None:
    last = text_of(await printed(TERMS)).split("Signatures")[-1]
    assert [role for role in ("卖方", "买方", "平台印章") if role not in last] == []


async def test_the_file_says_it_is_pdf_a_2b() -> None:
    data = await pdf.render(TERMS, font_dir=FONTS)
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>\s*<pdfaid:conformance>B</pdfaid:conformance>", data)
    assert b"JavaScript" not in data


async def test_the_date_of_the_file_is_the_date_of_the_contract() -> None:
    assert str((await printed(TERMS)).metadata.creation_date).startswith("2026-11-20")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "hostile",
    [
        '#set page(fill: red) #panic() #read("/etc/passwd") #sys.inputs',
        "$ x^2 $ *bold* _emphasis_ `raw` @reference <label> = Heading",
        "\\ \\u{41} \\# // comment /* block */ https://example.org/a#b ~ -- --- ...",
        '"quoted" {"json": true} \\" \\n ]] )) }}',
        "㐀喆堃垚 罕见字",
    ],
)
async def test_what_the_parties_write_is_text_and_nothing_else(hostile: str) -> None:
    assert solid(hostile) in solid(text_of(await printed(with_clause(hostile))))


@pytest.mark.parametrize(
    "long", ["W" * 5000, "合" * 5000, ("one two three " * 357)[:4998]], ids=["word", "han", "words"]
)
async def test_five_thousand_characters_fit_on_the_page(long: str) -> None:
    whole = text_of(await printed(with_clause(long)))
    assert solid(whole).count(solid(long)[0]) >= solid(long).count(solid(long)[0])
    # A line across both columns holds about 80 of the widest letter; a word that did not break would be one line.
    assert max(line.count("W") + line.count("合") for line in whole.splitlines()) < 100


@pytest.mark.parametrize(
    ("text", "missing"),
    [("thumbs 👍 up", "👍"), ("שלום", "שלום"), ("مرحبا", "مرحبا"), ("𠀀", "𠀀"), ("a 👍 b 👍 c 🚢", "👍🚢")],
)
async def test_characters_without_a_glyph_are_named_before_anything_is_printed(text: str, missing: str) -> None:
    with pytest.raises(UnprintableText) as refused:
        await pdf.render(with_clause(text), font_dir=FONTS)
    assert refused.value.characters == missing
    assert refused.value.field == "own_clauses.0.body.en"
    assert "own_clauses.0.body.en" in refused.value.errors


def test_the_glyph_check_knows_the_font() -> None:
    known = repertoire(tuple(sorted(FONTS.glob(typesetting.FONTS))))
    assert all(ord(c) in known for c in "AZaz09 ÄßÉñ €£¥ ≥≤×±µ°®™ 㐀喆堃垚 壹贰叁 Жя αω あア")
    assert all(ord(c) not in known for c in "👍ש\u0007\ue000")


async def test_all_our_own_words_are_printable() -> None:
    typesetting.check_printable(sheet.sheet(TERMS, "0" * 64), font_dir=FONTS)
    for edition in ("2026-11", "2026-12", "2027-01"):
        typesetting.check_printable([(clauses.TEMPLATES / f"clauses-{edition}.toml").read_text()], font_dir=FONTS)


@pytest.mark.parametrize("name", presets.NAMES)
async def test_milestones_are_printed_with_their_conditions_and_moves(name: str) -> None:
    terms = clauses.draw_up(make.with_plan(presets.plan(name, production_days=30)))
    text = solid(text_of(await printed(terms)))
    data = sheet.sheet(terms, "0" * 64)
    shown = [
        solid(said)
        for m in data["milestones"]
        for part in (m["name"], m["due"], m["evidence"], m["answer"])
        for said in part.values()
    ]
    shown += [solid(said) for move in data["moves"] for said in (*move["name"].values(), *move["after"].values())]
    assert [part for part in shown if part not in text] == []


async def test_an_amendment_names_the_contract_before_it() -> None:
    before = Amended(number=TERMS.number, terms_hash=digest(canonical_json(TERMS)))
    terms = amended(TERMS, before, Changes("Later.", latest=date(2027, 1, 31)), number=f"{TERMS.number}-A1")
    assert [m.amount for m in terms.milestones] == [m.amount for m in TERMS.milestones]
    assert all(m.conditions is not None for m in terms.milestones)
    text = solid(text_of(await printed(terms)))
    for language in clauses.LANGUAGES:
        whole = Template(clauses.vocabulary("amends", language)).substitute(
            number=before.number, digest=before.terms_hash
        )
        assert solid(whole) in text


def hostile_terms(text: str) -> ContractTerms:
    """`text` wherever people write: names, goods, criteria, packing, chosen and own clauses, annexes."""
    both = Bilingual(en=text, zh=text)
    goods = make.line(
        description=both,
        specification=both,
        criteria=(
            Measurement(property=both, minimum=Decimal(1), unit=text[:20], method=text),
            Certificate(document=both, issuer=text),
        ),
    )
    given: dict[str, Any] = {
        "lines": (goods,),
        "total": goods.total,
        "supplier": make.party(1, text, text, "CN").model_copy(update={"address": text}),
        "packing": both,
        "own_clauses": (Clause(key="own_1", title=both, body=both),),
        "chosen": (ChosenClause(key="marks", library=EDITION, title=both, body=both, values={"marks": text}),),
        "annexes": (Annex(name=text[:120], content_type="image/png", sha256="ab" * 32, size=1, pages=1),),
    }
    before = make.particulars(**given)
    plan = [Milestone(MilestoneKind.BALANCE, Decimal(100), usual(MilestoneKind.BALANCE))]
    [paid] = (PaymentMilestone(kind=m.kind, percent=m.percent, amount=goods.total, conditions=m.terms) for m in plan)
    return clauses.draw_up(before.model_copy(update={"edition": EDITION, "milestones": (paid,)}))


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic() #let x = 1 #import "x" $ x^2 $ *b* _i_ `r` @ref <l> = H',
        "\\ \\n \\u{41} ]]] ))) }}} /* */ // ~ -- --- ... ''",
        "㐀喆堃垚 ≥≤ ％ #『』",
    ],
)
async def test_nothing_that_anybody_writes_anywhere_is_markup(hostile: str) -> None:
    terms = hostile_terms(hostile)
    text = solid(text_of(await printed(terms)))
    assert text.count(solid(hostile)) >= 15
    ending = Ending(reason=hostile, goods=hostile, divisions=(Division(to_supplier=terms.total, to_buyer=NOTHING),))
    before = Amended(number=terms.number, terms_hash=digest(canonical_json(terms)))
    assert (
        solid(text_of(await printed(ended(terms, before, ending, number="PTL-2026-000123-T1")))).count(solid(hostile))
        >= 6
    )


async def test_the_file_is_what_pdf_a_2b_asks_for() -> None:
    """What can be checked without a validator: colour, metadata, fonts, and nothing that runs or is locked."""
    reader = await printed(clauses.draw_up(make.with_plan(presets.plan("stages", production_days=30))))
    root: Any = reader.trailer["/Root"]
    [intent] = [one.get_object() for one in root["/OutputIntents"]]
    assert intent["/S"] == "/GTS_PDFA1"
    assert len(intent["/DestOutputProfile"].get_object().get_data()) > 100
    assert "/Metadata" in root
    assert "/ID" in reader.trailer
    assert "/Encrypt" not in reader.trailer
    assert not {"/OpenAction", "/AA", "/JavaScript"} & set(root)
    assert "/EmbeddedFiles" not in root.get("/Names", {})
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = [font.get_object() for found in resources for font in found["/Font"].values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        [inner] = [one.get_object() for one in font["/DescendantFonts"]]
        descriptor = inner["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """Puts a template into a directory of its own."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")

    def write(text: str) -> Path:
        path = folder / "document.typ"
        path.write_text(text)
        return path

    return write


Source = Callable[[str], Path]
SLOW = "#for a in range(100000) { for b in range(100000) { let c = calc.pow(a, 2) } }"
GREEDY = '#let s = "x" * 1000000\n#for n in range(DOUBLINGS) { s = s + s }\n#s.len()'


async def set_type(template: Path, limits: Limits = typesetting.LIMITS) -> bytes:
    return await typesetting.typeset(template, {}, font_dir=FONTS, timestamp=0, limits=limits)


async def test_a_slow_document_is_stopped_by_processor_time(source: Source) -> None:
    with pytest.raises(RenderingTooLong) as refused:
        await set_type(source(SLOW), Limits(cpu_seconds=1))
    assert refused.value.facts["reason"] == "processor time"


async def test_the_bounds_in_force_stop_a_hostile_template(source: Source) -> None:
    """Ten seconds of processor time; on a busy machine the clock may be first."""
    with pytest.raises(RenderingTooLong):
        await set_type(source(SLOW))
    assert (typesetting.LIMITS.cpu_seconds, typesetting.LIMITS.memory_bytes) == (10, 512 * 2**20)


async def test_a_slow_document_is_stopped_by_the_clock(source: Source) -> None:
    started = time.monotonic()
    with pytest.raises(RenderingTooLong) as refused:
        await set_type(source(SLOW), Limits(wall_seconds=0.3))
    assert refused.value.facts["reason"] == "wall clock"
    assert time.monotonic() - started < 5


async def test_a_greedy_document_is_stopped_by_memory(source: Source) -> None:
    with pytest.raises(RenderingFailed):
        await set_type(source(GREEDY.replace("DOUBLINGS", "12")))
    assert await set_type(source(GREEDY.replace("DOUBLINGS", "2")))


@pytest.mark.parametrize("path", ["../secret.txt", "/../secret.txt", "/etc/hostname"])
async def test_a_template_reads_nothing_outside_its_directory(source: Source, path: str) -> None:
    with pytest.raises(RenderingFailed):
        await set_type(source(f'#read("{path}")'))


async def test_a_broken_template_says_why(source: Source) -> None:
    with pytest.raises(RenderingFailed, match="could not be prepared") as refused:
        await set_type(source("#nonsense"))
    assert "nonsense" in refused.value.facts["reason"]


async def test_without_fonts_nothing_is_printed(tmp_path: Path) -> None:
    with pytest.raises(RenderingFailed) as refused:
        await pdf.render(TERMS, font_dir=tmp_path)
    assert "NotoSansSC" in refused.value.facts["reason"]


async def test_a_fresh_helper_and_an_old_one_write_the_same() -> None:
    old = [await pdf.render(terms, font_dir=FONTS) for terms in (TERMS, with_clause("another"), TERMS)]
    typesetting.SHOP.close()
    fresh = await pdf.render(TERMS, font_dir=FONTS)
    assert fresh == old[0] == old[2] != old[1]
