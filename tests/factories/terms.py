"""A contract between a lamp maker in Shenzhen and a dealer in Hamburg, every figure of it derived from its lines."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.money import Money, UnitPrice
from orders import milestones, pricing
from orders.contracts import terms as t
from orders.contracts.values import Bilingual
from orders.incoterms import Cover, Mode, Rule, Side
from orders.milestones import Milestone, MilestoneKind


def party(number: int, name: str, latin_name: str, country: str) -> t.Party:
    return t.Party(
        organisation_id=UUID(int=number),
        name=name,
        latin_name=latin_name,
        identifiers=(t.Identifier(scheme="USCC", value="91440300MA5EXAMP1L"),),
        country=country,
        address="No. 88 Keyuan Road, Nanshan District",
        email="contracts@company.example",
        phone="+86 755 8600 1234",
        signatory=t.Signatory(name="Jürgen Weiß", title="General Manager"),
    )


def line(quantity: str = "5000", price: str = "12.345", currency: str = "USD", **changes: Any) -> t.GoodsLine:
    unit_price = UnitPrice.of(price, currency)
    given: dict[str, Any] = {
        "description": Bilingual(en="LED panel light 600×600 mm", zh="LED 面板灯 600×600 毫米"),
        "hs_code": "94054210",
        "origin": "CN",
        "specification": Bilingual(en="Back-lit, aluminium frame.", zh="直下式，铝框。"),
        "criteria": (
            t.Measurement(
                property=Bilingual(en="Luminous efficacy", zh="光效"),
                minimum=Decimal(130),
                unit="lm/W",
                method="IEC 62722-2-1",
            ),
            t.Sampling(),
            t.Certificate(document=Bilingual(en="CE declaration"), issuer="TÜV"),
        ),
        "quantity": Decimal(quantity),
        "unit": "H87",
        "tolerance": t.Tolerance(under=Decimal(1), over=Decimal(2)),
        "unit_price": unit_price,
        "total": pricing.line_total(unit_price, Decimal(quantity)),
    }
    return t.GoodsLine(**(given | changes))


def delivery(rule: Rule = Rule.FOB, mode: Mode = Mode.SEA_CONTAINER) -> t.Delivery:
    return t.Delivery(
        rule=rule,
        place="Yantian, Shenzhen",
        locode="CNYTN",
        mode=mode,
        earliest=date(2026, 12, 10),
        latest=date(2026, 12, 28),
        partial_shipments=False,
        transhipment=True,
    )


def payments(total: Money, deposit: str = "30") -> tuple[t.PaymentMilestone, ...]:
    plan = [
        Milestone(MilestoneKind.DEPOSIT, Decimal(deposit)),
        Milestone(MilestoneKind.BALANCE, 100 - Decimal(deposit)),
    ]
    shares = milestones.amounts(total, plan)
    return tuple(
        t.PaymentMilestone(kind=m.kind, percent=m.percent, amount=a) for m, a in zip(plan, shares, strict=True)
    )


def with_plan(plan: Sequence[Milestone], **changes: Any) -> t.Particulars:
    """The same contract of the newest edition, paid by this plan."""
    total = particulars().total
    parts = zip(plan, milestones.amounts(total, plan), strict=True)
    paid = tuple(
        t.PaymentMilestone(kind=m.kind, percent=m.percent, amount=amount, conditions=m.terms) for m, amount in parts
    )
    return particulars(edition=t.EDITION, milestones=paid, **changes)


def particulars(*, lines: Sequence[t.GoodsLine] | None = None, **changes: Any) -> t.Particulars:
    goods = tuple(lines or (line(), line("5000", "0.875250", unit="SET", hs_code="940599")))
    currency = goods[0].total.currency
    total = pricing.total((g.total for g in goods), currency)
    given: dict[str, Any] = {
        "number": "PTL-2026-000123",
        "dated": date(2026, 11, 20),
        "quotation_id": UUID(int=7),
        "quotation_version": 3,
        "supplier": party(1, "深圳市明澜光电科技有限公司", "Shenzhen Minglan Optoelectronics Co., Ltd.", "CN"),
        "buyer": party(2, "Hanse Lichttechnik GmbH", "Hanse Lichttechnik GmbH", "DE"),
        "lines": goods,
        "currency": currency,
        "total": total,
        "delivery": delivery(),
        "packing": Bilingual(en="Export cartons of 5 pieces.", zh="出口纸箱，每箱 5 件。"),
        "milestones": payments(total),
        "fee": t.PlatformFee(basis_points=150, minimum=Money(2000, currency), maximum=Money(250000, currency)),
        "inspection": t.Inspection(
            inspector=t.Inspector.THIRD_PARTY,
            place=Bilingual(en="the Seller's plant", zh="卖方工厂"),
            acceptance_days=14,
        ),
        "insurance": t.Insurance(insured_by=Side.BUYER, cover=Cover.NONE),
        "documents": (
            t.DocumentRequired(kind=t.DocumentKind.COMMERCIAL_INVOICE, originals=1, copies=2),
            t.DocumentRequired(kind=t.DocumentKind.TRANSPORT_DOCUMENT, originals=3),
        ),
        "claims": t.Claims(apparent_days=30, hidden_days=365),
        "force_majeure": t.ForceMajeure(notice_days=14, termination_days=60),
        "law": t.GoverningLaw(country="CN", cisg_excluded=True),
        "arbitration": t.Arbitration(
            institution="SCIA", seat=Bilingual(en="Shenzhen", zh="深圳"), language="en", arbitrators=3
        ),
        "prevailing_language": "en",
        "rule_book": "2026-11",
    }
    return t.Particulars(**(given | changes))
