"""A contract as the template wants it: every figure and date written out, nothing left to work out.

The template only sets type; what is printed is decided here, from the terms alone.
"""

from datetime import date
from io import BytesIO
from string import Template
from typing import Any

import segno
from babel import Locale

from orders import units
from orders.contracts import writing
from orders.contracts.clauses import LANGUAGES, milestone_due, moves, vocabulary, word
from orders.contracts.extras import Addressee
from orders.contracts.terms import Certificate, ContractTerms, Criterion, GoodsLine, Measurement, Party, Sampling
from orders.contracts.values import Bilingual, Language
from orders.contracts.words import chinese, english
from orders.milestones import Approver, Conditions, Evidence


def sheet(terms: ContractTerms, digest: str, *, verify_url: str = "") -> dict[str, Any]:
    """The data of `contract-<edition>.typ`; `digest` is that of the canonical terms.

    verify_url  where anybody may check the file, printed with a code to scan; empty for none
    """
    return {
        "verify": {"url": verify_url, "code": _code(verify_url)} if verify_url else None,
        "number": terms.number,
        "digest": digest,
        "date": {"year": terms.dated.year, "month": terms.dated.month, "day": terms.dated.day},
        "dated": {language: writing.day(terms.dated, language) for language in LANGUAGES},
        "amends": _amends(terms),
        "supplier": _party(terms.supplier),
        "buyer": _party(terms.buyer),
        "currency": terms.currency,
        "lines": [_line(line, terms.edition) for line in terms.lines],
        "total": writing.figure(terms.total),
        "words": {"en": english(terms.total), "zh": chinese(terms.total)},
        "delivery": _delivery(terms),
        "consignee": _addressee(terms.consignee),
        "notify": _addressee(terms.notify),
        "packing": _both(terms.packing),
        "milestones": _milestones(terms),
        "moves": _moves(terms.edition),
        "documents": _documents(terms),
        "articles": [{"key": a.key, "title": _both(a.title), "body": _both(a.body)} for a in terms.articles],
        "annexes": _annexes(terms),
        "ending": _ending(terms),
    }


def _code(url: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG."""
    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, dark="#17233a", xmldecl=False)
    return drawn.getvalue().decode()


def _amends(terms: ContractTerms) -> dict[str, str]:
    """Which contract this one takes the place of, if any."""
    if terms.amends is None:
        return {"en": "", "zh": ""}
    facts = {"number": terms.amends.number, "digest": terms.amends.terms_hash}
    texts = {language: vocabulary("amends", language, edition=terms.edition) for language in LANGUAGES}
    return {language: Template(text).substitute(facts) for language, text in texts.items()}


def _both(text: Bilingual) -> dict[str, str]:
    """Both languages, or only the one the text was written in, the other empty."""
    return {"en": text.en, "zh": text.zh}


def _words(kind: str, key: str, edition: str) -> dict[str, str]:
    return {language: word(kind, key, language, edition=edition) for language in LANGUAGES}


def _country(code: str) -> dict[str, str]:
    return {language: Locale(language).territories[code] for language in LANGUAGES}


def _party(party: Party) -> dict[str, Any]:
    return {
        "name": party.name,
        "latin_name": party.latin_name if party.latin_name != party.name else "",
        "identifiers": [{"scheme": i.scheme, "value": i.value} for i in party.identifiers],
        "address": party.address,
        "country": _country(party.country),
        "email": party.email,
        "phone": party.phone,
        "signatory": {"name": party.signatory.name, "title": party.signatory.title},
    }


def _addressee(said: Addressee | None) -> dict[str, Any] | None:
    """None where it is the buyer."""
    return {"name": said.name, "address": said.address, "country": _country(said.country)} if said else None


def _line(line: GoodsLine, edition: str) -> dict[str, Any]:
    unit = units.unit(line.unit)
    under, over = (writing.number(share) for share in (line.tolerance.under, line.tolerance.over))
    return {
        "description": _both(line.description),
        "specification": _both(line.specification),
        "hs": f"{line.hs_code} ({line.hs_version})",
        "origin": _country(line.origin),
        "quantity": writing.number(line.quantity),
        "unit": {"en": unit.en if line.quantity == 1 else unit.plural, "zh": unit.zh},
        "tolerance": f"+{over}% / −{under}%" if line.tolerance.under or line.tolerance.over else "",
        "price": writing.price(line.unit_price),
        "total": writing.figure(line.total),
        "criteria": [
            {language: criterion_words(c, language, edition) for language in LANGUAGES} for c in line.criteria
        ],
    }


def criterion_words(criterion: Criterion, language: Language, edition: str) -> str:
    """A criterion as contracts print it."""
    match criterion:
        case Measurement(property=name, method=method):
            facts = {"property": name.said(language), "range": _range(criterion), "method": method}
        case Sampling(standard=standard, level=level):
            limits = "/".join(writing.number(x) for x in (criterion.critical, criterion.major, criterion.minor))
            facts = {"standard": standard, "level": level, "limits": limits}
        case Certificate(document=document, issuer=issuer):
            facts = {"document": document.said(language), "issuer": issuer}
    return Template(word("criterion", criterion.kind, language, edition=edition)).substitute(facts)


def _range(m: Measurement) -> str:
    """`≥ 5 mm`, `≤ 5 mm` or `4 – 5 mm`."""
    bounds = [writing.number(bound) for bound in (m.minimum, m.maximum) if bound is not None]
    sign = "≤ " if m.minimum is None else "≥ " if m.maximum is None else ""
    return f"{sign}{' – '.join(bounds)} {m.unit}".rstrip()


def _delivery(terms: ContractTerms) -> dict[str, Any]:
    d = terms.delivery
    window = {lang: (writing.day(d.earliest, lang), writing.day(d.latest, lang)) for lang in LANGUAGES}
    return {
        "term": f"{d.rule.value} {d.place}" + (f" ({code})" if (code := d.locode or d.country) else ""),
        "mode": _words("mode", d.mode.value, terms.edition),
        "window": {"en": " to ".join(window["en"]), "zh": "至".join(window["zh"])},
        "partial": _words("allowed", str(d.partial_shipments).lower(), terms.edition),
        "transhipment": _words("allowed", str(d.transhipment).lower(), terms.edition),
    }


def _milestones(terms: ContractTerms) -> list[dict[str, Any]]:
    return [
        {
            "name": _words("milestone", m.kind.value, terms.edition),
            "percent": f"{writing.number(m.percent)}%",
            "amount": writing.figure(m.amount),
        }
        | (_deal(terms, m.kind.value) if m.conditions is None else _conditions(terms, m.conditions))
        for m in terms.milestones
    ]


def _deal(terms: ContractTerms, kind: str) -> dict[str, Any]:
    """Edition 2026-11: when it is paid was all that was said."""
    return {"due": {language: milestone_due(terms, kind, language) for language in LANGUAGES}}


def _conditions(terms: ContractTerms, c: Conditions) -> dict[str, Any]:
    accepting = c.evidence is Evidence.ACCEPTANCE
    answer = "acceptance" if accepting else "document" if c.approver is Approver.DOCUMENT else c.silence.value
    days = terms.inspection.acceptance_days if accepting else c.answer_days
    return {
        "due": _filled(terms, "due", c.due.value, days=c.due_days),
        "evidence": _words("evidence", c.evidence.value, terms.edition),
        "deadline": _filled(terms, "since", c.since.value, days=c.days, on=c.on) if c.since else {"en": "", "zh": ""},
        "answer": _filled(terms, "answer", answer, days=days),
        "kept": _filled(terms, "refundable", "some" if c.refundable else "none", share=c.refundable),
    }


def _annexes(terms: ContractTerms) -> list[dict[str, str]]:
    return [
        {"name": annex.name, "digest": annex.sha256, "pages": str(annex.pages), "size": f"{annex.size:,}"}
        for annex in terms.annexes or ()
    ]


def _ending(terms: ContractTerms) -> list[dict[str, Any]]:
    """What becomes of each payment when the contract ends by agreement."""
    return [
        {
            "name": _words("milestone", m.kind.value, terms.edition),
            "amount": writing.figure(m.amount),
            "to_supplier": writing.figure(division.to_supplier),
            "to_buyer": writing.figure(division.to_buyer),
        }
        for m, division in zip(terms.milestones, terms.ending.divisions if terms.ending else (), strict=False)
    ]


def _filled(terms: ContractTerms, kind: str, key: str, **facts: int | date | None) -> dict[str, str]:
    """One term of the vocabulary with its figures, in both languages."""
    return {
        language: Template(word(kind, key, language, edition=terms.edition)).substitute(
            {name: writing.day(f, language) if isinstance(f, date) else f for name, f in facts.items()}
        )
        for language in LANGUAGES
    }


def _moves(edition: str) -> list[dict[str, Any]]:
    """Every move an instalment can make, with the states it can be made from."""
    return [
        {
            "before": [_words("state", before, edition) for before in move.before],
            "name": _both(move.name),
            "after": _words("state", move.after, edition),
        }
        for move in moves(edition)
    ]


def _documents(terms: ContractTerms) -> list[dict[str, Any]]:
    return [
        {
            "name": _words("document", d.kind.value, terms.edition),
            "originals": str(d.originals),
            "copies": str(d.copies),
        }
        for d in terms.documents
    ]
