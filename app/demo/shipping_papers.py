"""The trade documents of a demo shipment: packed, invoiced, listed, with the carrier's bill of lading."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.payload import Upload
from app.demo.cast import Firm, Stage
from app.demo.papers import paper
from orders import files
from orders.deals import queries as deals
from orders.documents import queries, service
from orders.documents.checklist import checklist
from orders.documents.kinds import Kind
from orders.documents.making import totals
from orders.documents.packing import PackingIn
from orders.documents.papers import TransportPaper
from orders.documents.service import Press
from trust.access import Member, Role

PORTS = {
    "AE": ("AEJEA", "Jebel Ali"),
    "AU": ("AUSYD", "Sydney"),
    "BR": ("BRSSZ", "Santos"),
    "DE": ("DEHAM", "Hamburg"),
    "ES": ("ESVLC", "Valencia"),
    "FR": ("FRLEH", "Le Havre"),
    "GB": ("GBFXT", "Felixstowe"),
    "IN": ("INNSA", "Nhava Sheva"),
    "MX": ("MXZLO", "Manzanillo"),
    "NG": ("NGAPP", "Apapa"),
    "PL": ("PLGDN", "Gdansk"),
    "US": ("USLAX", "Los Angeles"),
    "VN": ("VNSGN", "Ho Chi Minh City"),
    "ZA": ("ZADUR", "Durban"),
}
"""Where the goods of a buyer arrive, by its country."""
IN_A_CARTON = 20
NET, GROSS = Decimal(9), Decimal("10.5")
"""Kilograms of a carton."""


class ShippingPapers:
    """What a supplier does with the documents of one shipment."""

    def __init__(self, stage: Stage, buyer: Firm, supplier: Firm, order_id: UUID) -> None:
        self.stage, self.buyer, self.supplier, self.order_id = stage, buyer, supplier, order_id

    async def complete(self) -> None:
        """The documents of the order's newest shipment, declared complete where they agree."""
        settings, store = self.stage.ctx.settings, self.stage.ctx.files
        press = Press(store, settings.font_dir, settings.base_url)
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            shipment = (await deals.shipments(tx, self.order_id))[-1]
            said = await self._packing(tx, by, shipment.lines)
            await service.say_packing(tx, self.order_id, shipment.id, said, by=by, font_dir=settings.font_dir)
            await tx.flush()
            for kind in (Kind.INVOICE, Kind.PACKING_LIST):
                await service.issue(tx, self.order_id, kind, shipment.id, press, by=by)
            packed = totals((await queries.packings(tx, [shipment.id]))[shipment.id].facts)
            bill = TransportPaper.model_validate(
                {
                    "number": shipment.tracking,
                    "type": "original",
                    "carrier": shipment.carrier,
                    "loading": said.loading.code,
                    "discharge": said.discharge.code,
                    "packages": packed.packages,
                    "gross": packed.gross,
                    "on_board": shipment.shipped_on,
                    "freight": "collect",
                    "originals": 3,
                }
            )
            drawn = paper("Bill of lading", [shipment.carrier, shipment.tracking], font_dir=settings.font_dir)
            [kept] = await files.keep(store, [Upload("bill-of-lading.pdf", "application/pdf", drawn)])
            await service.hand_in(tx, self.order_id, shipment.id, bill, kept, by=by)
            await tx.flush()
            found = checklist(await queries.dossier(tx, self.order_id, party=by.organisation_id))
            if found.of(shipment.id).may_be_declared:  # some of the goods left later than agreed
                await service.declare_complete(tx, self.order_id, shipment.id, by=by)

    async def _packing(self, tx: AsyncSession, by: Member, lines: list[tuple[int, Decimal]]) -> PackingIn:
        terms = (await queries.dossier(tx, self.order_id, party=by.organisation_id)).contract.terms
        code, name = PORTS[self.buyer.seed.country]
        return PackingIn.model_validate(
            {
                "rows": [_cartons(position, quantity) for position, quantity in lines],
                "loading": {"code": terms.delivery.locode or "CNSHG", "name": terms.delivery.place},
                "discharge": {"code": code, "name": name},
                "invoice_date": clock.now().date(),
            }
        )


def _cartons(position: int, quantity: Decimal) -> dict[str, object]:
    count = max(int(quantity) // IN_A_CARTON, 1)
    size = {"length": Decimal(60), "width": Decimal(40), "height": Decimal(35)}
    return size | {
        "position": position,
        "kind": "CT",
        "count": count,
        "net": count * NET,
        "gross": count * GROSS,
        "marks": f"C/NO. 1-{count}",
    }
