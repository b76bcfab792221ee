"""Who can sign in to the demo world: one account for each role, with an API key for scripts."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app.demo import people
from app.demo.cast import PASSWORD, Firm, Stage
from trust.access import Role, granted
from trust.identity import sessions
from trust.identity.service import keys

FILE = "demo.json"
KEY_DAYS = 365
_WAIT_FOR_DISK = text("SET LOCAL synchronous_commit TO on")
SELLING = (Role.OWNER, Role.SALES, Role.FINANCE, Role.SIGNATORY)
BUYING = (Role.OWNER, Role.PURCHASER, Role.FINANCE, Role.SIGNATORY)


@dataclass(frozen=True)
class Account:
    """`role` is such as `supplier sales`, `moderator`, or `finance second` for the other pair of eyes."""

    role: str
    organisation: str
    email: str
    password: str
    api_key: str


async def issue(stage: Stage) -> list[Account]:
    """The accounts of the first supplier, the first buyer and the staff, each with a new key for all its member may."""
    supplier = next(stage.firms[seed.key] for seed in people.suppliers() if seed.key in stage.firms)
    buyer = next(stage.firms[seed.key] for seed in people.buyers() if seed.key in stage.firms)
    who = [
        *((f"buyer {role}", _member(buyer, role)) for role in BUYING),
        *((f"supplier {role}", _member(supplier, role)) for role in SELLING),
    ]
    for role, members in stage.staff.items():
        name = "finance" if role is Role.FINANCE_STAFF else role.value
        who += zip((name, f"{name} second"), members, strict=False)
    accounts = []
    async with stage.ctx.db.transaction() as tx:
        await tx.execute(_WAIT_FOR_DISK)  # with this last commit all before it are there, see `command.run`
        for what, member_id in who:
            member = await sessions.acting(tx, member_id)
            _view, key = await keys.issue(tx, "demo", sorted(granted(member)), KEY_DAYS, by=member)
            accounts.append(Account(what, member.organisation_name, member.email, PASSWORD, key))
    return accounts


def _member(firm: Firm, role: Role) -> UUID:
    return firm.people[role]


def keep(accounts: list[Account], data_dir: Path) -> None:
    """Write the accounts where only this user can read them: keys are shown once and kept nowhere else."""
    data_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=1)
    path = data_dir / FILE
    path.touch(mode=0o600)
    path.chmod(0o600)  # also when an earlier world left it there
    path.write_text(text, encoding="utf-8")


def read(data_dir: Path) -> str:
    """The accounts as JSON. Raises FileNotFoundError while no world was built."""
    return (data_dir / FILE).read_text(encoding="utf-8")
