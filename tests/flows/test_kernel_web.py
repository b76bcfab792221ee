"""The web's promises, shown on a small shop of lamps: nothing twice, nothing forged, nothing typed is lost."""

import asyncio
import json
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import pytest
from jinja2 import ChoiceLoader, DictLoader
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.money import Money
from app.core.states import StateChange
from app.core.web import Answer, HouseRouter, Submitted, Tx, Upload
from tests.factories.people import make_company, make_key
from tests.forms import forms_of, submit
from trust.access import CurrentMember

PAGE = """{% extends "base.html" %}{% import "macros/forms.html" as f %}
{% block title %}Lamps{% endblock %}
{% block content %}{% call f.form("/lamps", "lamp") %}{{ f.field("name", "Name") }}
{{ f.field("price.amount", "Price") }}{{ f.field("price.currency", "Currency") }}{{ f.field("count", "Count") }}
{{ f.submit("Save") }}{% endcall %}{% endblock %}"""


class LampIn(BaseModel):
    name: str = Field(max_length=20)
    price: Money
    count: int = Field(1, ge=1, le=10)
    weight: Decimal | None = Field(None, gt=0)
    picture: Upload | None = None


class LampOut(BaseModel):
    id: UUID
    name: str
    price: Money


class LampTaken(Conflict):
    code = "lamp_taken"


router = HouseRouter()


@router.get("/lamps")
async def lamps(answer: Answer, tx: Tx, member: CurrentMember) -> Any:
    return answer.show("lamps.html", [])


@router.get("/lamps/writing-get")
async def writing_get(answer: Answer, tx: Tx) -> Any:
    tx.add(_change("written by a GET"))
    await tx.flush()
    return answer.show("lamps.html", [])


@router.post("/lamps")
async def light(answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[LampIn, Submitted(LampIn)]) -> Any:
    if data.name == "taken":
        raise LampTaken("That name is taken.")
    if data.name == "crash":
        raise RuntimeError("a bug")
    tx.add(_change(data.name))
    await tx.flush()
    lamp = LampOut(id=new_id(), name=data.name, price=data.price)
    return answer.done(f"/lamps/{lamp.id}", lamp, created=True, flash="Lit.")


def _change(note: str) -> StateChange:
    return StateChange(
        subject_type="lamp",
        subject_id=new_id(),
        move="light",
        from_state="dark",
        to_state="lit",
        note=note,
        at=clock.now(),
    )


@pytest.fixture
def app(app):
    app.include_router(router)
    app.router.routes.insert(0, app.router.routes.pop())
    shared = app.state.templates
    app.state.templates = shared.overlay()
    app.state.templates.loader = ChoiceLoader([shared.loader, DictLoader({"lamps.html": PAGE})])
    return app


@pytest.fixture
async def actor(db):
    async with db.transaction() as tx:
        return await make_company(tx)


@pytest.fixture
async def key(db, actor):
    return await make_key(db, actor)


JSON = {"content-type": "application/json"}
LAMP = {"name": "Moon", "price": {"amount_minor": 1250, "currency": "USD"}}


async def lit(db):
    async with db.transaction() as tx:
        query = select(func.count()).select_from(StateChange).where(StateChange.subject_type == "lamp")
        return (await tx.execute(query)).scalar_one()


async def test_one_handler_two_readers(client, db, actor, key):
    async with client(as_=actor) as http:
        page = await submit(http, "/lamps", "lamp", name="Moon", price__amount="12.50", price__currency="USD")
    async with client(key=key) as api:
        made = await api.post("/api/v1/lamps", json=LAMP)
    assert page.status_code == 303
    assert made.status_code == 201
    assert made.json()["price"] == LAMP["price"]
    assert made.headers["location"].startswith("/api/v1/lamps/")
    assert await lit(db) == 2


async def test_a_get_cannot_write(client, db, actor):
    async with client(as_=actor) as http:
        refused = await http.get("/lamps/writing-get")
    assert refused.status_code == 500
    assert await lit(db) == 0


async def test_routes_are_found_by_their_first_segment(app, client, actor):
    assert not [route.path for route in app.routes if getattr(route, "path", "/").startswith("/{")]
    async with client(as_=actor) as http:
        assert (await http.get("/lamps")).status_code == 200
        lost = await http.get("/lampshades")
        wrong = await http.delete("/products")
        slash = await http.get("/products/")
        nothing = await http.get("/products/x/y/z")
    assert [lost.status_code, nothing.status_code, wrong.status_code] == [404, 404, 405]
    assert (slash.status_code, slash.headers["location"]) == (307, "http://test/products")


async def test_a_restarted_database_costs_no_request(client, db, urls, actor):
    async with client(as_=actor) as http:
        assert (await http.get("/lamps")).status_code == 200
        boss = await asyncpg.connect(urls.super.replace("+asyncpg", ""))
        await boss.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            urls.name,
        )
        await boss.close()
        await asyncio.sleep(0.2)  # until the sockets have closed
        assert (await http.get("/lamps")).status_code == 200


async def test_a_refused_form_is_shown_again_with_what_was_typed(client, db, actor):
    async with client(as_=actor) as http:
        again = await submit(
            http, "/lamps", "lamp", name="Moon <b>", price__amount="12.505", price__currency="USD", count="99"
        )
    assert again.status_code == 422
    fields = forms_of(again.text)["lamp"]["fields"]
    assert (fields["name"], fields["price.amount"], fields["count"]) == ("Moon <b>", "12.505", "99")
    assert "Must be 10 or less." in again.text
    assert "This is not a valid amount." in again.text
    assert await lit(db) == 0


async def test_in_the_readers_language(client, actor):
    async with client(as_=actor) as http:
        http.cookies.set("locale", "zh-Hans")
        again = await submit(http, "/lamps", "lamp", name="Moon", price__amount="1", price__currency="USD", count="99")
    assert "不能大于 10" in again.text
    assert '<html lang="zh-Hans"' in again.text


async def test_a_conflict_is_shown_in_its_form(client, actor):
    async with client(as_=actor) as http:
        again = await submit(http, "/lamps", "lamp", name="taken", price__amount="1", price__currency="USD")
    assert again.status_code == 409
    assert "That name is taken." in again.text


async def test_a_crash_says_so_and_changes_nothing(client, db, actor, key):
    async with client(key=key) as api:
        crash = await api.post("/api/v1/lamps", json=LAMP | {"name": "crash"})
    assert crash.status_code == 500
    assert crash.json()["code"] == "internal"
    assert crash.json()["request_id"] == crash.headers["x-request-id"]
    assert "bug" not in crash.text
    assert await lit(db) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 21}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"price": {"amount_minor": 1.5, "currency": "USD"}}, "price"),
        ({"price": {"amount_minor": 10**30, "currency": "USD"}}, "price"),
        ({"price": {"amount_minor": 1, "currency": "XXX"}}, "price"),
        ({"price": 12}, "price"),
        ({"count": "many"}, "count"),
        ({"count": 0}, "count"),
        ({"weight": "NaN"}, "weight"),
        ({"weight": "1e400x"}, "weight"),
    ],
)
async def test_garbage_is_named(client, db, key, change, field):
    async with client(key=key) as api:
        refused = await api.post("/api/v1/lamps", content=json.dumps(LAMP | change), headers=JSON)
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == [field]
    assert await lit(db) == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'{"name": Infinity}', b"[" * 100_000, b'"x"'])
async def test_what_is_not_json(client, db, key, body):
    async with client(key=key) as api:
        refused = await api.post("/api/v1/lamps", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert await lit(db) == 0


async def test_too_large(client, key):
    async with client(key=key) as api:
        refused = await api.post("/api/v1/lamps", content=b"x" * (26 * 2**20))
    assert refused.status_code == 413


async def test_a_form_needs_its_token(client, db, actor):
    async with client(as_=actor) as http:
        bare = await http.post("/lamps", data={"name": "Moon", "price.amount": "1", "price.currency": "USD"})
        fields = forms_of((await http.get("/lamps")).text)["lamp"]["fields"]
        foreign = await http.post(
            "/lamps",
            data=fields | {"name": "Moon", "price.amount": "1", "price.currency": "USD"},
            headers={"origin": "https://evil.example"},
        )
    assert (bare.status_code, foreign.status_code) == (403, 403)
    assert await lit(db) == 0


async def test_the_same_form_sent_twice_is_one_lamp(client, db, actor):
    async with client(as_=actor) as http:
        form = forms_of((await http.get("/lamps")).text)["lamp"]
        data = form["fields"] | {"name": "Moon", "price.amount": "1", "price.currency": "USD"}
        first, second = await http.post("/lamps", data=data), await http.post("/lamps", data=data)
    assert first.headers["location"] == second.headers["location"]
    assert await lit(db) == 1


async def test_one_key_other_input(client, db, key):
    async with client(key=key) as api:
        await api.post("/api/v1/lamps", json=LAMP, headers={"idempotency-key": "k1"})
        refused = await api.post("/api/v1/lamps", json=LAMP | {"name": "Sun"}, headers={"idempotency-key": "k1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
    assert await lit(db) == 1


async def test_two_hundred_at_once_are_one(client, db, key):
    async with client(key=key) as api:
        answers = await asyncio.gather(
            *(api.post("/api/v1/lamps", json=LAMP, headers={"idempotency-key": "k2"}) for _ in range(200))
        )
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert await lit(db) == 1


async def test_a_refused_request_does_not_use_up_its_key(client, db, key):
    async with client(key=key) as api:
        bad = await api.post("/api/v1/lamps", json=LAMP | {"count": 99}, headers={"idempotency-key": "k3"})
        good = await api.post("/api/v1/lamps", json=LAMP, headers={"idempotency-key": "k3"})
    assert (bad.status_code, good.status_code) == (422, 201)


async def test_keys_of_two_companies_do_not_meet(client, db, key):
    async with db.transaction() as tx:
        other = await make_company(tx)
    for secret in (key, await make_key(db, other)):
        async with client(key=secret) as api:
            assert (await api.post("/api/v1/lamps", json=LAMP, headers={"idempotency-key": "k"})).status_code == 201
    assert await lit(db) == 2


async def test_strangers_are_sent_to_sign_in(client):
    async with client() as http:
        page, api = await http.get("/lamps"), await http.get("/api/v1/lamps")
    assert page.headers["location"] == "/session/new?next=/lamps"
    assert (api.status_code, api.json()["code"]) == (401, "sign_in_needed")
