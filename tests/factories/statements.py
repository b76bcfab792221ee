"""Statements as banks write them: camt.053 in both versions that are read, and what goes into them."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from xml.sax.saxutils import escape

from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from payments.bank.settings import SPECIMEN
from payments.escrow.queries import MilestoneView
from payments.statements import queries, service
from payments.statements.service import Sent
from payments.statements.states import FileState
from tests.factories.people import Actor

DAY = date(2026, 11, 20)
IBAN = SPECIMEN["iban"]
PAYER = "DE02120300000000202051"
ENDED = (FileState.DONE, FileState.REFUSED)


@dataclass(frozen=True)
class Entry:
    """One entry with one transaction; amounts in minor units, negative for a debit. `extra` stands in the entry."""

    amount: Money
    reference: str = ""
    text: str = ""
    end_to_end: str = "NOTPROVIDED"
    name: str = "Hansa Import GmbH"
    account: str = PAYER
    bank: str = "BYLADEM1001"
    bank_ref: str = field(default_factory=lambda: f"B{new_id().hex}")
    code: str = "PMNT/RCDT/ESCT"
    reversal: bool = False
    reason: str = ""
    batch: str = ""
    status: str = "BOOK"
    currency: str = ""


def transfer(milestone: MilestoneView, **changes: object) -> Entry:
    """A buyer's transfer for a milestone, as agreed, unless said otherwise."""
    values: dict[str, object] = {"amount": milestone.amount, "reference": milestone.reference}
    return Entry(**(values | changes))  # type: ignore[arg-type]


def _entry(e: Entry, version: str) -> str:
    new = version == "08"
    credit = e.amount.minor > 0
    shown = abs(e.amount.decimal)
    amount = f'<Amt Ccy="{e.currency or e.amount.currency}">{shown}</Amt>'
    domain, family, sub = e.code.split("/")
    side, agent = ("Dbtr", "DbtrAgt") if credit else ("Cdtr", "CdtrAgt")
    name = f"<Nm>{escape(e.name)}</Nm>" if e.name else ""
    party = f"<{side}>{f'<Pty>{name}</Pty>' if new else name}</{side}>"
    number = f"<IBAN>{e.account}</IBAN>" if e.account[:2].isalpha() else f"<Othr><Id>{e.account}</Id></Othr>"
    account = f"<{side}Acct><Id>{number}</Id></{side}Acct>" if e.account else ""
    tag = "BICFI" if new else "BIC"
    bank = f"<RltdAgts><{agent}><FinInstnId><{tag}>{e.bank}</{tag}></FinInstnId></{agent}></RltdAgts>" if e.bank else ""
    free = f"<Ustrd>{escape(e.text)}</Ustrd>" if e.text else ""
    strd = f"<Strd><CdtrRefInf><Ref>{escape(e.reference)}</Ref></CdtrRefInf></Strd>" if e.reference else ""
    own = amount if new else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    indicator = f"<CdtDbtInd>{'CRDT' if credit else 'DBIT'}</CdtDbtInd>"
    batch = f"<PmtInfId>{e.batch}</PmtInfId>" if e.batch else ""
    return (
        f"<Ntry>{amount}{indicator}"
        f"{'<RvslInd>true</RvslInd>' if e.reversal else ''}"
        f"<Sts>{f'<Cd>{e.status}</Cd>' if new else e.status}</Sts>"
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><ValDt><Dt>{DAY}</Dt></ValDt><AcctSvcrRef>{e.bank_ref}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs>{batch}<EndToEndId>{escape(e.end_to_end)}</EndToEndId></Refs>"
        f"{own + indicator if new else own}<RltdPties>{party}{account}</RltdPties>{bank}"
        f"<RmtInf>{free}{strd}</RmtInf>"
        f"{f'<RtrInf><Rsn><Cd>{e.reason}</Cd></Rsn></RtrInf>' if e.reason else ''}"
        "</TxDtls></NtryDtls></Ntry>"
    )


def _balance(kind: str, minor: int, currency: str) -> str:
    shown = abs(Money(minor, currency).decimal)
    sign = "DBIT" if minor < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{shown}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>"
    )


def statement(
    *entries: Entry,
    opening: int = 0,
    closing: int | None = None,
    currency: str = "USD",
    iban: str = IBAN,
    bank_id: str = "",
    sequence: int | None = None,
    version: str = "08",
    opens: str = "OPBD",
    message: str = "camt.053.001",
) -> bytes:
    """A file with one statement; it adds up unless `closing` says otherwise. Balances are in minor units."""
    moved = sum(e.amount.minor for e in entries if e.status == "BOOK")
    ends = opening + moved if closing is None else closing
    number = f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>" if sequence is not None else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T22:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{bank_id or new_id().hex}</Id>{number}<CreDtTm>2026-11-20T22:00:00Z</CreDtTm>"
        f"<FrToDt><FrDtTm>{DAY}T00:00:00Z</FrDtTm><ToDtTm>{DAY}T23:59:59Z</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{_balance(opens, opening, currency)}{_balance('CLBD', ends, currency)}"
        f"{''.join(_entry(e, version) for e in entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


async def send_in(ctx: JobContext, data: bytes, by: Actor, *, run: bool = True) -> UUID:
    """Finance sends a file in; with `run`, it is read and its lines are booked."""
    vault = ctx.settings.vault
    sent: Sent = await service.keep(ctx.files, vault, data, "statement.xml")
    async with ctx.db.transaction() as tx:
        file_id = await service.take_in(tx, sent, by=by.member)
    if run:
        await drain(ctx)
        async with asyncio.timeout(30):  # where a worker runs beside the test, it may have taken the job
            while not await _over(ctx, file_id):
                await asyncio.sleep(0.05)
                await drain(ctx)
    return file_id


async def _over(ctx: JobContext, file_id: UUID) -> bool:
    async with ctx.db.transaction(read_only=True) as tx:
        return (await queries.file(tx, file_id)).state in ENDED
