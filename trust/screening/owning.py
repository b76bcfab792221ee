"""Companies that listed owners hold: what they hold is added up, as the lists' own law says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trust.screening.matching.scoring import Owner

HALF = 5_000
WHOLE = 10_000
"""Basis points."""


@dataclass(frozen=True, slots=True)
class Law:
    """When property of listed owners makes a company listed too.

    from_half   at a half already, or only above it
    by_control  also where one controls it otherwise, whatever they hold
    """

    from_half: bool
    by_control: bool


LAWS = {"ofac": Law(from_half=True, by_control=False)}
"""By how a list's short name begins. OFAC: 50 percent or more, directly or indirectly, in the aggregate; control alone
does not block (Revised Guidance of 13 August 2014)."""
OTHERS = Law(from_half=False, by_control=True)
"""European Union: more than 50 percent, or control (Council Best Practices 11623/24, 62-67); United Kingdom: the same
(regulation 7 of its sanctions regulations). Taken for every other list, until counsel says otherwise: what follows is a
policy, and people decide."""


@dataclass(frozen=True, slots=True)
class Like:
    """An owner of whom a match stands: with which list's entry, and how sure that is."""

    owner: Owner
    list_key: str
    entry: UUID
    score: Decimal


@dataclass(frozen=True, slots=True)
class Owned:
    """What the owners on the lists of one authority hold together. `by` is who holds most; `score` the least sure."""

    by: Like
    said: str
    score: Decimal


def owned(found: Sequence[Like]) -> list[Owned]:
    """One for each authority whose law is met."""
    authorities: dict[str, dict[tuple[str, ...], Like]] = {}
    for one in found:
        theirs = authorities.setdefault(_authority(one.list_key), {})
        known = theirs.get(one.owner.texts)
        if known is None or known.score < one.score:
            theirs[one.owner.texts] = one
    return [_counted(name, likes) for name, likes in sorted(authorities.items()) if _met(_law(name), likes)]


def _authority(list_key: str) -> str:
    return next((name for name in LAWS if list_key.startswith(name)), list_key)


def _law(authority: str) -> Law:
    return LAWS.get(authority, OTHERS)


def _met(law: Law, likes: Mapping[tuple[str, ...], Like]) -> bool:
    share = sum(like.owner.share for like in likes.values())
    if law.by_control and any(like.owner.controls for like in likes.values()):
        return True
    return share >= HALF if law.from_half else share > HALF


def _counted(authority: str, likes: Mapping[tuple[str, ...], Like]) -> Owned:
    held = sorted(likes.values(), key=lambda like: (-like.owner.share, like.owner.texts))
    whole = min(sum(like.owner.share for like in held), WHOLE)
    parts = " + ".join(f"{like.owner.texts[0]} {_percent(like.owner.share)}" for like in held)
    controls = [like.owner.texts[0] for like in held if like.owner.controls and _law(authority).by_control]
    said = f"{parts} = {_percent(whole)}" + "".join(f"; {name} controls" for name in controls)
    return Owned(held[0], said, min(like.score for like in held))


def _percent(basis_points: int) -> str:
    return f"{Decimal(basis_points) / 100:f}".removesuffix(".00") + " %"
