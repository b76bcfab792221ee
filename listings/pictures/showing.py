"""What the pictures of a listing give away: judged once they are read, told to the supplier, shown with its place."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from listings import queries, rows
from listings.content import Content, Picture
from listings.states import RevisionState
from trust.access import Permission
from trust.identity import service as people
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.known import PictureFacts
from trust.risk.pictures import queries as pictures
from trust.risk.pictures.finding import Seen
from trust.risk.words import FOUND


@dataclass(frozen=True, slots=True)
class Marked:
    """The `number`th picture of a listing with what was found in it, and its kinds in words, each once."""

    number: int
    picture: Picture
    seen: list[Seen]

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(FOUND[one.kind] for one in self.seen))


@dataclass(frozen=True, slots=True)
class Shown:
    """`marked` of a listing's pictures, and how many of them are still to be read or could not be."""

    marked: list[Marked]
    waiting: int = 0
    unreadable: int = 0


async def shown(tx: AsyncSession, content: Content) -> Shown:
    """What counts by the parameters in force. Two queries, or none for a listing without pictures."""
    keys = [picture.key for picture in content.pictures]
    if not keys:
        return Shown([])
    readings = await pictures.readings(tx, keys)
    counted = await pictures.counted(tx, keys)
    return Shown(
        marked=[
            Marked(number, picture, counted[picture.key])
            for number, picture in enumerate(content.pictures, start=1)
            if picture.key in counted
        ],
        waiting=sum(one.waiting for one in readings.values()),
        unreadable=sum(one.unreadable for one in readings.values()),
    )


async def judge(tx: AsyncSession, revision_id: UUID) -> None:
    """Ask the rules of what was read, of a version that waits for review or is live; its supplier is told."""
    listing = await queries.revision(tx, revision_id)
    if listing.revision_state not in {RevisionState.SUBMITTED, RevisionState.LIVE}:
        return
    content = listing.content
    readings = await pictures.readings(tx, [picture.key for picture in content.pictures])
    title = content.title.en or content.title.zh
    found = await risk.assess(
        tx,
        Point.PICTURE,
        Subject("product", listing.id),
        PictureFacts({key: reading.seen for key, reading in readings.items()}),
        organisation_id=listing.organisation_id,
        title=title,
        by=None,
    )
    if found.action < Action.REVIEW:
        return
    marked = (await shown(tx, content)).marked
    facts = {
        "title": title,
        "numbers": ", ".join(str(one.number) for one in marked),
        "path": f"/products/{listing.id}?revision={listing.revision}",
    }
    await people.notify(tx, listing.organisation_id, Permission.LIST_PRODUCTS, "picture_shows_contact", facts)


async def gives_away(tx: AsyncSession, product_id: UUID) -> bool:
    """Whether a picture of the live version does."""
    live = await rows.revision_in_state(tx, product_id, RevisionState.LIVE)
    return live is not None and bool(await pictures.counted(tx, [picture.key for picture in live.content.pictures]))
