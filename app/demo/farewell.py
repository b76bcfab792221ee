"""A contract ended by agreement: proposed by the buyer, agreed and signed by both, and what is due sent back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.demo import words
from app.demo.cast import Firm, Stage
from app.demo.timeline import DAY, Story
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.service import Ceremony
from orders.deals import amending, queries, terminating
from orders.deals.terminating import Terms
from payments.escrow import queries as escrows
from trust.access import Role

SUPPLIERS_SHARE = 2000  # basis points of what is held for the first payment, for what was begun


@dataclass(frozen=True)
class Farewell:
    """How two companies end one order before anything was shipped."""

    stage: Stage
    buyer: Firm
    supplier: Firm
    order_id: UUID

    async def tell(self, moment: datetime) -> Story:
        yield moment
        agreement = await self._propose()
        yield moment + DAY
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            await contracting.agree(tx, agreement, 1, by=by)
        for number, firm in enumerate((self.buyer, self.supplier), start=2):
            yield moment + number * DAY
            await self._sign(agreement, firm)

    async def _propose(self) -> UUID:
        async with self.stage.ctx.db.transaction() as tx:
            order = await queries.order(tx, self.order_id)
            first = (await escrows.escrow(tx, order.subject)).milestones[0]
            terms = Terms(self.stage.chance.choice(words.CANCELLED), {0: first.held.share(SUPPLIERS_SHARE)})
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            return (await terminating.propose(tx, self.order_id, terms, by=by)).id

    async def _sign(self, agreement: UUID, firm: Firm) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, firm, Role.SIGNATORY)
            view = await contracts.contract(tx, agreement)
            title = words.SIGNATORY[firm.seed.sells]
            ceremony = Ceremony(view.terms_hash, view.pdf_hash, title, consent=True, method="password", warned=True)
            await amending.sign(tx, agreement, ceremony, by=by, signer=self.stage.signer)
