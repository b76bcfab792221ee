"""The decision over a request as a letter: each fact with its outcome and reason, in English and Chinese, PDF/A-2b."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.i18n import N_, _, format_date, speaking
from app.core.typesetting import legible, typeset
from trust.identity.queries import OrganisationView
from trust.verification.errors import RequestNotFound
from trust.verification.facts import DOCUMENTS, FACTS, GOOD_FOR, METHODS, DocumentKind, Fact
from trust.verification.queries import RequestView
from trust.verification.states import LABELS, RequestState

TEMPLATE = Path(__file__).parent / "letter.typ"
Pair = dict[str, str]
OPENING = {
    RequestState.ACCEPTED: N_("We have confirmed the facts below about your company."),
    RequestState.MORE: N_("We have read what you sent. To confirm your company we need what is named below."),
    RequestState.REJECTED: N_("We have read what you sent, and could not confirm your company for the reasons below."),
}
APPEAL = N_("If you see it otherwise, answer with your reasons and documents on the page Verification.")


def both(word: Callable[[], str]) -> Pair:
    """What `word` says in English and in Chinese."""
    found = {}
    for key, locale in (("en", "en"), ("zh", "zh-Hans")):
        with speaking(locale):
            found[key] = word()
    return found


def outcome(request: RequestView) -> RequestState | None:
    """What was decided last. What is under review again was asked for more before, and answered."""
    if request.decided_at is None or request.forgotten_at is not None:
        return None
    found = RequestState.MORE if request.state is RequestState.SUBMITTED else request.state
    return found if found in OPENING else None


async def decision(request: RequestView, company: OrganisationView, *, font_dir: Path) -> bytes:
    """The letter over the last decision. Raises RequestNotFound while there is none, or nothing of it is kept."""
    state, at = outcome(request), request.decided_at
    if state is None or at is None:
        raise RequestNotFound
    data = legible(_data(request, state, company, at), font_dir=font_dir)
    return await typeset(TEMPLATE, data, font_dir=font_dir, timestamp=int(at.timestamp()))


def _data(request: RequestView, state: RequestState, company: OrganisationView, at: datetime) -> dict[str, Any]:
    names = dict.fromkeys((company.name_original, company.name_latin))
    return {
        "title": both(lambda: _("Decision on a verification")),
        "state": both(lambda: _(LABELS[state])),
        "company": list(names),
        "address": company.address,
        "number": str(request.id),
        "day": both(lambda: format_date(at)),
        "opening": both(lambda: _(OPENING[state])),
        "reason": request.reason,
        "heads": [both(lambda: _("Fact")), both(lambda: _("Outcome")), both(lambda: _("How, or why not"))],
        "rows": [*(_row(request, fact) for fact in request.claimed), *_documents(request)],
        "foot": both(lambda: _(APPEAL)),
    }


def _row(request: RequestView, fact: Fact) -> dict[str, Pair]:
    why = request.verdicts.get(fact, "")
    how = request.accepted.get(fact)
    if how is not None:
        until = datetime.fromisoformat(how["at"]) + GOOD_FOR

        def until_when() -> str:
            return _("Accepted; once confirmed valid until %(day)s") % {"day": format_date(until)}

        return {
            "fact": both(lambda: _(FACTS[fact])),
            "outcome": both(until_when),
            "why": both(lambda: _(METHODS[how["method"]])),
        }
    return {
        "fact": both(lambda: _(FACTS[fact])),
        "outcome": both(lambda: _("Not accepted")),
        "why": {"en": why, "zh": why},
    }


def _documents(request: RequestView) -> list[dict[str, Pair]]:
    return [_document(kind, why) for kind, why in request.asked_documents.items()]


def _document(kind: DocumentKind, why: str) -> dict[str, Pair]:
    return {
        "fact": both(lambda: _(DOCUMENTS[kind])),
        "outcome": both(lambda: _("Please send it")),
        "why": {"en": why, "zh": why},
    }
