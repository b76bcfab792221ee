"""A day at the bank: finance imports the morning's statement, finds a transfer that names nothing, and makes a run."""

from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring

from app.core import clock
from app.core.money import Money
from app.demo.cast import Stage
from app.demo.timeline import Story
from payments.bank import queries as bookings
from payments.bank.settings import BankSettings, platform_account
from payments.bank.states import BookingKind, BookingState
from payments.operations import queries as operations
from payments.runs import queries as runs
from payments.runs import service as paying
from payments.runs.destinations import destinations
from payments.runs.service import Means, Wanted
from payments.runs.waiting import held_back
from payments.statements import service as statements
from trust.access import Role

CURRENCY = "USD"
OPENING = Money.of("48210.00", CURRENCY)
RECENT = 6
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True)
class Entry:
    """One entry; `amount` below zero is a debit. `code` is family and sub-family of the bank's own code."""

    amount: Money
    bank_ref: str
    name: str = ""
    text: str = ""
    code: tuple[str, str] = ("RCDT", "ESCT")


async def bank_day(stage: Stage, buyer: str) -> Story:
    """The statement shows what was booked by hand, the bank's interest and charge, and one transfer to look into; then
    what waits to be paid is put into a run, for the second clerk to approve."""
    yield stage.now - timedelta(hours=3)
    account = platform_account(stage.ctx.settings)
    if account is None:
        return
    data = _written(account, await _entries(stage, buyer), clock.now().date())
    sent = await statements.keep(stage.ctx.files, stage.vault, data, "statement-usd.xml")
    async with stage.ctx.db.transaction() as tx:
        await statements.take_in(tx, sent, by=await stage.clerk(tx, Role.FINANCE_STAFF))
    await stage.errands.run()
    yield stage.now - timedelta(hours=2)
    await _make_run(stage, account)


async def _entries(stage: Stage, buyer: str) -> list[Entry]:
    async with stage.ctx.db.transaction(read_only=True) as tx:
        booked, _total = await bookings.bookings(tx, state=BookingState.APPROVED, limit=RECENT)
    entries = [
        Entry(
            -row.amount if row.kind is BookingKind.SENT else row.amount, row.bank_ref, row.counterparty, row.reference
        )
        for row in reversed(booked)
        if row.amount.currency == CURRENCY
    ]
    name = stage.firms[buyer].seed.name_latin
    return [
        *entries,
        Entry(Money.of("640.00", CURRENCY), "PTLB-7101", name, "second part, as agreed by telephone"),
        Entry(Money.of("12.40", CURRENCY), "PTLB-7102", code=("MCOP", "INTR")),
        Entry(-Money.of("3.00", CURRENCY), "PTLB-7103", code=("MDOP", "CHRG")),
    ]


def _written(account: BankSettings, entries: list[Entry], day: date) -> bytes:
    """The statement as the bank sends it."""
    root = Element("Document", {"xmlns": NAMESPACE})
    body = _at(_at(root, "BkToCstmrStmt"), "Stmt")
    _at(body, "Id").text = f"PTL-{day:%Y%m%d}"
    _at(body, "ElctrncSeqNb").text = "1"
    period = _at(body, "FrToDt")
    _at(period, "FrDtTm").text, _at(period, "ToDtTm").text = f"{day}T00:00:00Z", f"{day}T23:59:59Z"
    _at(body, "Acct", "Id", "IBAN").text = account.iban
    closing = OPENING
    for entry in entries:
        closing += entry.amount
    for kind, amount in (("OPBD", OPENING), ("CLBD", closing)):
        balance = _at(body, "Bal")
        _at(balance, "Tp", "CdOrPrtry", "Cd").text = kind
        _amount(balance, amount)
    for entry in entries:
        _entry(_at(body, "Ntry"), entry, day)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _entry(element: Element, entry: Entry, day: date) -> None:
    _amount(element, entry.amount)
    _at(element, "Sts", "Cd").text = "BOOK"
    _at(element, "BookgDt", "Dt").text = _at(element, "ValDt", "Dt").text = day.isoformat()
    _at(element, "AcctSvcrRef").text = entry.bank_ref
    code = _at(element, "BkTxCd", "Domn")
    _at(code, "Cd").text = "PMNT"
    family = _at(code, "Fmly")
    _at(family, "Cd").text, _at(family, "SubFmlyCd").text = entry.code
    details = _at(element, "NtryDtls", "TxDtls")
    side = "Dbtr" if entry.amount.minor > 0 else "Cdtr"
    if entry.name:
        _at(details, "RltdPties", side, "Pty", "Nm").text = entry.name
    _at(details, "RmtInf", "Ustrd").text = entry.text


def _amount(element: Element, amount: Money) -> None:
    shown = _at(element, "Amt")
    shown.set("Ccy", amount.currency)
    shown.text = str(abs(amount.decimal))
    _at(element, "CdtDbtInd").text = "CRDT" if amount.minor >= 0 else "DBIT"


def _at(element: Element, *path: str) -> Element:
    for name in path:
        element = SubElement(element, name)
    return element


async def _make_run(stage: Stage, account: BankSettings) -> None:
    means = Means(stage.ctx.files, stage.vault, account)
    async with stage.ctx.db.transaction() as tx:
        waiting = await operations.waiting_for_bank(tx)
        ids = [operation.id for operation in waiting]
        busy = await runs.live_operations(tx, ids) | await bookings.waiting_for(tx, ids)
        held = await held_back(tx, waiting)
        known = await destinations(tx, [one for one in waiting if one.id not in busy and one.id not in held])
        if known:
            by = await stage.clerk(tx, Role.FINANCE_STAFF)
            await paying.make(tx, means, Wanted(list(known), clock.now().date()), by=by)
