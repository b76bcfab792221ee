"""What the parties may still adjust in a draft: everything but the figures that the quotation agreed."""

from abc import abstractmethod
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from app.core.errors import Invalid
from app.core.i18n import _
from orders.contracts import clauses
from orders.contracts.drafting import SEATS
from orders.contracts.extras import Addressee
from orders.contracts.terms import Clause, ContractTerms, DocumentKind, DocumentRequired, Inspector, Particulars
from orders.contracts.values import Bilingual, Country, Days, Language

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
OWN_CLAUSE = "special_terms"


class Change(BaseModel):
    """What one side changes in a draft. Each kind of change says what the particulars are after it."""

    @abstractmethod
    def changed(self, terms: ContractTerms) -> dict[str, object]:
        """The particulars that are otherwise now, by their names. Raises Invalid naming the field."""


class Adjustments(Change):
    """New values for open terms; what is left out stays. Texts may be given in one language.

    consignee_is, notify_is  `buyer` takes out whoever else was named
    """

    earliest: date | None = None
    latest: date | None = None
    packing_en: Text | None = None
    packing_zh: Text | None = None
    consignee_is: Literal["buyer", "other"] | None = None
    consignee_name: Text | None = None
    consignee_country: str | None = None
    consignee_address: Text | None = None
    notify_is: Literal["buyer", "other"] | None = None
    notify_name: Text | None = None
    notify_country: str | None = None
    notify_address: Text | None = None
    inspector: Inspector | None = None
    acceptance_days: Days | None = None
    apparent_days: Days | None = None
    hidden_days: Days | None = None
    documents: list[DocumentKind] | DocumentKind | None = None
    law: Country | None = None
    cisg_excluded: bool | None = None
    institution: Literal["CIETAC", "SCIA", "HKIAC", "SIAC", "ICC", "DIS"] | None = None
    arbitration_language: Language | None = None
    arbitrators: Annotated[int, Field(ge=1, le=3)] | None = None
    prevailing_language: Language | None = None
    special_en: Text | None = None
    special_zh: Text | None = None

    def changed(self, terms: ContractTerms) -> dict[str, object]:
        return {
            "delivery": terms.delivery.model_copy(update=_given(earliest=self.earliest, latest=self.latest)),
            "packing": _text(terms.packing, self.packing_en, self.packing_zh),
            "consignee": _addressee(self, "consignee", terms.consignee),
            "notify": _addressee(self, "notify", terms.notify),
            "inspection": terms.inspection.model_copy(
                update=_given(inspector=self.inspector, acceptance_days=self.acceptance_days)
            ),
            "claims": terms.claims.model_copy(
                update=_given(apparent_days=self.apparent_days, hidden_days=self.hidden_days)
            ),
            "law": terms.law.model_copy(update=_given(country=self.law, cisg_excluded=self.cisg_excluded)),
            "arbitration": terms.arbitration.model_copy(
                update=_given(
                    institution=self.institution,
                    seat=SEATS[self.institution] if self.institution else None,
                    language=self.arbitration_language,
                    arbitrators=self.arbitrators,
                )
            ),
            "prevailing_language": self.prevailing_language or terms.prevailing_language,
            "documents": _documents(terms, self),
            "own_clauses": _own(terms, self),
        }


def adjusted(terms: ContractTerms, changes: Change) -> ContractTerms:
    """The whole contract drawn up anew with these changes. Raises Invalid when it would contradict itself."""
    new = {name: getattr(terms, name) for name in Particulars.model_fields} | changes.changed(terms)
    try:
        plain = {name: _plain(value) for name, value in new.items()}
        return clauses.draw_up(Particulars.model_validate(plain))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error")
        raise Invalid(str(cause or _("These terms contradict each other."))) from error


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    return value


def _addressee(c: Adjustments, who: Literal["consignee", "notify"], old: Addressee | None) -> Addressee | None:
    """Raises Invalid naming the field."""
    given = {field: getattr(c, f"{who}_{field}") for field in ("name", "country", "address")}
    if getattr(c, f"{who}_is") == "buyer" or (old is None and not any(given.values())):
        if getattr(c, f"{who}_is") == "other":
            raise Invalid(_("Please give the name."), field=f"{who}_name")
        return None
    said = (old.model_dump() if old else {"name": "", "country": ""}) | _given(**given)
    try:
        return Addressee.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error") or _("Please check this.")
        raise Invalid(str(cause), field=f"{who}_{first['loc'][0]}") from error


def _text(old: Bilingual, en: str | None, zh: str | None) -> Bilingual:
    if en is None and zh is None:
        return old
    try:
        return Bilingual(en=old.en if en is None else en, zh=old.zh if zh is None else zh)
    except ValidationError as error:
        raise Invalid(_("Write the text in English or Chinese."), field="packing_en") from error


def _documents(terms: ContractTerms, c: Adjustments) -> tuple[DocumentRequired, ...]:
    if c.documents is None:
        return terms.documents
    kinds = c.documents if isinstance(c.documents, list) else [c.documents]
    return tuple(DocumentRequired(kind=kind, originals=1, copies=2) for kind in dict.fromkeys(kinds))


def _own(terms: ContractTerms, c: Adjustments) -> tuple[Clause, ...]:
    if c.special_en is None and c.special_zh is None:
        return terms.own_clauses
    kept = tuple(clause for clause in terms.own_clauses if clause.key != OWN_CLAUSE)
    old = next((clause.body for clause in terms.own_clauses if clause.key == OWN_CLAUSE), None)
    en = c.special_en if c.special_en is not None else (old.en if old else "")
    zh = c.special_zh if c.special_zh is not None else (old.zh if old else "")
    if not en and not zh:
        return kept
    special = Clause(key=OWN_CLAUSE, title=Bilingual(en="Special terms", zh="特别约定"), body=Bilingual(en=en, zh=zh))
    return (*kept, special)
