"""A shipment's papers, made through the services: packed, invoiced, with a certificate of origin."""

from uuid import UUID

from app.core import clock
from app.core.jobs import JobContext
from app.core.payload import Upload
from orders import files
from orders.documents import queries, service
from orders.documents.kinds import Kind
from orders.documents.packing import PackingIn
from orders.documents.papers import OriginPaper
from orders.documents.service import Press
from tests.factories.contracts import Partners
from tests.factories.files import PDF as PAGE

ORIGIN = PAGE + b"%origin"


async def issue_papers(ctx: JobContext, partners: Partners, order_id: UUID, shipment_id: UUID) -> tuple[UUID, UUID]:
    """The ids of the invoice that was issued, and of the certificate that was handed in."""
    by, fonts = partners.supplier.member, ctx.settings.font_dir
    carton = {"kind": "CT", "count": 10, "length": "60", "width": "40", "height": "35", "net": "160", "gross": "180"}
    said = PackingIn.model_validate(
        {
            "rows": [carton],
            "loading": {"code": "CNYTN", "name": "Yantian"},
            "discharge": {"code": "DEHAM", "name": "Hamburg"},
            "invoice_date": clock.now().date(),
        }
    )
    certificate = OriginPaper(number="C-1", body="CCPIT Shenzhen", origin="CN", issued=clock.now().date())
    [file] = await files.keep(ctx.files, [Upload("origin.pdf", "application/pdf", ORIGIN)])
    press = Press(ctx.files, fonts, ctx.settings.base_url)
    async with ctx.db.transaction() as tx:
        await service.say_packing(tx, order_id, shipment_id, said, by=by, font_dir=fonts)
        await tx.flush()
        invoice = await service.issue(tx, order_id, Kind.INVOICE, shipment_id, press, by=by)
        await service.hand_in(tx, order_id, shipment_id, certificate, file, by=by)
        await tx.flush()
        [paper] = (await queries.dossier(tx, order_id, party=by.organisation_id)).received
    return invoice.id, paper.id
