"""Signatures in PDF: made, found, and missed when anything is changed. By the house's clock, without a network."""

import asyncio
import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pypdf
import pytest
import typst
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.timestamps import TimeStamper

from app.core import clock
from app.core.signing.authority import Authority, Person, asn1
from app.core.signing.checking import Anchors, Examination, examine
from app.core.signing.documents import Act, Field, prepared, signed, timestamped
from app.core.signing.keys import LocalKeys
from app.core.signing.timestamps import NoTimestamp, timestampers, with_first
from tests.fakes import Away
from tests.faults.counts import SEED, count

AUTHORITY = Authority(LocalKeys("a secret of thirty-two characters"))
PLACES = [Field(name, (50, 600 - 150 * n, 545, 720 - 150 * n)) for n, name in enumerate(("Supplier", "Buyer", "Seal"))]
LI = Person(
    name="李伟", title="Director", company="深圳市远航电子有限公司", country="CN",
    registration="NTRCN-91440300MA5EXAMPLE", verification="01a1",
)  # fmt: skip
WEBER = Person(
    name="Anna Weber", title="Managing director", company="Weber Import GmbH", country="DE",
    registration="VATDE-123456789", verification="01a2",
)  # fmt: skip


def anchors(authority: Authority = AUTHORITY) -> Anchors:
    return Anchors(authority.roots, authority.others, authority.all_revocations())


@pytest.fixture(scope="module")
def document() -> bytes:
    return typst.compile(b'#set page("a4")\nArticle 1 #pagebreak() Signatures', pdf_standards="a-2b")


async def sign_all(
    document: bytes, stampers: list[TimeStamper | None], authority: Authority = AUTHORITY
) -> list[bytes]:
    """The prepared file, and the file after each signature."""
    files = [prepared(document, PLACES)]
    credentials = [authority.certify(LI), authority.certify(WEBER), authority.seal]
    for place, credential, stamper in zip(PLACES, credentials, stampers, strict=True):
        act = Act(field=place.name, reason="contract C-1", archive=place.name == "Seal")
        files.append(await signed(files[-1], act, credential, authority, stamper=stamper))
    return files


async def check(file: bytes, *, at: datetime | None = None, authority: Authority = AUTHORITY) -> Examination:
    return await examine(file, anchors(authority), at=at or clock.now())


async def test_three_signatures_hold_and_say_whose_they_are(document):
    one, two = timestampers(AUTHORITY)
    files = await sign_all(document, [one, two, one])
    found = await check(files[-1])
    assert found.whole
    assert [s.holds for s in found.signatures] == [True] * 3
    assert all(s.proven for s in found.signatures)
    supplier = found.by("Supplier")
    assert (supplier.name, supplier.company, supplier.registration) == (LI.name, LI.company, LI.registration)
    assert (supplier.title, supplier.verification, supplier.reason) == ("Director", "01a1", "contract C-1")
    assert found.archived is not None
    assert files[-1].startswith(files[2])
    assert files[2].startswith(files[1])


def test_the_same_document_is_prepared_to_the_same_bytes(document, monkeypatch):
    first = prepared(document, PLACES)
    monkeypatch.setattr("pyhanko.pdf_utils.metadata.info.update_info_dict", pytest.fail)
    monkeypatch.setattr("pyhanko.pdf_utils.writer.update_info_dict", pytest.fail)
    assert prepared(document, PLACES) == first
    assert b"ModDate" not in first[len(document) :]
    assert b"pyHanko" not in first[len(document) :]


def test_one_secret_has_one_authority():
    again = Authority(LocalKeys("a secret of thirty-two characters"))
    assert [asn1(again.root).dump(), *(c.dump() for c in again.others)] == [
        asn1(AUTHORITY.root).dump(),
        *(c.dump() for c in AUTHORITY.others),
    ]
    assert Authority(LocalKeys("another secret of 32 characters!")).root != AUTHORITY.root


async def test_years_later_it_still_holds(document):
    """The signatories' certificates are good for an hour; the timestamps say that it was within that hour."""
    one, two = timestampers(AUTHORITY)
    file = (await sign_all(document, [one, two, one]))[-1]
    start = clock.now()
    assert all(
        s.holds for s in (await examine(file, Anchors([asn1(AUTHORITY.root)]), at=start + timedelta(399))).signatures
    )
    for year in (1, 2, 3):
        with clock.at(start + timedelta(360 * year)):
            file = await timestamped(file, AUTHORITY, stamper=two)
    alone = Anchors([asn1(AUTHORITY.root)])
    found = await examine(file, alone, at=start + timedelta(360 * 3 + 399))
    assert [s.holds for s in found.signatures] == [True] * 3
    assert found.whole
    late = await examine(file, alone, at=start + timedelta(360 * 3 + 401))
    assert not any(s.holds for s in late.signatures)  # nobody says any more what was revoked, and it does not guess


async def test_without_a_timestamp_it_waits_for_one(document):
    file = (await sign_all(document, [None, None, None]))[-1]
    now = await check(file)
    assert [(s.holds, s.proven) for s in now.signatures] == [(True, False)] * 3
    tomorrow = clock.now() + timedelta(days=1)
    assert not any(s.holds for s in (await check(file, at=tomorrow)).signatures if s.field != "Seal")
    file = await with_first(
        [Away(), *timestampers(AUTHORITY)], lambda stamper: timestamped(file, AUTHORITY, stamper=stamper)
    )
    later = await check(file, at=tomorrow)
    assert [(s.holds, s.proven) for s in later.signatures] == [(True, True)] * 3
    with pytest.raises(NoTimestamp):
        await with_first([Away(), Away()], lambda stamper: timestamped(file, AUTHORITY, stamper=stamper))


async def test_another_authority_s_signature_is_not_ours(document):
    other = Authority(LocalKeys("somebody who calls himself Portolan"))
    file = await signed(
        prepared(document, PLACES), Act(field="Supplier", reason=""), other.certify(LI), other, stamper=None
    )
    found = (await check(file)).by("Supplier")
    assert not found.holds
    assert found.indication == "NO_CERTIFICATE_CHAIN_FOUND"


@pytest.mark.parametrize("file", [b"", b"%PDF-1.7\n", b"<html>", b"%PDF-1.7\n" + b"\0" * 1000])
async def test_what_is_no_signed_file_has_no_signatures(file):
    assert await check(file) == Examination((), whole=False)


def grown(file: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(file))
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def retitle(writer: IncrementalPdfFileWriter) -> None:
    info = writer.trailer["/Info"]
    info[NameObject("/Title")] = TextStringObject("Another contract")
    writer.update_container(info)


def paint_over(writer: IncrementalPdfFileWriter) -> None:
    stream = StreamObject(stream_data=b"q 1 1 1 rg 50 700 400 100 re f Q")
    writer.add_stream_to_page(0, writer.add_object(stream))


def annotate(writer: IncrementalPdfFileWriter) -> None:
    page, _ = writer.find_page_for_modification(0)
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FreeText"),
            NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (50, 700, 300, 750)]),
            NameObject("/Contents"): TextStringObject("USD 1"),
        }
    )
    page.get_object()[NameObject("/Annots")] = ArrayObject([writer.add_object(note)])
    writer.update_container(page.get_object())


def add_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Guarantor", on_page=0, box=(50, 50, 100, 100)))


@pytest.mark.parametrize("change", [retitle, paint_over, annotate, add_field])
async def test_whatever_is_added_afterwards_shows(document, change):
    one, two = timestampers(AUTHORITY)
    files = await sign_all(document, [one, two, one])
    for file in (files[1], files[-1]):
        assert not (await check(grown(file, change))).whole
        assert (await check(file)).whole


async def test_a_file_written_anew_has_no_signatures_that_hold(document):
    one, two = timestampers(AUTHORITY)
    file = (await sign_all(document, [one, two, one]))[-1]
    output = BytesIO()
    pypdf.PdfWriter(clone_from=BytesIO(file)).write(output)
    found = await check(output.getvalue())
    assert not any(s.holds for s in found.signatures)


async def test_no_bit_can_be_flipped(document):
    """Wherever the last timestamp covers the file: in the text, in a signature, in what is needed to check it."""
    one, two = timestampers(AUTHORITY)
    file = (await sign_all(document, [one, two, one]))[-1]
    *_others, last = PdfFileReader(BytesIO(file)).embedded_signatures
    start, length, again, rest = last.byte_range
    places = [*range(start, start + length), *range(again, again + rest)]
    generator = random.Random(SEED)  # noqa: S311  drawn again each time
    for place in generator.sample(places, count("flips", quick=15, long=200, full=1_000)):
        bent = bytearray(file)
        bent[place] ^= 1 << generator.randrange(8)
        found = await check(bytes(bent))
        assert not (found.whole and len(found.signatures) == 3 and all(s.holds for s in found.signatures)), place


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler's pdfsig is not installed")
async def test_others_read_the_signatures_too(document, tmp_path):
    one, two = timestampers(AUTHORITY)
    file = tmp_path / "signed.pdf"
    file.write_bytes((await sign_all(document, [one, two, one]))[-1])
    said = await asyncio.to_thread(subprocess.run, ["pdfsig", file], capture_output=True, text=True, check=False)
    assert said.stdout.count("Signature is Valid.") == 3
