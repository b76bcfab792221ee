"""`python -m bench.statements [lines]`: one file of 100,000 lines with planted errors, read, matched and booked.

Most lines pay a milestone as agreed; every hundredth is wrong in one of eight ways. All of these must become cases of
their kind, and none of them, nor anything else, may be booked where it does not belong.
"""

import asyncio
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select

from app import migrations, wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.embedded import OWNER_ROLE, Services
from payments import proof
from payments.bank.settings import SPECIMEN
from payments.cases.models import BankCase
from payments.cases.states import CaseKind
from payments.escrow.models import Escrow, Milestone
from payments.escrow.reference import reference_for
from payments.escrow.states import MilestoneState
from payments.statements import booking, jobs, queries, service
from payments.statements.models import BankLine
from payments.statements.states import FileState
from trust.access import Member, Role
from trust.identity.models import MemberRow, Organisation

LINES = 100_000
EVERY = 100
BUYERS = 200
PLANTED = (
    CaseKind.UNDERPAID,
    CaseKind.OVERPAID,
    CaseKind.LATE,
    CaseKind.WRONG_SENDER,
    CaseKind.UNKNOWN_REFERENCE,
    CaseKind.PAID_TWICE,
    CaseKind.LARGE,
    CaseKind.UNKNOWN_DEBIT,
)
PRICE, LARGE = 12_345, 2_000_000


@dataclass(frozen=True)
class Due:
    """A payment of the seeded deals, the company that owes it, and what is planted on its line, if anything."""

    id: UUID
    reference: str
    buyer: str
    minor: int
    wrong: CaseKind | None


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            settings = Settings(
                database_url=services.postgres_url(),
                migration_database_url=services.postgres_url(role=OWNER_ROLE),
                data_dir=folder,
            )
            migrations.upgrade(settings.migration_database_url)
            asyncio.run(measure(settings, lines))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure(settings: Settings, lines: int) -> None:
    db = Database(settings.database_url)
    ctx = wiring.job_context(settings, db)
    print(f"Seeding {lines:,} payments that are due…", flush=True)
    finance, dues = await seed(ctx, lines)
    data = b"".join(statement(dues))
    vault = settings.vault
    sent, megabytes = await service.keep(ctx.files, vault, data, "bench.xml"), len(data) / 2**20
    del data
    async with db.transaction() as tx:
        file_id = await service.take_in(tx, sent, by=finance)
    began, busy = time.monotonic(), time.process_time()
    await jobs.read_statement(ctx, file_id)
    read = time.monotonic() - began
    while (await state(ctx, file_id)) is FileState.BOOKING:
        await ctx.tx(booking.book_batch, file_id, jobs.BOOKED_AT_ONCE, {"USD": 1_000_000})
    took, busy = time.monotonic() - began, time.process_time() - busy
    await check(ctx, file_id, dues)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{lines:,} lines, {megabytes:.0f} MB: read in {read:.0f} s, matched and booked in {took - read:.0f} s,"
        f" together {took:.0f} s ({lines / took:.0f} lines/s); this process worked {busy:.0f} s of it; peak {peak} MB"
    )
    await db.close()


async def state(ctx: JobContext, file_id: UUID) -> FileState:
    async with ctx.db.transaction(read_only=True) as tx:
        return (await queries.file(tx, file_id)).state


async def seed(ctx: JobContext, lines: int) -> tuple[Member, list[Due]]:
    """Companies and deals, written in bulk: one deal of one payment for each line that pays one."""
    async with ctx.db.transaction() as tx:
        companies = [_company(number) for number in range(BUYERS + 1)]
        tx.add_all(companies)
        await tx.flush()
        desk = MemberRow(
            organisation_id=companies[0].id,
            name="Desk",
            email="desk@bench.example",
            password_hash="unused",  # noqa: S106  nobody signs in
            roles=[Role.FINANCE_STAFF],
        )
        tx.add(desk)
        await tx.flush()
        member = Member(desk.id, companies[0].id, "Bench", "Desk", desk.email, "DE", 2, frozenset({Role.FINANCE_STAFF}))
    dues: list[Due] = []
    for start in range(0, lines, 2000):
        dues += await _deals(ctx, companies, range(start, min(start + 2000, lines)))
    return member, dues


def _company(number: int) -> Organisation:
    name = f"Company {_letters(number)} GmbH"
    return Organisation(
        slug=f"bench-{number}",
        name_original=name,
        name_latin=name,
        country="DE",
        registration_kind="registry",
        registration_number=str(number),
        level=2,
    )


def _letters(number: int) -> str:
    return "".join(chr(65 + int(digit)) for digit in f"{number:04d}")


async def _deals(ctx: JobContext, companies: Sequence[Organisation], numbers: range) -> list[Due]:
    supplier, buyers = companies[0], companies[1:]
    escrows, milestones, dues = [], [], []
    for number in numbers:
        wrong = PLANTED[number // EVERY % len(PLANTED)] if number % EVERY == EVERY - 1 else None
        buyer, id_, escrow_id = buyers[number % BUYERS], new_id(), new_id()
        minor = LARGE if wrong is CaseKind.LARGE else PRICE + number
        late = wrong is CaseKind.LATE
        dues.append(Due(id_, reference_for(id_), buyer.name_latin, minor, wrong))
        escrows.append(
            {
                "id": escrow_id,
                "subject_type": "bench",
                "subject_id": new_id(),
                "buyer_id": buyer.id,
                "supplier_id": supplier.id,
                "currency": "USD",
                "contract_hash": "0" * 64,
                "created_at": clock.now(),
            }
        )
        milestones.append(
            {
                "id": id_,
                "escrow_id": escrow_id,
                "position": 0,
                "kind": "deposit",
                "amount_minor": minor,
                "amount_currency": "USD",
                "fee_minor": 0,
                "fee_currency": "USD",
                "reference": reference_for(id_),
                "state": MilestoneState.CANCELLED if late else MilestoneState.PENDING,
                "created_at": clock.now(),
            }
        )
    async with ctx.db.transaction() as tx:
        await tx.execute(insert(Escrow), escrows)
        await tx.execute(insert(Milestone), milestones)
    return dues


def statement(dues: Sequence[Due]) -> Iterator[bytes]:
    """The file, piece by piece. What is planted as paid twice pays what the line before it has paid."""
    closing = Money(sum(minor for minor, _text in _entries(dues)), "USD").decimal
    sign = "DBIT" if closing < 0 else "CRDT"
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>BENCH</MsgId></GrpHdr><Stmt><Id>BENCH</Id>"
        f"<Acct><Id><IBAN>{SPECIMEN['iban']}</IBAN></Id><Ccy>USD</Ccy></Acct>"
        "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy='USD'>0</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        f"<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy='USD'>{abs(closing)}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd></Bal>"
    ).encode()
    for _minor, text in _entries(dues):
        yield text.encode()
    yield b"</Stmt></BkToCstmrStmt></Document>"


def _entries(dues: Sequence[Due]) -> Iterator[tuple[int, str]]:
    for number, due in enumerate(dues):
        minor, name, reference = due.minor, due.buyer.upper(), due.reference
        match due.wrong:
            case CaseKind.UNDERPAID:
                minor -= 100
            case CaseKind.OVERPAID:
                minor += 100
            case CaseKind.WRONG_SENDER:
                name = f"{name} HOLDING"
            case CaseKind.UNKNOWN_REFERENCE:
                reference = ""
                minor += 1_000_000_000
            case CaseKind.PAID_TWICE:
                before = dues[number - 1]
                minor, name, reference = before.minor, before.buyer.upper(), before.reference
            case CaseKind.UNKNOWN_DEBIT:
                minor, reference = -minor, ""
        yield minor, _entry(number, minor, name, reference)


def _entry(number: int, minor: int, name: str, reference: str) -> str:
    amount = f'<Amt Ccy="USD">{Money(abs(minor), "USD").decimal}</Amt>'
    side, sign = ("Dbtr", "CRDT") if minor > 0 else ("Cdtr", "DBIT")
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>"
    free = f"<Ustrd>Order {number} ref {reference[:4]} {reference[4:]}</Ustrd>"
    return (
        f"<Ntry>{amount}<CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt>"
        f"<ValDt><Dt>2026-11-20</Dt></ValDt><AcctSvcrRef>BENCH{number}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
        "<Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>"
        f"NOTPROVIDED</EndToEndId></Refs>{amount}<CdtDbtInd>{sign}</CdtDbtInd><RltdPties><{side}><Pty><Nm>{name}</Nm>"
        f"</Pty></{side}><{side}Acct><Id><IBAN>DE0212030000{number:010d}</IBAN></Id></{side}Acct></RltdPties>"
        f"<RmtInf>{structured if number % 2 and reference else free}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


async def check(ctx: JobContext, file_id: UUID, dues: Sequence[Due]) -> None:
    """Every planted error is a case of its kind, every other line paid its own payment, and suspense is the cases."""
    async with ctx.db.transaction(read_only=True) as tx:
        rows = await tx.execute(
            select(BankLine.number, BankLine.status, BankLine.milestone_id, BankLine.operation_id, BankCase.kind)
            .outerjoin(BankCase, BankCase.line_id == BankLine.id)
            .order_by(BankLine.number)
        )
        wrong = 0
        found: dict[CaseKind, int] = dict.fromkeys(PLANTED, 0)
        for number, status, milestone_id, operation_id, kind in rows:
            due = dues[number - 1]
            if due.wrong is None:
                wrong += status != "booked" or milestone_id != due.id or operation_id is None
            else:
                found[due.wrong] += kind == due.wrong and operation_id is None
        planted = {kind: sum(due.wrong is kind for due in dues) for kind in PLANTED}
        invariants = {i["name"]: i["holds"] for i in (await proof.proof(tx)).invariants}
    for kind in PLANTED:
        print(f"  {kind}: {found[kind]:,} of {planted[kind]:,} flagged")
    print(f"  matched wrongly or not at all: {wrong:,}")
    kept = [name for name, holds in invariants.items() if holds]
    print(f"  invariants that hold: {', '.join(kept)}")
    assert found == planted
    assert not wrong
    assert {"suspense_is_cases", "entries_balance", "milestones_match_books", "deals_add_up"} <= set(kept)


if __name__ == "__main__":
    main()
