"""Payments for the bank as ISO 20022 pain.001, in the two versions that banks take, checked by ISO's own schema."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from pkgutil import resolve_name
from typing import TYPE_CHECKING
from uuid import UUID
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from app.core.i18n import _
from app.core.money import Money
from payments.bank.settings import BankSettings
from payments.errors import RunUnfit
from payments.operations.states import OperationKind

if TYPE_CHECKING:
    from xmlschema import XMLSchema

MESSAGES = ("pain.001.001.09", "pain.001.001.03")
_CNAPS = re.compile(r"\d{12}", re.ASCII)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UNSAFE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_CODES = {
    OperationKind.PAY_OUT: "PO",
    OperationKind.REFUND: "RD",
    OperationKind.RETURN: "RT",
    OperationKind.MICRO_DEPOSIT: "MD",
}
LONGEST_NAME = 70


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment. `iban` tells whether `account` is one; `bank_code` is a BIC, or the 12 digits of CNAPS."""

    end_to_end: str
    amount: Money
    holder: str
    account: str
    iban: bool
    bank_code: str
    country: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """A whole file."""

    number: str
    message: str
    made_at: datetime
    execute_on: date
    transfers: Sequence[Transfer]


def end_to_end_id(kind: OperationKind, provider_key: str) -> str:
    """An operation's key in 35 signs that every bank carries unchanged: what it is, its part in base 36, its number.

    provider_key  `kind:part:number`; different keys give different ids
    """
    _kind, part, number = provider_key.rsplit(":", 2)
    left, signs = UUID(part).int, ""
    while left:
        left, digit = divmod(left, len(_DIGITS))
        signs = _DIGITS[digit] + signs
    return f"{_CODES[kind]}{signs:0>25}{int(number):02d}"


def batch_id(number: str, currency: str) -> str:
    """The id of the group of one currency within a file."""
    return f"{number}-{currency}"


def build(order: Order, debtor: BankSettings) -> bytes:
    """The file as the bank gets it, with one group of payments for each currency. Raises RunUnfit."""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{order.message}"
    root = Element("Document", {"xmlns": namespace})
    body = SubElement(root, "CstmrCdtTrfInitn")
    head = SubElement(body, "GrpHdr")
    _text(head, "MsgId", order.number)
    _text(head, "CreDtTm", order.made_at.replace(microsecond=0, tzinfo=None).isoformat())
    _sums(head, order.transfers)
    _text(SubElement(head, "InitgPty"), "Nm", _name(debtor.holder))
    for currency in sorted({t.amount.currency for t in order.transfers}):
        own = [t for t in order.transfers if t.amount.currency == currency]
        _group(body, order, debtor, currency, own)
    indent(root)
    file = BytesIO()
    ElementTree(root).write(file, encoding="UTF-8", xml_declaration=True)
    check(file.getvalue(), order.message)
    return file.getvalue()


def _group(body: Element, order: Order, debtor: BankSettings, currency: str, transfers: list[Transfer]) -> None:
    group = SubElement(body, "PmtInf")
    _text(group, "PmtInfId", batch_id(order.number, currency))
    _text(group, "PmtMtd", "TRF")
    _text(group, "BtchBookg", "false")
    _sums(group, transfers)
    day = order.execute_on.isoformat()
    if order.message == MESSAGES[0]:
        _text(SubElement(group, "ReqdExctnDt"), "Dt", day)
    else:
        _text(group, "ReqdExctnDt", day)
    _text(SubElement(group, "Dbtr"), "Nm", _name(debtor.holder))
    account = SubElement(group, "DbtrAcct")
    _text(SubElement(account, "Id"), "IBAN", "".join(debtor.iban.split()))
    _text(account, "Ccy", currency)
    _agent(SubElement(group, "DbtrAgt"), debtor.bic, order.message)
    _text(group, "ChrgBr", "SLEV" if currency == "EUR" else "SHAR")
    for transfer in transfers:
        _transfer(SubElement(group, "CdtTrfTxInf"), transfer, order.message)


def _transfer(element: Element, transfer: Transfer, message: str) -> None:
    _text(SubElement(element, "PmtId"), "EndToEndId", transfer.end_to_end)
    amount = SubElement(SubElement(element, "Amt"), "InstdAmt", {"Ccy": transfer.amount.currency})
    amount.text = str(transfer.amount.decimal)
    _agent(SubElement(element, "CdtrAgt"), transfer.bank_code, message)
    creditor = SubElement(element, "Cdtr")
    domestic = bool(_CNAPS.fullmatch(transfer.bank_code))
    _text(creditor, "Nm", transfer.holder[:LONGEST_NAME] if domestic else _name(transfer.holder))
    if transfer.country:
        _text(SubElement(creditor, "PstlAdr"), "Ctry", transfer.country)
    account = SubElement(SubElement(element, "CdtrAcct"), "Id")
    if transfer.iban:
        _text(account, "IBAN", transfer.account)
    else:
        _text(SubElement(account, "Othr"), "Id", transfer.account)
    _text(SubElement(element, "RmtInf"), "Ustrd", _latin(transfer.text)[:140])


def _agent(element: Element, code: str, message: str) -> None:
    """A bank by its BIC, or mainland China's by its CNAPS number (ISO external clearing system code `CNAPS`)."""
    bank = SubElement(element, "FinInstnId")
    if _CNAPS.fullmatch(code):
        member = SubElement(bank, "ClrSysMmbId")
        _text(SubElement(member, "ClrSysId"), "Cd", "CNAPS")
        _text(member, "MmbId", code)
    else:
        _text(bank, "BICFI" if message == MESSAGES[0] else "BIC", code)


def _sums(element: Element, transfers: Iterable[Transfer]) -> None:
    """How many, and their sum as a bare number: over several currencies it is a check, not an amount."""
    amounts = [t.amount.decimal for t in transfers]
    _text(element, "NbOfTxs", str(len(amounts)))
    _text(element, "CtrlSum", str(sum(amounts, Decimal())))


def _text(parent: Element, name: str, value: str) -> None:
    SubElement(parent, name).text = value


def _name(name: str) -> str:
    return _latin(name)[:LONGEST_NAME].strip()


def _latin(words: str) -> str:
    """In the signs that every bank takes (the Latin set of the SEPA rules); others become a full stop."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    return " ".join(_UNSAFE.sub(".", plain.replace("&", "+")).split())


@cache
def _schema(message: str) -> "XMLSchema":
    """ISO's schema, as the package `sepaxml` ships it."""
    # By name, so that a library of 10 MB is loaded only where a file is made.
    schema: type[XMLSchema] = resolve_name("xmlschema:XMLSchema")
    return schema((files("sepaxml") / "schemas" / f"{message}.xsd").read_text())


def check(data: bytes, message: str) -> None:
    """Raises RunUnfit unless the file is what ISO's schema says."""
    error = next(_schema(message).iter_errors(BytesIO(data)), None)
    if error is not None:
        text = _("The file does not fit the bank's schema: %(where)s.")
        raise RunUnfit(text % {"where": error.path or ""}, why=str(error.reason)) from error
