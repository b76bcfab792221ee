"""From an agreed offer to a draft contract: the same figures, and sensible terms for all that was not negotiated."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.core.money import Money
from orders.contracts.terms import (
    EDITION,
    Arbitration,
    Claims,
    Delivery,
    DocumentKind,
    DocumentRequired,
    ForceMajeure,
    GoodsLine,
    GoverningLaw,
    Identifier,
    Inspection,
    Inspector,
    Insurance,
    Particulars,
    Party,
    PaymentMilestone,
    PlatformFee,
    Sampling,
    Signatory,
)
from orders.contracts.values import Bilingual
from orders.incoterms import INCOTERMS, Cover, Side
from orders.negotiation.offer import Offer, OfferLine
from trust.identity.queries import MemberView, OrganisationView

DEPOSIT_DAYS = 7
SHIPPING_SLACK = timedelta(days=7)
SEATS = {
    "CIETAC": Bilingual(en="Beijing", zh="北京"),
    "SCIA": Bilingual(en="Shenzhen", zh="深圳"),
    "HKIAC": Bilingual(en="Hong Kong", zh="香港"),
    "SIAC": Bilingual(en="Singapore", zh="新加坡"),
    "ICC": Bilingual(en="Paris", zh="巴黎"),
    "DIS": Bilingual(en="Frankfurt am Main", zh="法兰克福"),
}


@dataclass(frozen=True, slots=True)
class Contractor:
    """One party with the member who is to sign for it."""

    organisation: OrganisationView
    signatory: MemberView


@dataclass(frozen=True, slots=True)
class FeeTerms:
    basis_points: int


def draft(
    offer: Offer,
    *,
    number: str,
    dated: date,
    quotation: tuple[UUID, int],
    supplier: Contractor,
    buyer: Contractor,
    fee: FeeTerms,
) -> Particulars:
    """The draft's particulars. Raises ValueError when the offer cannot become a contract (Incoterms, sums).

    The rule book that applies is named by the day of drawing up: a day tells the version of each rule.
    """
    return Particulars(
        edition=EDITION,
        number=number,
        dated=dated,
        quotation_id=quotation[0],
        quotation_version=quotation[1],
        supplier=_party(supplier),
        buyer=_party(buyer),
        lines=tuple(_line(line) for line in offer.lines),
        currency=offer.currency,
        total=offer.total,
        delivery=_delivery(offer, dated),
        packing=_packing(offer),
        milestones=tuple(
            PaymentMilestone(kind=m.kind, percent=m.percent, amount=amount, conditions=m.terms)
            for m, (_kind, _percent, amount) in zip(offer.plan, offer.payments, strict=True)
        ),
        deposit_days=DEPOSIT_DAYS,
        fee=PlatformFee(basis_points=fee.basis_points, minimum=Money.zero(offer.currency)),
        inspection=Inspection(
            inspector=Inspector.BUYER, place=Bilingual(en="Place of destination", zh="目的地"), acceptance_days=7
        ),
        insurance=_insurance(offer),
        documents=(
            DocumentRequired(kind=DocumentKind.COMMERCIAL_INVOICE, originals=1, copies=2),
            DocumentRequired(kind=DocumentKind.PACKING_LIST, originals=1, copies=2),
        ),
        claims=Claims(apparent_days=30, hidden_days=180),
        force_majeure=ForceMajeure(notice_days=14, termination_days=90),
        law=GoverningLaw(country=supplier.organisation.country, cisg_excluded=False),
        arbitration=Arbitration(institution="HKIAC", seat=SEATS["HKIAC"], language="en", arbitrators=1),
        prevailing_language="en",
        rule_book=dated.isoformat(),
    )


def _delivery(offer: Offer, dated: date) -> Delivery:
    return Delivery(
        rule=offer.rule,
        place=offer.place,
        locode=offer.locode,
        country=offer.country,
        mode=offer.mode,
        earliest=dated,
        latest=dated + timedelta(days=offer.lead_days + DEPOSIT_DAYS) + SHIPPING_SLACK,
        partial_shipments=offer.partial_shipments,
        transhipment=offer.transhipment,
    )


def _party(side: Contractor) -> Party:
    company, person = side.organisation, side.signatory
    return Party(
        organisation_id=company.id,
        name=company.name_original,
        latin_name=company.name_latin,
        identifiers=(Identifier(scheme=company.registration_kind.upper(), value=company.registration_number),),
        country=company.country,
        address=company.address or "-",
        email=person.email,
        phone=company.phone or "-",
        signatory=Signatory(name=person.name, title="Authorised signatory"),
    )


def _line(line: OfferLine) -> GoodsLine:
    """A line as it was offered; what it is measured by is a sampled inspection until the parties say more."""
    said = line.specification or line.description
    return GoodsLine(
        description=Bilingual(en=line.description),
        hs_code=line.hs_code,
        origin=line.origin,
        specification=Bilingual(en=said),
        criteria=(Sampling(),),
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        total=line.total,
    )


def _packing(offer: Offer) -> Bilingual:
    text = offer.packing or "Export standard packing fit for the mode of transport"
    return Bilingual(en=text, zh=offer.packing or "适合运输方式的标准出口包装")


def _insurance(offer: Offer) -> Insurance:
    duty = INCOTERMS[offer.rule].cover
    seller_insures = duty is not Cover.NONE
    return Insurance(
        insured_by=Side.SELLER if seller_insures else Side.BUYER,
        cover=duty if seller_insures else Cover.CLAUSES_A,
    )
