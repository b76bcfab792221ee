"""What is said with somebody else's document, typed, so that it can be compared with ours."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator

from app.core.i18n import N_, _
from app.core.money import Money
from orders.contracts.values import Country, Frozen, Symbol
from orders.documents.kinds import Kind
from orders.documents.values import Count, Kilograms, Locode, Short, VesselNumber


class Lading(StrEnum):
    """What kind of transport document it is."""

    ORIGINAL = "original"
    TELEX = "telex"
    SEA_WAYBILL = "sea_waybill"
    AIR_WAYBILL = "air_waybill"
    ROAD_WAYBILL = "road_waybill"
    RAIL_WAYBILL = "rail_waybill"


LADINGS = {
    Lading.ORIGINAL: N_("Bill of lading, originals"),
    Lading.TELEX: N_("Bill of lading, telex release"),
    Lading.SEA_WAYBILL: N_("Sea waybill"),
    Lading.AIR_WAYBILL: N_("Air waybill"),
    Lading.ROAD_WAYBILL: N_("Road waybill (CMR)"),
    Lading.RAIL_WAYBILL: N_("Rail waybill"),
}
FREIGHT = {"prepaid": N_("Freight prepaid"), "collect": N_("Freight collect")}
CONDITIONS = {"A": N_("ICC (A)"), "B": N_("ICC (B)"), "C": N_("ICC (C)")}
VERDICTS = {"passed": N_("The goods conform"), "failed": N_("The goods do not conform")}


class TransportPaper(Frozen):
    """A bill of lading or waybill. `gross` in kilograms; ports by UN/LOCODE; `imo` and `voyage` of a ship's alone."""

    kind: Literal[Kind.TRANSPORT] = Kind.TRANSPORT
    number: Short
    type: Lading
    carrier: Short
    vessel: Symbol = ""
    imo: VesselNumber = ""
    voyage: Symbol = ""
    loading: Locode
    discharge: Locode
    packages: Count
    gross: Kilograms
    on_board: date
    freight: Literal["prepaid", "collect"]
    originals: Annotated[int, Field(ge=0, le=9)] = 0


class InsurancePaper(Frozen):
    """`insured` under the Institute Cargo Clauses (A), (B) or (C)."""

    kind: Literal[Kind.INSURANCE] = Kind.INSURANCE
    number: Short
    insurer: Short
    insured: Money
    conditions: Literal["A", "B", "C"]
    issued: date

    @field_validator("insured")
    @classmethod
    def _is_something(cls, value: Money) -> Money:
        if value.minor <= 0:
            raise ValueError(_("The amount must be more than zero."))
        return value


class InspectionPaper(Frozen):
    """What an inspection body found."""

    kind: Literal[Kind.INSPECTION] = Kind.INSPECTION
    number: Short
    body: Short
    standard: Short
    verdict: Literal["passed", "failed"]
    issued: date


class OriginPaper(Frozen):
    """A certificate of origin as a chamber or customs certified it."""

    kind: Literal[Kind.ORIGIN] = Kind.ORIGIN
    number: Short
    body: Short
    origin: Country
    issued: date


Facts = Annotated[TransportPaper | InsurancePaper | InspectionPaper | OriginPaper, Field(discriminator="kind")]
_ANY: TypeAdapter[Facts] = TypeAdapter(Facts)


def read(facts: object) -> Facts:
    """What was kept of a document."""
    return _ANY.validate_python(facts)
