"""`python -m tests.faults.mutations [word …]`: takes away one guard after another and looks whether a test goes red.

Each mutant is an edit of one file in a copy of the tree: a line of code less, or a line of SQL after the migrations.
The smallest selection of tests that must notice runs in the copy. A mutant that survives is a guard that nothing
checks. With words, only mutants whose names contain one.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest

from app.embedded import APP_ROLE, OWNER_ROLE, SUPERUSER, Services

HEAVY = (
    "sqlalchemy.ext.asyncio",
    "fastapi",
    "stripe",
    "pydantic",
    "babel",
    "arq",
    "openpyxl",
    "app.main",
    "tests.factories.money",
)
"""Imported once, here: every run is a fork of this process."""
FORKED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # plugins were imported before the fork
OURS = ("app", "tests", "payments", "orders", "listings", "trust")
ROOT = Path(__file__).parents[2]
TEMPLATE, MUTATED = "portolan_template", "portolan_mutant"
DOCUMENT = ROOT / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- mutants: written by python -m tests.faults.mutations -->", "<!-- end of mutants -->"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".data", "__pycache__", "node_modules", ".mypy_cache", ".ruff_cache")
SUMMARY = re.compile(r"^FAILED (\S+)", re.MULTILINE)

LEDGER, ATTACKS = "tests/flows/test_ledger.py", "tests/flows/test_ledger_attacks.py"
GUARDS = "tests/flows/test_money_guards.py"
PAYMENTS, PAYOUTS = "tests/jobs/test_payments.py", "tests/jobs/test_payments_payouts.py"
CHARGEBACKS = "tests/jobs/test_chargebacks.py"
BANK, ESCROW, OUTBOX = "tests/flows/test_bank.py", "tests/flows/test_escrow.py", "tests/jobs/test_outbox.py"
EVIDENCE = "tests/rules/test_evidence.py"
RETENTION = "tests/jobs/test_retention.py"
RACES, MODEL = "tests/faults/test_races.py", "tests/faults/test_model.py"


@dataclass(frozen=True)
class Mutant:
    """What is done to the code (file, old, new) or, with no file, to the database (new); tests: `FILE -k EXPRESSION`"""

    name: str
    file: str
    old: str
    new: str
    tests: str


def sql(name: str, statement: str, tests: str) -> Mutant:
    return Mutant(name, "", "", statement, tests)


def without(table: str, trigger: str, tests: str) -> Mutant:
    return sql(f"trigger {table}.{trigger}", f"DROP TRIGGER {trigger} ON {table}", tests)


def lacking(table: str, constraint: str, tests: str) -> Mutant:
    return sql(f"constraint {constraint}", f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE", tests)


UNORDERED = """
CREATE OR REPLACE FUNCTION balance_follows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    leg record;
BEGIN
    FOR leg IN SELECT * FROM legs ORDER BY number LOOP
        UPDATE balance SET minor = minor + leg.amount_minor WHERE account_id = leg.account_id;
    END LOOP;
    RETURN NULL;
END $$"""

MUTANTS = [
    without("posting", "append_only", f"{LEDGER} -k stays and owner and posting"),
    without("posting", "append_only_truncate", f"{LEDGER} -k stays and owner and TRUNCATE"),
    without("journal_entry", "append_only", f"{LEDGER} -k stays and owner and journal_entry"),
    without("account", "append_only", f"{LEDGER} -k stays and owner and account"),
    without("ledger_proof", "append_only", f"{ATTACKS} -k change_history"),
    without("webhook_event", "append_only", f"{ATTACKS} -k change_history"),
    without("evidence_link", "append_only", f"{ATTACKS} -k change_history"),
    without("evidence_link", "continues_chain", EVIDENCE),
    without("evidence_private", "erased_by_its_chain", EVIDENCE),
    without("inquiry", "forget_in_time", f"{RETENTION} -k refuses_to_forget"),
    without("legal_hold", "keep_hold", f"{RETENTION} -k placed_hold"),
    without("message", "append_only", f"{RETENTION} -k erases_before"),
    without("signature", "keep_signature", f"{RETENTION} -k erases_before"),
    lacking("legal_hold", "ck_legal_hold_maker_is_not_checker", f"{RETENTION} -k placed_hold"),
    without("journal_entry", "sign_entry", f"{LEDGER} -k lie_about"),
    without("posting", "refuse_late_legs", f"{LEDGER} -k come_late"),
    without("journal_entry", "entry_has_legs", f"{LEDGER} -k fewer_than_two"),
    without("posting", "legs_balance", f"{LEDGER} -k balance_by_themselves"),
    without("posting", "balance_follows", f"{LEDGER} -k money_moves"),
    without("account", "open_balance", f"{LEDGER} -k below_zero"),
    without("balance", "refuse_edited_balance", f"{LEDGER} -k stays and owner and balance"),
    without("bank_booking", "refuse_second_decision", f"{BANK} -k decision_stays"),
    without("chargeback", "keep_chargeback", f"{CHARGEBACKS} -k written_off"),
    Mutant(
        "a decided chargeback stays decided",
        "payments/chargebacks/service.py",
        "    if row.state in OVER:\n        return True\n",
        "",
        f"{CHARGEBACKS} -k lost_one",
    ),
    sql("lock of balances in the order of their ids", UNORDERED, f"{LEDGER} -k deadlock"),
    sql(
        "search path of the triggers",
        "ALTER FUNCTION check_entry_has_legs() RESET search_path",
        f"{ATTACKS} -k temporary",
    ),
    sql(
        "rights of the application on posting",
        "GRANT UPDATE, DELETE ON posting TO portolan_app",
        f"{GUARDS} -k nothing_more",
    ),
    sql("rights of the application on balance", "GRANT UPDATE ON balance TO portolan_app", f"{GUARDS} -k nothing_more"),
    lacking("balance", "ck_balance_floor", f"{LEDGER} -k below_zero"),
    lacking("account", "ck_account_floor_zero", f"{LEDGER} -k without_its_floor"),
    lacking("posting", "fk_posting_account", f"{LEDGER} -k account_s_currency"),
    lacking("posting", "ck_posting_amount", f"{GUARDS} -k leg_of_nothing"),
    lacking("journal_entry", "uq_journal_entry_key", f"{LEDGER} -k same_key"),
    lacking("escrow", "uq_escrow_subject", f"{GUARDS} -k one_escrow"),
    lacking("escrow", "ck_escrow_parties", f"{GUARDS} -k one_escrow"),
    lacking("escrow_milestone", "ck_escrow_milestone_fee", f"{GUARDS} -k part_of_what_is_paid"),
    lacking("operation", "uq_operation_provider_key", f"{GUARDS} -k one_operation"),
    lacking("bank_booking", "uq_bank_booking_bank_ref", f"{BANK} -k booked_once"),
    lacking("bank_booking", "ck_bank_booking_maker_is_not_checker", f"{BANK} -k who_books"),
    sql("index uq_operation_open_part", "DROP INDEX uq_operation_open_part", f"{GUARDS} -k one_open"),
    sql("index uq_webhook_event_provider", "DROP INDEX uq_webhook_event_provider", f"{PAYMENTS} -k by_webhook"),
    Mutant(
        "row lock of the milestone",
        "payments/escrow/queries.py",
        "        .where(*where)\n        .with_for_update(of=Milestone)\n",
        "        .where(*where)\n",
        f"{RACES} -k of_release",
    ),
    Mutant(
        "one key for what leaves a milestone",
        "payments/escrow/service.py",
        'key=f"share:{milestone.id}:{milestone.shares}"',
        'key=f"share:{new_id()}"',
        f"{RACES} -k of_release",
    ),
    Mutant(
        "released is final",
        "payments/escrow/states.py",
        "    (S.PENDING, M.CANCEL)",
        "    (S.RELEASED, M.REFUND): S.REFUND_DUE,\n    (S.PENDING, M.CANCEL)",
        f"{ESCROW} -k knows_every_move",
    ),
    Mutant(
        "exactly what was agreed is held",
        "payments/escrow/funding.py",
        "if not wanted or received != milestone.amount:",
        "if not wanted:",
        f"{PAYMENTS} -k less_than",
    ),
    Mutant(
        "the fee is taken from the supplier's part",
        "payments/escrow/funding.py",
        "after = before + self.to_supplier.minor",
        "after = before + self.whole.minor",
        f"{MODEL}",
    ),
    Mutant(
        "one key for all tries at a provider",
        "payments/operations/service.py",
        "        key=operation.provider_key,",
        '        key=f"{operation.provider_key}:{operation.attempts}",',
        f"{PAYMENTS} -k unknown_outcome",
    ),
    Mutant(
        "no sending after the provider forgot the key",
        "payments/operations/service.py",
        "return clock.now() - self.first_sent_at > KEY_KEPT",
        "return False",
        f"{PAYMENTS} -k twenty_hours",
    ),
    Mutant(
        "a lost answer is unknown, not a failure",
        "payments/jobs.py",
        "        await ctx.tx(operating.lose, operation_id, str(lost))\n",
        "        await ctx.tx(settling.refused, operation_id, str(lost))\n",
        f"{PAYMENTS} -k unknown_outcome",
    ),
    Mutant(
        "a confirmed operation stays as it is",
        "payments/settling.py",
        "    if operation.state == OperationState.CONFIRMED:\n        return\n",
        "",
        f"{PAYMENTS} -k by_webhook",
    ),
    Mutant(
        "a lost webhook is made up for by asking",
        "payments/operations/queries.py",
        "Operation.state.in_(UNDER_WAY),\n        Operation.first_sent_at",
        "Operation.state.in_(()),\n        Operation.first_sent_at",
        f"{PAYMENTS} -k lost_webhook",
    ),
    Mutant(
        "a job that another worker did is not done again",
        "app/core/runner.py",
        "        if await _finish(tx, claimed):\n            await",
        "        await _finish(tx, claimed)\n        if True:\n            await",
        f"{OUTBOX} -k only_slow",
    ),
    Mutant(
        "a lease runs out",
        "app/core/runner.py",
        'or_(JOB.c.leased_until.is_(None), JOB.c.leased_until < bindparam("now"))',
        "JOB.c.leased_until.is_(None)",
        f"{OUTBOX} -k worker_that_died",
    ),
    Mutant(
        "a failed proof stops payouts",
        "payments/payouts/service.py",
        "if not await proofs.last_one_held(tx):",
        "if False:",
        f"{PAYOUTS} -k proof",
    ),
    Mutant(
        "a new bank account cools off",
        "payments/payouts/service.py",
        "if row.usable_from > clock.now():",
        "if False:",
        f"{PAYOUTS}",
    ),
    Mutant(
        "who books does not approve",
        "payments/bank/service.py",
        "if row.booked_by == by.id:",
        "if False:",
        f"{BANK} -k who_books",
    ),
    Mutant(
        "the proof: entries balance",
        "payments/ledger/queries.py",
        'return Invariant("entries_balance", not broken',
        'return Invariant("entries_balance", True',
        f"{ATTACKS} -k forces",
    ),
    Mutant(
        "the proof: balances are sums",
        "payments/ledger/queries.py",
        'return Invariant("balances_are_sums", not broken',
        'return Invariant("balances_are_sums", True',
        f"{ATTACKS} -k forces",
    ),
    Mutant(
        "the proof: what is owed is covered",
        "payments/ledger/queries.py",
        'return Invariant("owed_is_covered", not broken',
        'return Invariant("owed_is_covered", True',
        f"{ATTACKS} -k forces",
    ),
    Mutant(
        "the proof: deals add up",
        "payments/ledger/queries.py",
        'return Invariant("deals_add_up", not broken',
        'return Invariant("deals_add_up", True',
        f"{ATTACKS} -k forces",
    ),
    Mutant(
        "the proof: milestones match the books",
        "payments/escrow/queries.py",
        'return Invariant("milestones_match_books", not broken',
        'return Invariant("milestones_match_books", True',
        f"{ATTACKS} -k forces",
    ),
]


class Lab:
    """A copy of the tree, and one server whose migrated template every run clones."""

    def __init__(self, tree: Path, services: Services) -> None:
        self.tree = tree
        self.output = tree.parent / "output.txt"
        self.services = services
        services.create_database(TEMPLATE, owner=OWNER_ROLE, users=[APP_ROLE])
        command = "from app import migrations; migrations.upgrade(__import__('sys').argv[1])"
        url = services.postgres_url(TEMPLATE, OWNER_ROLE)
        subprocess.run([sys.executable, "-c", command, url], cwd=ROOT, check=True)
        for name in HEAVY:
            import_module(name)
        roles = {"APP": APP_ROLE, "OWNER": OWNER_ROLE, "SUPER": SUPERUSER}
        self.env = {f"PORTOLAN_TEST_{who}": services.postgres_url("DATABASE", role) for who, role in roles.items()}
        self.env["PORTOLAN_TEST_REDIS"] = services.redis_url

    def killed_by(self, mutant: Mutant) -> str:
        """The test that noticed; "" when none did. Raises SystemExit when the edit does not fit, or no test ran."""
        code = self._edited(mutant) if mutant.file else self._altered(mutant)
        said = self.output.read_text()
        if code not in (0, 1):  # neither green nor red
            raise SystemExit(f"{mutant.name}: {said[-2000:]}")
        found = SUMMARY.search(said)
        return found[1] if found else ""

    def _edited(self, mutant: Mutant) -> int:
        path = self.tree / mutant.file
        before = path.read_text()
        if before.count(mutant.old) != 1:
            raise SystemExit(f"{mutant.name}: what it changes stands {before.count(mutant.old)} times in {mutant.file}")
        path.write_text(before.replace(mutant.old, mutant.new))
        try:
            return self._run(mutant.tests, TEMPLATE)
        finally:
            path.write_text(before)

    def _altered(self, mutant: Mutant) -> int:
        self._as(SUPERUSER, "postgres", f'CREATE DATABASE "{MUTATED}" TEMPLATE "{TEMPLATE}" OWNER {OWNER_ROLE}')
        try:
            self._as(OWNER_ROLE, MUTATED, mutant.new)
            return self._run(mutant.tests, MUTATED)
        finally:
            self._as(SUPERUSER, "postgres", f'DROP DATABASE "{MUTATED}" WITH (FORCE)')

    def _as(self, role: str, database: str, statement: str) -> None:
        async def execute() -> None:
            url = self.services.postgres_url(database, role).replace("postgresql+asyncpg", "postgresql")
            connection = await asyncpg.connect(url)
            await connection.execute(statement)
            await connection.close()

        asyncio.run(execute())

    def _run(self, tests: str, template: str) -> int:
        """pytest's exit code; what it says goes to `output`."""
        words, _, expression = tests.partition(" -k ")
        options = [
            "-x",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            *FORKED,
            *(["-k", expression] if expression else []),
        ]
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = 70  # the fork never comes back from here: not even by an exception
        try:
            said = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(said, 1)
            os.dup2(said, 2)
            os.environ.update({**self.env, "PORTOLAN_TEST_TEMPLATE": template, "PORTOLAN_FAULTS": "quick"})
            if template == TEMPLATE:  # the code is edited: forget our own, and import it from the tree
                os.chdir(self.tree)
                sys.path[0] = str(self.tree)
                for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
                    del sys.modules[name]
            code = int(pytest.main([*words.split(), *options]))
        except BaseException:  # noqa: BLE001  told in the output, which the parent reads
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def main(words: list[str]) -> int:
    chosen = [m for m in MUTANTS if not words or any(word in m.name for word in words)]
    folder = Path(tempfile.mkdtemp(prefix="portolan-mutants-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    began, lines = time.monotonic(), list[str]()
    try:
        tree = shutil.copytree(ROOT, folder / "tree", ignore=LEFT_OUT, symlinks=True)
        with Services.start(folder / "data", durable=False) as services:
            lab = Lab(tree, services)
            for mutant in chosen:
                try:
                    test = lab.killed_by(mutant)
                except SystemExit as broken:
                    print(broken, flush=True)  # noqa: T201  as below
                    test = ""
                lines.append(f"| {mutant.name} | {f'`{test}`' if test else '**survived**'} |")
                print(lines[-1], flush=True)  # noqa: T201  this is a command
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    survivors = sum("**survived**" in line for line in lines)
    minutes = (time.monotonic() - began) / 60
    print(f"{len(chosen)} guards taken away, {survivors} unnoticed, {minutes:.0f} min")  # noqa: T201
    if not words:
        text = "\n".join(
            [f"{len(chosen)} guards, {survivors} unnoticed.", "", "| guard | red |", "| --- | --- |", *lines]
        )
        block = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        DOCUMENT.write_text(block.sub(lambda _: f"{BEGIN}\n{text}\n{END}", DOCUMENT.read_text()))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
