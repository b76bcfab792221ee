"""Fields, signatures and timestamps in a PDF. After the fields are made, a file only grows (ISO 32000-1 §7.5.6)."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from app.core import clock
from app.core.signing.authority import Authority, Credential, asn1
from app.core.signing.own import OwnCertificate
from app.core.signing.signer import KeySigner

DIGEST = "sha256"
# It warns each time that it may not fetch lists of revocations from the network: it is given ours.
logging.getLogger("pyhanko.sign.signers").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Field:
    """An empty place for a signature on the last page: left, bottom, right, top, in points from the lower left."""

    name: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a signature says besides who made it.

    field    the name of its place in the document
    look     one page of PDF that is shown there; nothing of it counts
    archive  also a document timestamp over all of it: level B-LTA instead of B-LT
    """

    field: str
    reason: str
    look: bytes | None = None
    archive: bool = False


class _Silent(IncrementalPdfFileWriter):
    """Adds to a document without a word about itself: no time of writing, no name of the tool, no new number."""

    def __init__(self, document: bytes) -> None:
        super().__init__(BytesIO(document))
        self._document_id[1] = self._document_id[0]

    def _update_meta(self) -> None:
        pass


def prepared(document: bytes, places: Sequence[Field]) -> bytes:
    """The document with empty fields. The same document gives the same bytes."""
    writer = _Silent(document)
    for place in places:
        append_signature_field(writer, SigFieldSpec(place.name, on_page=-1, box=place.box))
    return _written(writer)


async def signed(
    document: bytes, act: Act, credential: Credential, authority: Authority, *, stamper: TimeStamper | None
) -> bytes:
    """The document with one signature more, and all that is needed to check it later.

    stamper  who says when; without one the signature is at level B-B and waits for a later timestamp
    """
    about = PdfSignatureMetadata(
        **_said(act),
        embed_validation_info=True,
        use_pades_lta=act.archive and stamper is not None,
        validation_context=await asyncio.to_thread(_context, authority),
    )
    signer = KeySigner(credential, [*authority.others, asn1(authority.root)])
    return await _made(document, PdfSigner(about, signer, timestamper=stamper, stamp_style=_look(act)))


async def signed_by_own(document: bytes, act: Act, own: OwnCertificate) -> bytes:
    """The document with one signature more, under the signatory's own certificate: level B-B.

    Whether that certificate was revoked only its issuer knows, whom we do not ask.
    """
    signer = KeySigner(own.credential, [asn1(one) for one in own.chain])
    return await _made(document, PdfSigner(PdfSignatureMetadata(**_said(act)), signer, stamp_style=_look(act)))


def _said(act: Act) -> dict[str, Any]:
    return {
        "field_name": act.field,
        "md_algorithm": DIGEST,
        "reason": act.reason,
        "location": "Portolan",
        "subfilter": SigSeedSubFilter.PADES,
    }


def _look(act: Act) -> StaticStampStyle | None:
    return StaticStampStyle(background=_Page(act.look), border_width=0) if act.look else None


async def _made(document: bytes, signer: PdfSigner) -> bytes:
    output = await signer.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(document)))
    return bytes(output.getvalue())


async def timestamped(document: bytes, authority: Authority, *, stamper: TimeStamper) -> bytes:
    """The document with a timestamp over all that is in it now: for signatures that had none, and once a year."""
    context = await asyncio.to_thread(_context, authority)
    output = await PdfTimeStamper(stamper).async_update_archival_timestamp_chain(
        PdfFileReader(BytesIO(document)), context, in_place=False
    )
    return bytes(output.getvalue())


class _Page(PdfContent):
    """A page of PDF that lies in memory."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self._document = document

    def render(self) -> bytes:
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._document)))
        self.resources.xobject["/Look"] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Look Do"


def _context(authority: Authority) -> ValidationContext:
    """What is needed to check a signature later. Of others' timestamp authorities no lists of revocations are known."""
    return ValidationContext(
        trust_roots=[*authority.roots, *authority.clocks],
        other_certs=authority.others,
        crls=authority.all_revocations(),
        moment=clock.now(),
        allow_fetching=False,
        revocation_mode="soft-fail" if authority.clocks else "require",
    )


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()
