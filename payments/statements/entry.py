"""One entry of a statement as lines: one line for each transaction it names, or one for the entry as a whole.

Banks differ in what they fill in. Where a transaction's amount is missing or the amounts of several do not make up the
entry's, the entry stays one line; that is a matter for people, not a broken file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from xml.etree.ElementTree import Element

from app.core.money import Money, MoneyError
from payments.statements.states import Direction

_RETURNED = {"RRTN", "RPCR", "ARET"}
"""Bank transaction sub-families (ISO 20022 external codes) of a payment that came back."""
_FIGURE = re.compile(r"\+?(\d{1,18})(?:\.(\d{1,6}))?", re.ASCII)
LONGEST_TEXT = 1000


class Unreadable(ValueError):
    """An entry that lacks `element`, or has nonsense there."""

    def __init__(self, number: int, element: str) -> None:
        super().__init__(element)
        self.number, self.element = number, element


class ForeignCurrency(Unreadable):
    """An entry in another currency than its statement's."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What one transaction says; empty text where it says nothing.

    reference  the structured creditor reference; `remittance` the free text
    name, account, bank_code  the other side
    code       domain, family and sub-family of the bank's transaction code
    reason     why a payment came back, an ISO reason code
    """

    amount: Money | None = None
    bank_ref: str = ""
    end_to_end: str = ""
    batch: str = ""
    reference: str = ""
    remittance: str = ""
    name: str = ""
    account: str = ""
    bank_code: str = ""
    country: str = ""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement on the account; `number` counts from 1 within the statement, `amount` is positive."""

    number: int
    direction: Direction
    returned: bool
    amount: Money
    booked_on: date
    value_on: date
    detail: Detail


@lru_cache(maxsize=1000)
def local(tag: str) -> str:
    """The name without its namespace. A statement has few names, and each of them a million times."""
    return tag.rpartition("}")[2]


def at(element: Element | None, *path: str) -> Element | None:
    """The first descendant along `path`, whatever the namespace."""
    for name in path:
        if element is None:
            return None
        for child in element:
            if local(child.tag) == name:
                element = child
                break
        else:
            return None
    return element


def every(element: Element | None, *path: str) -> Iterator[Element]:
    """Every descendant along `path`."""
    if element is None:
        return
    for child in element:
        if local(child.tag) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from every(child, *path[1:])


def text(element: Element | None, *path: str) -> str:
    found = at(element, *path)
    return " ".join((found.text or "").split()) if found is not None else ""


def day(element: Element | None) -> date | None:
    """A date, or the date of a moment; None where there is none or it is no date."""
    if element is None:
        return None
    said = text(element) or text(element, "Dt") or text(element, "DtTm")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def amount(element: Element | None) -> Money | None:
    """An `Amt` with its currency. Raises MoneyError for what is no amount of that currency."""
    if element is None:
        return None
    found = _FIGURE.fullmatch(text(element))
    if found is None:
        raise MoneyError("not a plain decimal number")
    decimals = (found[2] or "").rstrip("0")
    return Money.of(f"{int(found[1])}.{decimals}" if decimals else str(int(found[1])), element.get("Ccy", ""))


def detail(element: Element, entry: Element) -> Detail:
    """A `TxDtls` of `entry`, whose direction says which of the two parties is the other side."""
    refs = at(element, "Refs")
    parties, agents = at(element, "RltdPties"), at(element, "RltdAgts")
    first, second = ("Cdtr", "Dbtr") if text(entry, "CdtDbtInd") == "DBIT" else ("Dbtr", "Cdtr")
    other = second if at(parties, first) is None and at(parties, f"{first}Acct") is None else first
    return Detail(
        amount=_own_amount(element),
        bank_ref=text(refs, "AcctSvcrRef")[:64],
        end_to_end=_given(text(refs, "EndToEndId"))[:64],
        batch=text(refs, "PmtInfId")[:64],
        reference=_reference(element),
        remittance=" ".join(" ".join((u.text or "").split()) for u in every(element, "RmtInf", "Ustrd"))[:LONGEST_TEXT],
        code=_code(at(element, "BkTxCd")),
        reason=(text(element, "RtrInf", "Rsn", "Cd") or text(element, "RtrInf", "Rsn", "Prtry"))[:35],
        **_side(parties, agents, other),
    )


def _own_amount(element: Element) -> Money | None:
    """Version 08 has it beside the details, version 02 within the details of amounts."""
    try:
        return amount(at(element, "Amt")) or amount(at(element, "AmtDtls", "TxAmt", "Amt"))
    except MoneyError:
        return None


def _side(parties: Element | None, agents: Element | None, role: str) -> dict[str, str]:
    """Name, account and bank of one side; version 08 puts a `Pty` around the name."""
    party, account = at(parties, role), at(parties, f"{role}Acct", "Id")
    bank = at(agents, f"{role}Agt", "FinInstnId")
    number = text(account, "IBAN") or text(account, "Othr", "Id")
    code = text(bank, "BICFI") or text(bank, "BIC") or text(bank, "ClrSysMmbId", "MmbId")
    return {
        "name": (text(party, "Nm") or text(party, "Pty", "Nm"))[:140],
        "account": "".join(number.split()).upper()[:34],
        "bank_code": code[:35],
        "country": (text(party, "PstlAdr", "Ctry") or text(party, "Pty", "PstlAdr", "Ctry"))[:2],
    }


def _reference(element: Element) -> str:
    found = [text(strd, "CdtrRefInf", "Ref") for strd in every(element, "RmtInf", "Strd")]
    return " ".join(ref for ref in found if ref)[:140]


def _given(reference: str) -> str:
    return "" if reference.upper() in {"NOTPROVIDED", "NONREF", "NOT PROVIDED"} else reference


def _code(element: Element | None) -> str:
    domain = [
        text(element, "Domn", "Cd"),
        text(element, "Domn", "Fmly", "Cd"),
        text(element, "Domn", "Fmly", "SubFmlyCd"),
    ]
    return "/".join(domain) if any(domain) else text(element, "Prtry", "Cd")[:40]


def lines(entry: Element, details: list[Detail], currency: str, *, number: int, after: int) -> Iterator[Line]:
    """The lines of one `Ntry` whose `TxDtls` were read already; none for an entry that is not booked or moves nothing.

    after  how many lines the statement has before these. Raises Unreadable, ForeignCurrency.
    """
    status = text(entry, "Sts", "Cd") or text(entry, "Sts")
    if status and status != "BOOK":
        return
    whole = _amount_of(entry, currency, number)
    if not whole:
        return
    indicator = text(entry, "CdtDbtInd")
    booked = day(at(entry, "BookgDt")) or day(at(entry, "ValDt"))
    if indicator not in ("CRDT", "DBIT"):
        raise Unreadable(number, "CdtDbtInd")
    if booked is None:
        raise Unreadable(number, "BookgDt")
    common = Line(
        number=after,
        direction=Direction.CREDIT if indicator == "CRDT" else Direction.DEBIT,
        returned=text(entry, "RvslInd") in ("true", "1"),
        amount=whole,
        booked_on=booked,
        value_on=day(at(entry, "ValDt")) or booked,
        detail=Detail(),
    )
    for place, own in enumerate(_split(details, whole), start=1):
        found = _whole(entry, own)
        yield replace(
            common,
            number=after + place,
            amount=found.amount or whole,
            detail=found,
            returned=common.returned or bool(found.reason) or found.code.rpartition("/")[2] in _RETURNED,
        )


def _amount_of(entry: Element, currency: str, number: int) -> Money:
    try:
        whole = amount(at(entry, "Amt"))
    except MoneyError as error:
        raise Unreadable(number, "Amt") from error
    if whole is None:
        raise Unreadable(number, "Amt")
    if whole.currency != currency:
        raise ForeignCurrency(number, whole.currency)
    return whole


def _split(details: list[Detail], whole: Money) -> list[Detail]:
    """The transactions of an entry, if together they are the entry; else one, with what it says if it is alone."""
    if len(details) == 1:
        return [replace(details[0], amount=whole)]
    amounts = [found.amount for found in details if found.amount and found.amount.currency == whole.currency]
    if details and len(amounts) == len(details) and sum(found.minor for found in amounts) == whole.minor:
        return details
    batch = {found.batch for found in details}
    return [Detail(batch=batch.pop() if len(batch) == 1 else "")]


def _whole(entry: Element, own: Detail) -> Detail:
    """What the transaction does not say, the entry may."""
    note = text(entry, "AddtlNtryInf")[:LONGEST_TEXT]
    return replace(
        own,
        bank_ref=own.bank_ref or (text(entry, "AcctSvcrRef") or text(entry, "NtryRef"))[:64],
        batch=own.batch or text(entry, "NtryDtls", "Btch", "PmtInfId")[:64],
        code=own.code or _code(at(entry, "BkTxCd")),
        remittance=own.remittance or note,
    )
