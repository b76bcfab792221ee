"""Incoterms 2020: who arranges, pays and bears what, and whether a rule fits a place and a way of transport.

The wording is ours; the rules themselves are the ICC's (STANDARDS 4.2).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import pycountry

from app.core.errors import Invalid
from app.core.i18n import N_, _

VERSION = "2020"
_LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)


class Rule(StrEnum):
    EXW = "EXW"
    FCA = "FCA"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"


class Mode(StrEnum):
    """How the goods travel on the main leg."""

    SEA = "sea"
    SEA_CONTAINER = "sea_container"
    INLAND_WATERWAY = "inland_waterway"
    RAIL = "rail"
    ROAD = "road"
    AIR = "air"
    COURIER = "courier"
    MULTIMODAL = "multimodal"


class Side(StrEnum):
    SELLER = "seller"
    BUYER = "buyer"


class Place(StrEnum):
    """What the named place of a rule means."""

    SELLERS_PLACE = "sellers_place"
    HANDOVER = "handover"
    DESTINATION = "destination"
    PORT_OF_SHIPMENT = "port_of_shipment"
    PORT_OF_DESTINATION = "port_of_destination"


class Cover(StrEnum):
    """The least insurance the rule asks of the seller, for 110 % of the price; `NONE` leaves it to each side."""

    NONE = "none"
    CLAUSES_A = "A"
    CLAUSES_C = "C"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Incoterm:
    """One rule. `name`, `delivery` are message ids to be translated where they are shown."""

    rule: Rule
    name: str
    delivery: str
    """Where the goods are delivered, which is also where risk passes to the buyer."""
    place: Place
    waterborne_only: bool
    carriage: Side
    cover: Cover
    export_clearance: Side
    import_clearance: Side

    @property
    def place_at_destination(self) -> bool:
        return self.place in (Place.DESTINATION, Place.PORT_OF_DESTINATION)


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` has to say about one field (`rule`, `place`, `mode` or `locode`), in the reader's language."""

    severity: Severity
    field: str
    message: str


MODE_NAMES: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.SEA: N_("Sea, bulk or conventional"),
        Mode.SEA_CONTAINER: N_("Sea, in containers"),
        Mode.INLAND_WATERWAY: N_("Inland waterway"),
        Mode.RAIL: N_("Rail"),
        Mode.ROAD: N_("Road"),
        Mode.AIR: N_("Air"),
        Mode.COURIER: N_("Courier"),
        Mode.MULTIMODAL: N_("Several modes"),
    }
)
PLACE_NAMES: Mapping[Place, str] = MappingProxyType(
    {
        Place.SELLERS_PLACE: N_("Seller's place"),
        Place.HANDOVER: N_("Place of hand-over to the carrier"),
        Place.DESTINATION: N_("Place of destination"),
        Place.PORT_OF_SHIPMENT: N_("Port of shipment"),
        Place.PORT_OF_DESTINATION: N_("Port of destination"),
    }
)
_ANY_MODE_INSTEAD = {Rule.FAS: Rule.FCA, Rule.FOB: Rule.FCA, Rule.CFR: Rule.CPT, Rule.CIF: Rule.CIP}
_WATERBORNE = frozenset({Mode.SEA, Mode.SEA_CONTAINER, Mode.INLAND_WATERWAY})

_S, _B = Side.SELLER, Side.BUYER
_TO_CARRIER = N_("The goods are handed to the first carrier.")
_READY = N_("The goods have arrived and are ready for unloading.")
_ON_BOARD = N_("The goods are on board the ship in the port of shipment.")
_ROWS = (
    Incoterm(Rule.EXW, N_("Ex works"), N_("The goods wait for the buyer, not loaded."),
             Place.SELLERS_PLACE, False, _B, Cover.NONE, _B, _B),
    Incoterm(Rule.FCA, N_("Free carrier"), N_("The goods are handed to the buyer's carrier."),
             Place.HANDOVER, False, _B, Cover.NONE, _S, _B),
    Incoterm(Rule.CPT, N_("Carriage paid to"), _TO_CARRIER, Place.DESTINATION, False, _S, Cover.NONE, _S, _B),
    Incoterm(Rule.CIP, N_("Carriage and insurance paid to"), _TO_CARRIER,
             Place.DESTINATION, False, _S, Cover.CLAUSES_A, _S, _B),
    Incoterm(Rule.DAP, N_("Delivered at place"), _READY, Place.DESTINATION, False, _S, Cover.NONE, _S, _B),
    Incoterm(Rule.DPU, N_("Delivered at place unloaded"), N_("The goods have arrived and are unloaded."),
             Place.DESTINATION, False, _S, Cover.NONE, _S, _B),
    Incoterm(Rule.DDP, N_("Delivered duty paid"), N_("The goods have arrived, duty paid, ready for unloading."),
             Place.DESTINATION, False, _S, Cover.NONE, _S, _S),
    Incoterm(Rule.FAS, N_("Free alongside ship"), N_("The goods lie alongside the ship in the port of shipment."),
             Place.PORT_OF_SHIPMENT, True, _B, Cover.NONE, _S, _B),
    Incoterm(Rule.FOB, N_("Free on board"), _ON_BOARD, Place.PORT_OF_SHIPMENT, True, _B, Cover.NONE, _S, _B),
    Incoterm(Rule.CFR, N_("Cost and freight"), _ON_BOARD, Place.PORT_OF_DESTINATION, True, _S, Cover.NONE, _S, _B),
    Incoterm(Rule.CIF, N_("Cost, insurance and freight"), _ON_BOARD,
             Place.PORT_OF_DESTINATION, True, _S, Cover.CLAUSES_C, _S, _B),
)  # fmt: skip
INCOTERMS: Mapping[Rule, Incoterm] = MappingProxyType({row.rule: row for row in _ROWS})


def check(
    rule: Rule, place: str, mode: Mode, locode: str | None = None, *, exporter_country: str, importer_country: str
) -> list[Finding]:
    """Everything that speaks against this rule, named place and way of transport; an empty list is a clean bill.

    locode    UN/LOCODE of the named place, such as `CNYTN`
    *country  ISO 3166-1 alpha-2 of the seller's and the buyer's country
    """
    term = INCOTERMS[rule]
    abroad = exporter_country != importer_country
    found = _check_place(term, place, locode)
    found += _check_mode(term, mode)
    if abroad and locode:
        found += _check_side_of_the_border(term, locode, exporter_country, importer_country)
    if abroad and rule is Rule.EXW:
        message = _("Under EXW the buyer clears the goods for export, which a foreign buyer usually cannot. Use FCA.")
        found.append(Finding(Severity.WARNING, "rule", message))
    if abroad and rule is Rule.DDP:
        message = _("Under DDP the seller pays duty and tax and must be registered in the buyer's country. Use DAP.")
        found.append(Finding(Severity.WARNING, "rule", message))
    return found


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raises Invalid naming every field with an error; warnings pass."""
    errors = {f.field: f.message for f in findings if f.severity is Severity.ERROR}
    if errors:
        raise Invalid.many(errors)


def _check_place(term: Incoterm, place: str, locode: str | None) -> list[Finding]:
    found = []
    if not place.strip():
        message = _("Name the place: %(what)s.") % {"what": _(PLACE_NAMES[term.place])}
        found.append(Finding(Severity.ERROR, "place", message))
    if locode and not (_LOCODE.fullmatch(locode) and pycountry.countries.get(alpha_2=locode[:2])):
        message = _("A UN/LOCODE is a country and three characters, such as CNYTN.")
        found.append(Finding(Severity.ERROR, "locode", message))
    elif term.waterborne_only and not locode:
        message = _("Give the port's UN/LOCODE, so that no other port of that name can be meant.")
        found.append(Finding(Severity.WARNING, "locode", message))
    return found


def _check_mode(term: Incoterm, mode: Mode) -> list[Finding]:
    if not term.waterborne_only:
        return []
    facts = {"rule": term.rule, "instead": _ANY_MODE_INSTEAD[term.rule]}
    if mode not in _WATERBORNE:
        message = _("%(rule)s is for ships only. Use %(instead)s.") % facts
        return [Finding(Severity.ERROR, "mode", message)]
    if mode is Mode.SEA_CONTAINER:
        message = _("Containers change hands at the terminal, before the ship: %(instead)s fits better than %(rule)s.")
        return [Finding(Severity.WARNING, "mode", message % facts)]
    return []


def _check_side_of_the_border(term: Incoterm, locode: str, exporter: str, importer: str) -> list[Finding]:
    """A destination in the seller's country, or a port of shipment in the buyer's, is the two ports mixed up."""
    wrong = exporter if term.place_at_destination else importer
    if locode[:2] != wrong:
        return []
    message = _("The place of %(rule)s is: %(what)s. %(locode)s lies on the other side.")
    facts = {"rule": term.rule, "what": _(PLACE_NAMES[term.place]), "locode": locode}
    return [Finding(Severity.WARNING, "place", message % facts)]
