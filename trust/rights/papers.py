"""Documents of a right or notice: sealed as the exhibits of cases are, cited by labels, each with who may see it."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.subject import Subject
from trust.cases.exhibits import IN_ALL, Kept
from trust.rights.errors import BadNotice, PaperNotFound
from trust.rights.models import Paper

LETTERS = {"ownership": "A", "authority": "A", "infringement": "B", "counter": "C", "proceeding": "D"}
"""Of labels, by what a document is there for; of a counter-statement and a proceeding, of one supplier."""


async def add(
    tx: AsyncSession, subject: Subject, files: list[Kept], part: str, *, supplier_id: UUID | None = None
) -> dict[str, str]:
    """Put files before a right or notice, which is locked. Returns their SHA-256 by label. Raises BadNotice."""
    letter = LETTERS[part]
    rows = await tx.scalars(select(Paper.label).where(Paper.subject_id == subject.id))
    labels = list(rows)
    count = sum(label.startswith(letter) for label in labels)
    if len(labels) + len(files) > IN_ALL:
        raise BadNotice(_("At most %(n)s files altogether.") % {"n": IN_ALL}, field="files")
    made = [
        Paper(
            subject_type=subject.type,
            subject_id=subject.id,
            label=f"{letter}{count + place}",
            part=part,
            supplier_id=supplier_id,
            key=file.key,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
        )
        for place, file in enumerate(files, start=1)
    ]
    tx.add_all(made)
    await tx.flush()
    return {paper.label: paper.sha256 for paper in made}


async def of(tx: AsyncSession, subject: Subject, *, supplier_id: UUID | None = None) -> list[Paper]:
    """In the order in which they came; for a supplier, those that all may see and its own."""
    query = select(Paper).where(Paper.subject_id == subject.id, Paper.subject_type == subject.type)
    if supplier_id is not None:
        query = query.where(or_(Paper.supplier_id.is_(None), Paper.supplier_id == supplier_id))
    return list(await tx.scalars(query.order_by(Paper.id)))


async def one(tx: AsyncSession, subject: Subject, label: str, *, supplier_id: UUID | None = None) -> Paper:
    """Raises PaperNotFound, also for one that the supplier may not see."""
    found = [paper for paper in await of(tx, subject, supplier_id=supplier_id) if paper.label == label]
    if not found:
        raise PaperNotFound(_("There is no such document."))
    return found[0]
