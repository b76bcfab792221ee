"""What tests of identity share: passwords, the letters that wait to be sent, and JSON sent by a signed-in browser."""

from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import select, update

from app.core import post
from app.core.db import Database
from app.core.outbox import JobRow
from tests.factories.people import Actor, make_company
from tests.forms import forms_of
from trust.identity import passwords
from trust.identity.models import MemberRow

PASSWORD = "three lanterns at dusk"
COMPANY = {
    "country": "CN",
    "name_original": "深圳灯笼制造有限公司",
    "name_latin": "Shenzhen Lantern Works Co., Ltd",
    "registration_number": "914403001922038216",
    "phone": "0755 12345678",
    "address": "广东省深圳市龙岗区坂田路1号",
    "sells": True,
}
MEMBER = {"name": "林伟", "email": "Wei@Lantern.example", "password": PASSWORD}
EMAIL = "wei@lantern.example"


async def give_password(db: Database, actor: Actor, password: str = PASSWORD) -> None:
    kept = await passwords.hashed(password)
    async with db.transaction() as tx:
        await tx.execute(update(MemberRow).where(MemberRow.id == actor.id).values(password_hash=kept))


async def make_owner(db: Database, name: str = "Lantern Works") -> Actor:
    """The owner of a company, who signs in with PASSWORD."""
    async with db.transaction() as tx:
        owner = await make_company(tx, name)
    await give_password(db, owner)
    return owner


async def letters(db: Database, template: str) -> list[dict[str, Any]]:
    """The queued letters of one kind, oldest first: their context, with `to` and `locale`."""
    async with db.transaction(read_only=True) as tx:
        rows = await tx.scalars(select(JobRow).where(JobRow.name == "app.core.post.deliver_sealed").order_by(JobRow.id))
        found = [row.arguments for row in rows if row.arguments.get("template") == template]
    opened = [(post.opened(db.vault, letter["sealed"], template), letter["locale"]) for letter in found]
    return [{**letter["context"], "to": letter["to"], "locale": locale} for letter, locale in opened]


async def token_of(db: Database, template: str) -> str:
    """The token in the latest letter of one kind."""
    token: str = (await letters(db, template))[-1]["token"]
    return token


async def send_json(http: AsyncClient, method: str, path: str, body: Any = None, *, page: str = "/account") -> Response:
    """Send JSON as a script in a page of ours would: with the CSRF token that `page` carries."""
    shown = await http.get(page)
    token = next(iter(forms_of(shown.text).values()))["fields"]["csrf_token"]
    headers = {"accept": "application/json", "x-csrf-token": token}
    return await http.request(method, path, json=body, headers=headers)


def form_of(company: dict[str, Any] | None = None, member: dict[str, Any] | None = None) -> dict[str, Any]:
    """The registration form's fields, as `submit` takes them."""
    fields = {f"company__{k}": v for k, v in {**COMPANY, **(company or {})}.items()}
    fields |= {f"member__{k}": v for k, v in {**MEMBER, **(member or {})}.items()}
    return {k: "true" if v is True else v for k, v in fields.items() if v is not None and v is not False}
