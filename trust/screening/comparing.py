"""Companies compared with lists, and what was found written down. For the worker: it loads what `matching` needs."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.subject import Subject
from trust.screening import entries, rules, standing
from trust.screening.entries import Kind
from trust.screening.features import Feature
from trust.screening.matching.index import Hit, Index, Listed
from trust.screening.matching.scoring import Named, Owner, Reason, Score
from trust.screening.models import ListedEntry, ListVersion, Match, NamedParty, ScreenedParty
from trust.screening.owning import Like, owned
from trust.screening.parties import named_parties, parties
from trust.screening.rules import Bounds
from trust.screening.states import STANDING, Action, MatchMove, MatchState, Tier

Versions = dict[str, int]
"""The newest version of each list, by its key."""
LIVE = (MatchState.NOTED, MatchState.OPEN, MatchState.PROPOSED, MatchState.CLEARED, MatchState.CONFIRMED)
_NEWEST = (
    select(ListVersion.list_key, ListVersion.number, ListVersion.id)
    .ext(distinct_on(ListVersion.list_key))
    .order_by(ListVersion.list_key, ListVersion.number.desc())
)
_ENTRIES = select(ListedEntry.id, ListedEntry.list_key, ListedEntry.content).where(ListedEntry.until.is_(None))
_FOUND = (
    "organisation_id", "named_id", "role", "names", "known", "party_digest", "list_key", "list_version", "score",
    "reasons", "tier", "action",
)  # fmt: skip
_DECIDED = ("proposal", "proposed_by", "proposed_at", "reason", "decided_by", "decided_at")
_kept: dict[bool, tuple[object, Index]] = {}
"""The last index of everything, and of one version's news, that this process made: good until a new version comes."""


@dataclass(frozen=True, slots=True)
class Against:
    """What parties are compared with. `whole`: all that the lists say, so that what is not found any more is over."""

    index: Index
    versions: Versions
    bounds: Bounds
    whole: bool


async def everything(tx: AsyncSession) -> Against:
    """All that all lists say now. Reading 20,000 entries takes seconds, so that they are kept in memory."""
    newest, ids = await _newest(tx)
    return Against(await _index(tx, _ENTRIES, ids, whole=True), newest, await rules.bounds(tx), whole=True)


async def news(tx: AsyncSession, list_key: str, number: int) -> Against:
    """What a version of a list said for the first time, as far as it is said still."""
    newest, ids = await _newest(tx)
    query = _ENTRIES.where(ListedEntry.list_key == list_key, ListedEntry.since == number)
    index = await _index(tx, query, (ids, list_key, number), whole=False)
    return Against(index, newest, await rules.bounds(tx), whole=False)


async def _newest(tx: AsyncSession) -> tuple[Versions, frozenset[UUID]]:
    """With the ids of the rows: no other database has these, nor this one after it was restored."""
    rows = list(await tx.execute(_NEWEST))
    return {row.list_key: row.number for row in rows}, frozenset(row.id for row in rows)


async def _index(tx: AsyncSession, query: Select[UUID, str, dict[str, Any]], of: object, *, whole: bool) -> Index:
    if whole not in _kept or _kept[whole][0] != of:
        listed = [Listed(id_, key, entries.of(content)) for id_, key, content in await tx.execute(query)]
        _kept[whole] = (of, await asyncio.to_thread(Index, listed))
    return _kept[whole][1]


async def compare(tx: AsyncSession, vault: Vault, ids: Sequence[UUID], against: Against) -> int:
    """Compare these companies and write down what is found; how many matches are new.

    The caller sees to it that nobody compares the same companies at once.
    """
    found = await parties(tx, vault, ids)
    new = await _compare(tx, found, against, named=False)
    if against.whole:
        await _screened(tx, found)
    await tx.flush()
    return new


async def compare_named(tx: AsyncSession, ids: Sequence[UUID], against: Against) -> int:
    """As `compare`, of who else is named in deals."""
    new = await _compare(tx, await named_parties(tx, ids), against, named=True)
    if against.whole:
        await tx.execute(update(NamedParty).where(NamedParty.id.in_(ids)).values(screened_at=clock.now()))
    await tx.flush()
    return new


async def _compare(tx: AsyncSession, found: Mapping[UUID, Sequence[Named]], against: Against, *, named: bool) -> int:
    hits = await asyncio.to_thread(_hits, found, against)
    known = await _known(tx, list(found), named=named)
    new = 0
    for id_, theirs in found.items():
        current = {named.digest() for named in theirs}
        seen: set[UUID] = set()
        for hit in hits[id_]:
            new += await _write(tx, id_, hit, against, known, seen, named=named)
        for hit in await _owned_hits(tx, id_, theirs):
            current.add(hit.named.digest())
            new += await _write(tx, id_, hit, against, known, seen, named=named)
        for match in known.values():
            if _whose(match) == id_:
                _let_go(match, current, seen, whole=against.whole)
    return new


async def _write(
    tx: AsyncSession,
    whose: UUID,
    hit: Hit,
    against: Against,
    known: Mapping[tuple[UUID | None, str, UUID], Match],
    seen: set[UUID],
    *,
    named: bool,
) -> int:
    """Write down a hit, or look at it again; 1 if it is new. Adds to `seen` what is known."""
    match = known.get((whose, hit.named.digest(), hit.listed.id))
    if match is None:
        tx.add(await _match(tx, whose, hit, against, named=named))
        return 1
    seen.add(match.id)
    await _look_again(tx, match, hit, against)
    return 0


async def _owned_hits(tx: AsyncSession, company: UUID, theirs: Sequence[Named]) -> list[Hit]:
    """What listed owners hold together, as far as it is enough to count the company with them.

    Owners count while a match of theirs stands, from whichever version: not once two people said it is somebody else.
    """
    owners = {named.digest(): named for named in theirs if isinstance(named, Owner)}
    if not owners:
        return []
    await tx.flush()
    query = select(Match).where(Match.organisation_id == company, Match.party_digest.in_(owners))
    rows = list(await tx.scalars(query.where(Match.state.in_(STANDING)).order_by(Match.id)))
    telling = [row for row in rows if row.tier != Tier.LOG or row.state == MatchState.CONFIRMED]
    likes = [Like(owners[row.party_digest], row.list_key, row.entry_id, row.score) for row in telling]
    hits = []
    for found in owned(likes):
        listed = await tx.get_one(ListedEntry, found.by.entry)
        entry = entries.of(listed.content)
        named = Named("owned", theirs[0].texts, Kind.COMPANY, theirs[0].countries, (), (found.said,))
        reason = Reason(Feature.OWNED, found.score, found.said, entry.name)
        hits.append(Hit(Listed(listed.id, listed.list_key, entry), named, Score(found.score, (reason,))))
    return hits


def _whose(match: Match) -> UUID | None:
    """The company, or the named party."""
    return match.organisation_id or match.named_id


def _hits(found: Mapping[UUID, Sequence[Named]], against: Against) -> dict[UUID, list[Hit]]:
    least = against.bounds.log
    return {id_: [hit for named in theirs for hit in against.index.hits(named, least)] for id_, theirs in found.items()}


async def _known(tx: AsyncSession, ids: Sequence[UUID], *, named: bool) -> dict[tuple[UUID | None, str, UUID], Match]:
    """Locks them: somebody may be deciding one."""
    whose = Match.named_id if named else Match.organisation_id
    query = select(Match).where(whose.in_(ids), Match.state.in_(LIVE)).order_by(Match.id)
    rows = await tx.scalars(query.with_for_update())
    return {(_whose(row), row.party_digest, row.entry_id): row for row in rows}


async def _match(tx: AsyncSession, whose: UUID, hit: Hit, against: Against, *, named: bool) -> Match:
    tier = against.bounds.tier(hit.score.value, secondary=hit.score.secondary)
    action = await standing.action_of(tx, hit.listed.list_key, whose, named=named)
    quiet = tier is Tier.LOG or action is Action.IGNORE
    return Match(
        organisation_id=None if named else whose,
        named_id=whose if named else None,
        role=hit.named.role,
        names=list(hit.named.texts),
        known={"countries": list(hit.named.countries), "identifiers": list(hit.named.identifiers)},
        party_digest=hit.named.digest(),
        entry_id=hit.listed.id,
        list_key=hit.listed.list_key,
        list_version=against.versions[hit.listed.list_key],
        score=hit.score.value,
        reasons=_reasons(hit),
        tier=tier,
        action=action,
        state=MatchState.NOTED if quiet else MatchState.OPEN,
    )


def _reasons(hit: Hit) -> list[dict[str, str]]:
    return [{k: str(v) for k, v in asdict(reason).items()} for reason in hit.score.reasons]


async def _look_again(tx: AsyncSession, match: Match, hit: Hit, against: Against) -> None:
    """The same two records: what people decided holds. Other thresholds or a policy may ask for a person now."""
    tier = against.bounds.tier(hit.score.value, secondary=hit.score.secondary)
    named = match.named_id is not None
    whose = match.named_id or match.organisation_id
    assert whose is not None  # noqa: S101  one of them, by the table's own check
    action = await standing.action_of(tx, match.list_key, whose, named=named)
    if match.state in {MatchState.NOTED, MatchState.OPEN}:
        match.score, match.reasons, match.tier, match.action = hit.score.value, _reasons(hit), tier, action
        match.list_version = against.versions[match.list_key]
    if match.state == MatchState.NOTED and tier is not Tier.LOG and action is not Action.IGNORE:
        match.move(MatchMove.RAISE, by=None, note="thresholds or policy changed")


def _let_go(match: Match, current: set[str], seen: set[UUID], *, whole: bool) -> None:
    """What holds no more is over. Another name frees nobody: what a person was to look at, a person looks at."""
    if match.id in seen:
        return
    if match.role == "owned" and match.state != MatchState.CONFIRMED:  # it follows from the owners' own matches
        match.move(MatchMove.LAPSE, by=None, note="listed owners hold less")
        return
    other_party = match.party_digest not in current
    if (other_party and match.state in {MatchState.NOTED, MatchState.CLEARED}) or (
        whole and match.state == MatchState.NOTED
    ):
        match.move(MatchMove.LAPSE, by=None, note="the party changed" if other_party else "no longer alike")


async def _screened(tx: AsyncSession, found: Mapping[UUID, Sequence[Named]]) -> None:
    rows = [
        {
            "organisation_id": id_,
            "digest": hashlib.sha256("".join(named.digest() for named in theirs).encode()).hexdigest(),
            "screened_at": clock.now(),
        }
        for id_, theirs in found.items()
    ]
    if rows:
        put = insert(ScreenedParty)
        news = {"digest": put.excluded.digest, "screened_at": put.excluded.screened_at}
        await tx.execute(put.on_conflict_do_update(index_elements=["organisation_id"], set_=news), rows)


async def end_unlisted(tx: AsyncSession, list_key: str, number: int) -> None:
    """Matches with entries that this version of their list does not have (so) any more. Called when everybody was
    compared with what took their place.

    What a later version says of them, its own run has compared nobody with yet: then it is left to that one.
    """
    newer = aliased(ListedEntry)
    instead = and_(
        newer.list_key == ListedEntry.list_key, newer.reference == ListedEntry.reference, newer.until.is_(None)
    )
    query = (
        select(Match, newer)
        .join(ListedEntry, ListedEntry.id == Match.entry_id)
        .outerjoin(newer, instead)
        .where(Match.state.in_(LIVE), ListedEntry.list_key == list_key, ListedEntry.until <= number)
        .where(func.coalesce(newer.since, 0) <= number)
        .order_by(Match.id)
    )
    for match, entry in (await tx.execute(query.with_for_update(of=Match))).all():
        if entry is not None and match.state == MatchState.CONFIRMED:
            await _carry_over(tx, match, entry)
        match.move(MatchMove.LAPSE, by=None, note="the list changed")
    await tx.flush()


async def _carry_over(tx: AsyncSession, match: Match, entry: ListedEntry) -> None:
    """Who was confirmed to be the listed one is so still, in whatever other words the list names them now; unless two
    people have cleared the new entry meanwhile.
    """
    whose = Match.named_id if match.named_id else Match.organisation_id
    same = (whose == _whose(match), Match.party_digest == match.party_digest)
    found = await tx.scalar(select(Match).where(*same, Match.entry_id == entry.id, Match.state.in_(LIVE)))
    if found is None:
        found = Match(**{name: getattr(match, name) for name in _FOUND}, entry_id=entry.id, state=MatchState.NOTED)
        found.list_version = entry.since
        tx.add(found)
        await tx.flush()
    if not found.can(MatchMove.CARRY_OVER):
        return
    for name in _DECIDED:
        setattr(found, name, getattr(match, name))
    found.move(MatchMove.CARRY_OVER, by=None, note=f"confirmed as {match.id}")
    party = {"named": found.named_id} if found.named_id else {"organisation": found.organisation_id}
    said = party | {"entry": entry.id, "score": found.score, "from": match.id}
    await tx.flush()
    await evidence.record(tx, Subject("screening_match", found.id), "match.carried_over", said, actor=None)
