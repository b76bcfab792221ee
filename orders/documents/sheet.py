"""A trade document as the template wants it: every figure written out, each label in English and Chinese.

The template only sets type; what is printed is decided here, from the content alone.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import segno
from babel import Locale

from app.core.i18n import N_, gettext
from orders import conditions, incoterms, units
from orders.contracts import writing
from orders.contracts.terms import Party
from orders.contracts.values import Bilingual
from orders.contracts.words import chinese, english
from orders.documents.content import (
    Carriage,
    Content,
    Instruction,
    Invoice,
    Item,
    OfShipment,
    OriginDraft,
    PackedRow,
    PackingList,
    PricedItem,
    Proforma,
    Receipt,
    Reference,
)
from orders.documents.kinds import LABELS, Kind
from orders.documents.packages import PACKAGES
from orders.documents.packing import CRITERIA
from payments.papers.setting import Pair, both, day

NOT_GIVEN = "-"
"""What a contract says of an address or telephone that its party has not given."""
Row = tuple[Pair, Pair]
Column = dict[str, Any]

TITLES = {**LABELS, Kind.ORIGIN_DRAFT: N_("Certificate of origin, draft")}
DECLARATIONS: dict[Kind, str] = {
    Kind.PROFORMA: N_(
        "Proforma: this document asks for no payment and proves no delivery. What is paid is due under the contract."
    ),
    Kind.INVOICE: N_("We certify that this invoice is true and correct, and that the goods are of the origin stated."),
    Kind.PACKING_LIST: N_("We certify that the packages named above hold the goods stated, and nothing else."),
    Kind.ORIGIN_DRAFT: N_(
        "Draft, not certified. The exporter declares the origin stated above; a certifying body signs and stamps here."
    ),
    Kind.INSTRUCTION: N_("Please carry out this shipment as stated and issue the transport document accordingly."),
    Kind.RECEIPT: N_("The shipment named above has arrived. Taking delivery is not acceptance of the goods."),
}


def sheet(content: Content, digest: str, *, verify_url: str) -> dict[str, Any]:
    """The data of `document.typ`; `digest` is the SHA-256 of the content's canonical JSON.

    verify_url  where anybody may check the file, printed with a code to scan
    """
    return {
        "title": _said(TITLES[content.kind]),
        "number": content.number,
        "digest": digest,
        "date": day(content.issued),
        "head": _head(content),
        "parties": _parties(content),
        "facts": _facts(content),
        "tables": _tables(content),
        "words": _words(content),
        "declaration": _said(DECLARATIONS[content.kind]),
        "signed": content.supplier.latin_name or content.supplier.name,
        "verify": {"url": verify_url, "code": _code(verify_url)},
    }


def _said(message: str) -> Pair:
    return both(lambda: gettext(message))


def _plain(text: object) -> Pair:
    """The same in every language: printed once."""
    return {"en": str(text), "zh": ""}


def _pair(text: Bilingual) -> Pair:
    return {"en": text.en, "zh": text.zh}


def _code(url: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG."""
    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, dark="#17233a", xmldecl=False)
    return drawn.getvalue().decode()


def _day(value: date) -> Pair:
    return {"en": writing.day(value, "en"), "zh": writing.day(value, "zh")}


def _country(code: str) -> Pair:
    return {language: Locale(language).territories[code] for language in ("en", "zh")}


def _countries(items: Sequence[Item]) -> Pair:
    names = [_country(code) for code in dict.fromkeys(item.origin for item in items)]
    return {language: ", ".join(name[language] for name in names) for language in ("en", "zh")}


def _quantity(quantity: Decimal, unit: str) -> Pair:
    found = units.unit(unit)
    return {"en": f"{writing.number(quantity)} {found.en if quantity == 1 else found.plural}", "zh": found.zh}


def _packages(count: int, kind: str) -> Pair:
    found = PACKAGES[kind]
    return {"en": f"{count:,} {found.en if count == 1 else found.plural}", "zh": found.zh}


def _head(content: Content) -> list[Row]:
    rows = [(_said(N_("Date")), _day(content.issued))]
    if content.supersedes:
        rows.append((_said(N_("Takes the place of")), _plain(content.supersedes)))
    rows.append((_said(N_("Contract")), _dated(content.contract)))
    if isinstance(content, PackingList | OriginDraft) and content.invoice:
        rows.append((_said(N_("Commercial invoice")), _dated(content.invoice)))
    rows.append((_said(N_("Order")), _plain(content.order)))
    return rows


def _dated(to: Reference) -> Pair:
    return {"en": to.number, "zh": to.dated.isoformat()}


def _parties(content: Content) -> list[dict[str, Any]]:
    roles: dict[Kind, tuple[str, str]] = {
        Kind.INSTRUCTION: (N_("Shipper"), N_("Consignee")),
        Kind.ORIGIN_DRAFT: (N_("Exporter"), N_("Consignee")),
        Kind.RECEIPT: (N_("Consignor"), N_("Consignee")),
    }
    seller, buyer = roles.get(content.kind, (N_("Seller (exporter)"), N_("Buyer (consignee)")))
    other = content.consignee if isinstance(content, OfShipment) else None
    found = [_party(seller, content.supplier), _party(N_("Buyer") if other else buyer, content.buyer)]
    if other:
        lines = [_plain(other.address)] if other.address else []
        found.append({"role": _said(N_("Consignee")), "name": other.name, "lines": [*lines, _country(other.country)]})
    if isinstance(content, Instruction):
        notify = _plain(content.notify) if content.notify else _said(N_("The consignee"))
        found.append({"role": _said(N_("Notify party")), "name": "", "lines": [notify]})
    return found


def _party(role: str, party: Party) -> dict[str, Any]:
    lines = [_plain(party.latin_name)] if party.latin_name != party.name else []
    lines += [_plain(party.address)] if party.address != NOT_GIVEN else []
    lines.append(_country(party.country))
    lines += [_plain(f"{known.scheme} {known.value}") for known in party.identifiers]
    lines += [_plain(said) for said in (party.phone, party.email) if said != NOT_GIVEN]
    return {"role": _said(role), "name": party.name, "lines": lines}


def _facts(content: Content) -> list[Row]:
    d = content.delivery
    place = f"{d.rule.value} {d.place}" + (f" ({d.locode})" if d.locode else "") + ", Incoterms® 2020"
    rows = [(_said(N_("Terms of delivery")), _plain(place))]
    if isinstance(content, Proforma):
        rows += [
            (_said(N_("Way of transport")), both(lambda: gettext(incoterms.MODE_NAMES[d.mode]))),
            (_said(N_("Country of origin")), _countries(content.items)),
            (_said(N_("Shipment")), _plain(f"{d.earliest.isoformat()} – {d.latest.isoformat()}")),
            (_said(N_("Packing")), _pair(content.packing)),
            (_said(N_("Valid until")), _plain(content.valid_until.isoformat())),
            (_said(N_("Payment")), _said(N_("Into protected payment, in the instalments below"))),
        ]
        return rows
    return rows + _of_shipment(content) + _own_facts(content)


def _of_shipment(content: OfShipment) -> list[Row]:
    c, t = content.carriage, content.totals
    rows = [
        (_said(N_("Way of transport")), both(lambda: gettext(incoterms.MODE_NAMES[c.mode]))),
        (_said(N_("Carrier")), _plain(f"{c.carrier}, {c.tracking}")),
        *([(_said(N_("Vessel")), _plain(" · ".join(ship)))] if (ship := _ship(c)) else []),
        (_said(N_("Handed over on")), _plain(c.shipped_on.isoformat())),
        (_said(N_("Port of loading")), _plain(f"{c.loading.name} ({c.loading.code})")),
        (_said(N_("Port of discharge")), _plain(f"{c.discharge.name} ({c.discharge.code})")),
        (_said(N_("Packages")), _plain(f"{t.packages:,}")),
        (_said(N_("Net weight")), _plain(f"{writing.number(t.net)} kg")),
        (_said(N_("Gross weight")), _plain(f"{writing.number(t.gross)} kg")),
        (_said(N_("Measurement")), _plain(f"{writing.number(t.cubic)} m³")),
    ]
    if c.containers:
        listed = "; ".join(f"{box.number} / {box.seal}" for box in c.containers)
        rows.append((_said(N_("Containers and seals")), _plain(listed)))
    return rows


def _ship(c: Carriage) -> list[str]:
    return [said for said in (c.vessel, f"IMO {c.imo}" if c.imo else "") if said]


def _own_facts(content: Content) -> list[Row]:
    match content:
        case Invoice():
            return [(_said(N_("Country of origin")), _countries(content.items)), _marks(content.marks)]
        case OriginDraft():
            return [
                (_said(N_("Country of origin")), _countries(content.items)),
                (_said(N_("Origin criterion")), _said(CRITERIA[content.criterion])),
                _marks(content.marks),
            ]
        case Instruction():
            freight = N_("Freight prepaid") if content.prepaid else N_("Freight collect")
            asked = f"{content.originals} / {content.copies}"
            return [
                (_said(N_("Freight")), _said(freight)),
                (_said(N_("Originals / copies of the transport document")), _plain(asked)),
            ]
        case Receipt():
            sides = {"buyer": N_("The buyer"), "supplier": N_("The supplier, with the carrier's proof")}
            return [
                (_said(N_("Delivered on")), _plain(content.delivered_on.isoformat())),
                (_said(N_("Recorded by")), _said(sides[content.said_by])),
            ]
    return []


def _marks(marks: Iterable[str]) -> Row:
    return _said(N_("Marks")), _plain("; ".join(marks)) if marks else _said(N_("No marks"))


def _tables(content: Content) -> list[dict[str, Any]]:
    match content:
        case Proforma():
            return [_priced(content.items, content), _payments(content)]
        case Invoice():
            return [_priced(content.items, content)]
        case PackingList():
            return [_goods(content.items), _packed(content.rows, content)]
        case Instruction():
            return [_goods(content.items), _packed(content.rows, content)]
    return [_goods(content.items)]


def _column(label: str, *, wide: bool = False, figure: bool = False, suffix: str = "") -> Column:
    pair = _said(label)
    return {"label": {"en": f"{pair['en']}{suffix}", "zh": pair["zh"]}, "wide": wide, "figure": figure}


def _table(columns: list[Column], rows: Iterable[Sequence[Pair]], foot: Sequence[Pair] = ()) -> dict[str, Any]:
    return {"columns": columns, "rows": [list(row) for row in rows], "foot": list(foot)}


def _described(item: Item) -> Pair:
    under = f"HS {item.hs_code} ({item.hs_version})"
    return {"en": item.description.en, "zh": item.description.zh, "under": under}


def _priced(items: Sequence[PricedItem], content: Proforma | Invoice) -> dict[str, Any]:
    currency = f" {content.total.currency}"
    columns = [
        _column(N_("No.")),
        _column(N_("Goods"), wide=True),
        _column(N_("Quantity"), figure=True),
        _column(N_("Unit price"), figure=True, suffix=currency),
        _column(N_("Amount"), figure=True, suffix=currency),
    ]
    rows = [
        (
            _plain(item.position + 1),
            _described(item),
            _quantity(item.quantity, item.unit),
            _plain(writing.price(item.unit_price)),
            _plain(writing.figure(item.amount)),
        )
        for item in items
    ]
    nothing = _plain("")
    foot = [nothing, _said(N_("Total")), nothing, nothing, _plain(writing.money(content.total))]
    return _table(columns, rows, foot)


def _goods(items: Sequence[Item]) -> dict[str, Any]:
    columns = [
        _column(N_("No.")),
        _column(N_("Goods"), wide=True),
        _column(N_("Origin")),
        _column(N_("Quantity"), figure=True),
    ]
    return _table(
        columns,
        ((_plain(i.position + 1), _described(i), _country(i.origin), _quantity(i.quantity, i.unit)) for i in items),
    )


def _packed(rows: Sequence[PackedRow], content: PackingList | Instruction) -> dict[str, Any]:
    columns = [
        _column(N_("Package no.")),
        _column(N_("Packages and marks"), wide=True),
        _column(N_("Line no.")),
        _column(N_("Size, cm"), figure=True),
        _column(N_("Net, kg"), figure=True),
        _column(N_("Gross, kg"), figure=True),
        _column(N_("m³"), figure=True),
    ]
    unit_of = {item.position: item.unit for item in content.items}
    listed = [
        (
            _plain(f"{row.first}–{row.last}" if row.last > row.first else row.first),
            _packages(row.count, row.kind) | {"under": row.marks},
            _plain(f"{row.position + 1}") | {"under": _quantity(row.quantity, unit_of[row.position])["en"]},
            _plain("×".join(writing.number(side) for side in (row.length, row.width, row.height))),
            *(_plain(writing.number(figure)) for figure in (row.net, row.gross, row.cubic)),
        )
        for row in rows
    ]
    t, nothing = content.totals, _plain("")
    foot = [nothing, _said(N_("Total")), nothing, nothing]
    return _table(columns, listed, [*foot, *(_plain(writing.number(figure)) for figure in (t.net, t.gross, t.cubic))])


def _payments(content: Proforma) -> dict[str, Any]:
    columns = [
        _column(N_("Instalment"), wide=True),
        _column(N_("Share"), figure=True),
        _column(N_("Amount"), figure=True, suffix=f" {content.total.currency}"),
    ]

    def named(kind: str) -> Callable[[], str]:
        return lambda: conditions.name(kind)

    rows = [
        (both(named(p.kind)), _plain(f"{writing.number(p.percent)}%"), _plain(writing.figure(p.amount)))
        for p in content.payments
    ]
    return _table(columns, rows)


def _words(content: Content) -> Pair | None:
    if isinstance(content, Proforma | Invoice):
        return {"en": english(content.total), "zh": chinese(content.total)}
    return None
