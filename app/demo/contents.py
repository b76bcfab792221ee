"""What careful parties write into their contract: criteria of the goods, clauses that fit, and a specification."""

from uuid import UUID

from app.core.payload import Upload
from app.demo.cast import Stage
from app.demo.papers import paper
from orders.contracts import annexes, criteria, library
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.annexes import AnnexAdded
from orders.contracts.criteria import LineChange
from orders.contracts.library import Choice
from orders.contracts.revising import Change
from trust.access import Member

WANTED = {"late_delivery", "confidentiality", "sanctions"}


async def write_in(stage: Stage, contract_id: UUID, *, by: Member) -> None:
    """Measure the first line as is usual for its kind, choose the clauses suggested and some more, add an annex."""
    async with stage.ctx.db.transaction(read_only=True) as tx:
        view = await contracts.contract(tx, contract_id)
    [line, *_others] = view.terms.lines
    fits, others = criteria.fitting(line.hs_code)
    proposed = [option.key for option in library.offered(view.terms, "en") if option.proposed or option.key in WANTED]
    said = [line.description.said("en")[:60], f"HS {line.hs_code}"]
    sheet = paper("Technical data sheet", said, font_dir=stage.ctx.settings.font_dir)
    annex = await annexes.keep(
        stage.ctx.files, Upload("technical-data-sheet.pdf", "application/pdf", sheet), "Technical data sheet"
    )
    changes: tuple[Change, ...] = (
        LineChange(position=0, measured=criteria.measured(line, (*fits, *others)[0].criteria)),
        Choice(chosen=[key for key in proposed if key != "warranty_machinery"]),
        AnnexAdded(annex=annex),
    )
    for number, change in enumerate(changes):
        async with stage.ctx.db.transaction() as tx:
            await contracting.adjust(tx, contract_id, change, by=by, revision=view.revision + number)
