"""What the sides show: files known by their content, sealed before they are kept, cited by their labels."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.opening import named, open_document
from app.core.payload import Upload
from app.core.storage import FileStore
from trust.cases.errors import ExhibitNotFound, TooManyExhibits
from trust.cases.models import Case, CaseExhibit
from trust.cases.states import Side

AT_ONCE = 10
IN_ALL = 60
"""Of one case, all sides together."""
LETTERS = {Side.COMPLAINANT: "C", Side.RESPONDENT: "R", Side.PLATFORM: "P"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies sealed in the store. `sha256` is of what was handed in."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Translation:
    """Of which exhibit, how it was made (human or machine), and into which language."""

    of: str
    how: str
    language: str


def sealed_for(case_id: UUID) -> str:
    """The context of all that lies sealed of a case, a right or a notice: files, and how to reach who sent it in."""
    return f"case:{case_id}"


async def keep(
    store: FileStore, vault: Vault, case_id: UUID, uploads: list[Upload], *, field: str = "files"
) -> list[Kept]:
    """Seal files and keep them. Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming `field`."""
    if len(uploads) > AT_ONCE:
        raise Invalid(_("At most %(n)s files at once.") % {"n": AT_ONCE}, field=field)
    found = [(upload, (await open_document(upload.data, field=field)).document) for upload in uploads]
    kept = []
    for upload, document in found:
        stored = await store.put(
            vault.seal_bytes(upload.data, sealed_for(case_id)), content_type="application/octet-stream"
        )
        hashed = hashlib.sha256(upload.data).hexdigest()
        kept.append(Kept(stored.key, named(upload.filename, document), document.content_type, len(upload.data), hashed))
    return kept


async def add(
    tx: AsyncSession,
    case: Case,
    files: list[Kept],
    *,
    side: Side,
    audience: str,
    by: UUID | None,
    translation: Translation | None = None,
) -> list[CaseExhibit]:
    """Put files before the case under labels that go on counting. The case is locked. Raises TooManyExhibits."""
    query = select(CaseExhibit.side, func.count().label("number")).where(CaseExhibit.case_id == case.id)
    counts = {row.side: row.number for row in await tx.execute(query.group_by(CaseExhibit.side))}
    if sum(counts.values()) + len(files) > IN_ALL:
        raise TooManyExhibits(_("A case has at most %(n)s files.") % {"n": IN_ALL}, field="files")
    original = await by_label(tx, case.id, translation.of) if translation else None
    rows = [
        CaseExhibit(
            case_id=case.id,
            label=f"{LETTERS[side]}{counts.get(side, 0) + place}",
            side=side,
            audience=audience,
            member_id=by,
            key=file.key,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            translation_of=original.id if original else None,
            how=translation.how if translation else "",
            language=translation.language if translation else "",
        )
        for place, file in enumerate(files, start=1)
    ]
    tx.add_all(rows)
    await tx.flush()
    return rows


async def by_label(tx: AsyncSession, case_id: UUID, label: str) -> CaseExhibit:
    """Raises ExhibitNotFound."""
    query = select(CaseExhibit).where(CaseExhibit.case_id == case_id, CaseExhibit.label == label)
    row = await tx.scalar(query)
    if row is None:
        raise ExhibitNotFound(_("There is no such exhibit."))
    return row


async def opened(store: FileStore, vault: Vault, case_id: UUID, key: str) -> bytes:
    return vault.open_bytes(await store.get(key), sealed_for(case_id))
