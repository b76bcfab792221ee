"""The kinds of items in the moderation queue, and what the desk shows of each."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_, _
from app.core.ids import reference
from app.core.subject import Subject
from app.pages import alike
from listings import categories
from listings import queries as listings
from listings.form import counted
from listings.pictures import queries as listed
from listings.pictures import showing
from orders.deals import mutual
from orders.negotiation import queries as negotiation
from payments.microdeposits import queries as microdeposits
from payments.payouts import queries as payouts
from trust.access import SCOPE_LABELS
from trust.authorities import queries as authorities
from trust.cases import queries as cases
from trust.cases.states import KINDS as CASES
from trust.credit import linking
from trust.credit import queries as credit
from trust.credit.states import LINK_LABELS
from trust.goods import checking
from trust.goods.states import KINDS as GOODS
from trust.identity import queries as identity
from trust.identity.words import country_name
from trust.incidents import queries as incidents
from trust.incidents.states import NATURES
from trust.privacy import looks
from trust.privacy import queries as privacy
from trust.privacy.states import NAMES as PRIVACY
from trust.restrictions import queries as restrictions
from trust.restrictions.ladder import ENFORCED
from trust.restrictions.ladder import KINDS as RUNGS
from trust.restrictions.points import BREACHES
from trust.reviews.errors import ReviewNotFound
from trust.reviews.queries import Item
from trust.rights import queries as rights
from trust.risk import parties
from trust.risk import queries as risk
from trust.risk.engine import Notice
from trust.risk.rules.catalogue import RULES
from trust.risk.service import REVIEW_PREFIX
from trust.risk.words import ACTIONS, FOUND, MODES
from trust.verification import queries as verification
from trust.verification.desk_web import newest_entry
from trust.verification.facts import DOCUMENTS, FACTS, FORMS, METHODS, said
from trust.verification.register import compared, represented

KINDS = {
    "verification": N_("Verification"),
    "product": N_("Product"),
    "appeal": N_("Appeal"),
    "rung": N_("Points reached a threshold"),
    "case": N_("Complaint or dispute"),
    "risk": N_("Risk"),
    "link": N_("Linked companies"),
    "credit": N_("Credit file"),
    "notice": N_("Notice of a right"),
    "goods": N_("Controlled goods"),
    "privacy": N_("Request about personal data"),
    "bank_name": N_("Holder of a bank account"),
    "incident": N_("Incident"),
    "authority": N_("Request of an authority"),
}
BULK = ("product",)
"""Kinds that may be refused many at once. What takes a judgement of its own may not."""
OWN_DECISION = frozenset({"appeal", "rung", "link", "credit"})
"""Kinds whose panel has a form of its own to decide them."""
OWN_PAGE = frozenset({"case", "notice", "privacy", "incident", "authority"})
"""Kinds that are claimed and decided on pages of their own, with more to be said there."""


async def _looked(request: Request, what: str, item: Item, **whose: Any) -> None:
    """A reviewer sees what is a person's: that is written down before it is shown."""
    about, reader = reference("RV", item.id), request.state.member
    await looks.note_now(request.app.state.db, what, about, f"review: {item.kind}", by=reader, **whose)


async def _verification_panel(request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    asked = await verification.request(tx, item.subject.id)
    company = await identity.organisation(tx, item.organisation_id)
    member = await identity.member_view(tx, asked.submitted_by)
    await _looked(request, looks.MEMBER, item, member_id=member.id)
    noted = await newest_entry(tx, request, company.id)
    return {
        "panel": "moderation/_verification.html",
        "request": asked,
        "company": company,
        "submitter": member,
        "fact_names": FACTS,
        "document_names": DOCUMENTS,
        "forms": FORMS,
        "methods": METHODS,
        "said": said,
        "open_facts": [fact for fact in asked.claimed if fact not in asked.accepted],
        "renewed": await verification.request(tx, asked.renews) if asked.renews else None,
        "noted": noted,
        "differences": compared(asked.claims, "", noted.entry) if noted else [],
        "representative": represented(asked.claims, asked.representative_mark, noted) if noted else None,
        "earlier": await verification.requests(tx, company.id),
    }


async def _product_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    listing = await listings.revision(tx, item.subject.id)
    content = listing.content
    return {
        "panel": "moderation/_product.html",
        "listing": listing,
        "shown": await showing.shown(tx, content),
        "found_words": FOUND,
        "category": categories.category(content.category).name,
        "moq": counted(content.moq, content.unit),
    }


async def _appeal_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    appeal = await restrictions.appeal(tx, appeal_id=item.subject.id)
    if appeal is None:
        raise ReviewNotFound
    return {
        "panel": "moderation/_appeal.html",
        "appeal": appeal,
        "r": await restrictions.restriction(tx, appeal.restriction_id),
        "said": await restrictions.statements(tx, appeal.restriction_id),
        "enforced": ENFORCED,
        "rungs": RUNGS,
        "scope_labels": SCOPE_LABELS,
    }


async def _rung_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    company = await identity.organisation(tx, item.organisation_id)
    return {
        "panel": "moderation/_rung.html",
        "company": company,
        "point": await restrictions.point(tx, item.subject.id),
        "points": await restrictions.points(tx, company.id, limit=20),
        "points_now": await restrictions.points_now(tx, company.id),
        "breaches": BREACHES,
        "rungs": RUNGS,
    }


async def _case_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    return {
        "panel": "moderation/_case.html",
        "case": await cases.for_reading(tx, item.subject.id),
        "kinds_of_case": CASES,
    }


async def _notice_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    return {"panel": "moderation/_notice.html", "notice": await rights.for_desk(tx, item.subject.id)}


async def _risk_panel(request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    """What rules found of the thing, what was written under the mask, and the company's history."""
    about = Subject(item.subject.type.removeprefix(REVIEW_PREFIX), item.subject.id)
    found = await risk.hits_of_subject(tx, about)
    known = {hit.id for hit in found}
    original = await negotiation.originals(tx, about.id) if about.type == "inquiry" else []
    if original:
        await _looked(request, looks.MESSAGES, item, organisation_id=item.organisation_id)
    return {
        "panel": "moderation/_risk.html",
        "found": found,
        "proposed": any(hit.notice is Notice.RESTRICT and hit.harm is None for hit in found),
        "company": await identity.organisation(tx, item.organisation_id),
        "original": original,
        "beside": await alike.beside(tx, found),
        "shown": await _pictures(tx, about) if about.type == "product" else [],
        "found_words": FOUND,
        "company_hits": [hit for hit in await risk.hits_of_company(tx, item.organisation_id) if hit.id not in known],
        "rule_labels": {code: _(rule.label) for code, rule in RULES.items()},
        "action_words": ACTIONS,
        "mode_words": MODES,
        **await _kin(tx, item.organisation_id),
    }


async def _pictures(tx: AsyncSession, product: Subject) -> list[showing.Marked]:
    """Pictures of the version that was sent in last, with what gives contacts away."""
    content = await listed.sent_in(tx, product.id)
    return (await showing.shown(tx, content)).marked if content else []


async def _kin(tx: AsyncSession, company: UUID) -> dict[str, Any]:
    """Who may be one hand's with a company, why, and what they sold each other."""
    graph = await parties.graph(tx, company)
    return {
        "graph": graph,
        "trait_kinds": parties.KINDS,
        "link_labels": LINK_LABELS,
        "mutual": await mutual.between(tx, {party.id for party in graph.parties}) if graph.parties else [],
        "company_id": company,
    }


async def _link_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    link = await credit.link(tx, item.subject.id)
    return {
        "panel": "moderation/_link.html",
        "link": link,
        "companies": await identity.organisations(tx, [link.a_id, link.b_id]),
        "labels": LINK_LABELS,
        "reasons": linking.REASONS,
        **await _kin(tx, link.a_id),
    }


async def _credit_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    appeal = await credit.appeal(tx, item.subject.id)
    entry, _owner = await credit.entry(tx, appeal.entry_id)
    return {"panel": "moderation/_credit.html", "appeal": appeal, "appealed": entry}


async def _goods_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    """The goods in the words in which an entry met them."""
    found = await checking.finding(tx, item.subject.id)
    if found is None:
        raise ReviewNotFound
    return {"panel": "moderation/_goods.html", "f": found, "label": checking.label, "goods_kinds": GOODS}


async def _privacy_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    """What is asked and until when; who asks is for those who answer it."""
    asked = await privacy.for_queue(tx, item.subject.id)
    return {"panel": "moderation/_privacy.html", "asked_of_us": asked, "privacy_kinds": PRIVACY}


async def _bank_name_panel(request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    """The bank's name beside the registered ones; the amount is nobody's here."""
    deposit = await microdeposits.deposit(tx, item.subject.id)
    account = await payouts.any_bank_account(tx, deposit.bank_account_id)
    company = await identity.organisation(tx, item.organisation_id)
    await _looked(request, looks.BANK_ACCOUNT, item, organisation_id=item.organisation_id)
    return {
        "panel": "moderation/_bank_name.html",
        "bank_name": deposit.bank_name,
        "registered": " / ".join(dict.fromkeys(n for n in (company.name_original, company.name_latin) if n)),
        "likeness": f"{deposit.likeness or 0} %",
        "account": account,
        "bank_country": country_name(account.country),
    }


async def _incident_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    found = await incidents.for_queue(tx, item.subject.id)
    return {"panel": "moderation/_incident.html", "incident": found, "incident_natures": NATURES}


async def _authority_panel(_request: Request, tx: AsyncSession, item: Item) -> dict[str, Any]:
    return {"panel": "moderation/_authority.html", "authority": await authorities.for_queue(tx, item.subject.id)}


PANELS: dict[str, Callable[[Request, AsyncSession, Item], Awaitable[dict[str, Any]]]] = {
    "verification": _verification_panel,
    "product": _product_panel,
    "appeal": _appeal_panel,
    "rung": _rung_panel,
    "case": _case_panel,
    "risk": _risk_panel,
    "link": _link_panel,
    "credit": _credit_panel,
    "notice": _notice_panel,
    "goods": _goods_panel,
    "privacy": _privacy_panel,
    "bank_name": _bank_name_panel,
    "incident": _incident_panel,
    "authority": _authority_panel,
}
