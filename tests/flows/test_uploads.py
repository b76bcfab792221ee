"""Every route that takes files, given what nobody should hand in: refused clearly, and nothing of it stays.

The routes are the application's own; one that takes a file and that WHO does not name fails: its author decides.
"""

import re
import resource
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.runner import drain
from app.tables import metadata
from orders.forgetting.jobs import erase_files
from tests.factories.cases import make_report
from tests.factories.files import PDF
from tests.factories.garbage import GARBAGE
from tests.factories.verification import FORM
from tests.factories.world import World, make_world
from tests.fakes import FakeGateway
from tests.flows.test_routes import RULES, Address, Asker, addresses, admitted
from trust.cases.report_web import COOKIE

MEGA = 2**20
COMPANY = {name.replace("__", "."): said for name, said in FORM.items()}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WHO: dict[str, str] = {
    "supplier owner": """
        POST /products   POST /products/{product_id}   PUT /products/{product_id}   POST /products/{product_id}/pictures
        POST /imports   POST /verification   POST /verification/{request_id}/answer   POST /licences
        POST /inquiries/{inquiry_id}/messages   POST /contracts/{contract_id}/annexes
        POST /contracts/{contract_id}/signatures   POST /contracts/{contract_id}/amendment/signatures
        POST /orders/{order_id}/shipments   POST /orders/{order_id}/shipments/{shipment_id}/delivery
        POST /orders/{order_id}/proposals   POST /orders/{order_id}/milestones/{milestone_id}/evidence
        POST /orders/{order_id}/milestones/{milestone_id}/proposals   POST /orders/{order_id}/documents/comparison
        POST /orders/{order_id}/shipments/{shipment_id}/transport-document
        POST /orders/{order_id}/shipments/{shipment_id}/insurance-certificate
        POST /orders/{order_id}/shipments/{shipment_id}/inspection-certificate
        POST /orders/{order_id}/shipments/{shipment_id}/certificate-of-origin
        POST /restrictions/{restriction_id}/statements   POST /restrictions/{restriction_id}/appeal
        POST /cases/{matter_id}/statements   POST /cases/{matter_id}/translations
        POST /rights/notices/{notice_id}/counter-statements
    """,
    "buyer owner": """
        POST /inquiries   POST /rfqs   POST /orders/{order_id}/acceptance   POST /orders/{order_id}/disputes
        POST /orders/{order_id}/claim
        POST /orders/{order_id}/end-use/{position}   POST /cases   POST /rights/notices   POST /rights/registry
        POST /rights/notices/{notice_id}/proceedings
    """,
    "staff compliance": """
        POST /verification/{request_id}/register   POST /site-visits/{organisation_id}
        POST /identity-reports/recipients   POST /goods/imports   POST /screening/un   POST /screening/ofac
        POST /screening/sheets   POST /restrictions/desk/findings   POST /authority-requests
        POST /authority-requests/{authority_request_id}/approvals
        POST /authority-requests/{authority_request_id}/packages
        POST /incidents/{incident_id}/duties/{incident_duty_id}/completion   POST /quality
    """,
    "staff finance_staff": "POST /finance/rates/files   POST /finance/statements   POST /finance/memberships/waivers",
    "staff admin": """
        POST /statutory/recipients   POST /statutory/{statutory_filing_id}/filing   POST /operator/capital
        POST /operator/penalties   POST /title-applications/{title_application_id}/parts/{dossier_part}
    """,
    "visitor": """
        POST /verify   POST /reports   POST /reports/mine/statements
        POST /assessment/applications/{title_application_id}/objections
    """,
}
"""Who hands in files where; somebody who may."""
TAKERS = {" ".join(pair): who for who, text in WHO.items() for pair in zip(*[iter(text.split())] * 2, strict=True)}
SAYS: dict[str, dict[str, Any]] = {
    "POST /authority-requests/{authority_request_id}/packages": {"company": "/suppliers/{slug}", "parts": ["identity"]},
    "POST /cases": {"about": "/products/{product_id}"},
    "POST /cases/{matter_id}/translations": {"of": "P1", "language": "en"},
    "POST /finance/memberships/waivers": {"plan": "standard", "currency": "CNY", "months": "12", "percent": "50"},
    "POST /inquiries": {"product_id": "{product_id}"},
    "POST /licences": {"hs": "691200"},
    "POST /orders/{order_id}/shipments/{shipment_id}/certificate-of-origin": {"origin": "CN"},
    "POST /orders/{order_id}/shipments/{shipment_id}/insurance-certificate": {
        "insured.amount": "12650.00", "insured.amount_minor": "",
    },
    "POST /orders/{order_id}/shipments/{shipment_id}/transport-document": {"loading": "CNYTN", "discharge": "DEHAM"},
    "POST /quality": {"kind": "event", "event": "training", "hours": "2", "participants": "9"},
    "POST /reports": {"about": "/products/{product_id}"},
    "POST /restrictions/desk/findings": {"company": "{slug}", "kind": "counterfeits"},
    "POST /rights/notices": {
        "kind": "trade_mark", "office": "CN", "number": "1", "title": "LANTERNA", "holder": "Lanterna Holding SA",
        "addresses": "/products/{product_id}", "true": "true", "contact": "Anna",
    },
    "POST /rights/registry": {"office": "CN"},
    "POST /screening/sheets": {"key": "eu-list"},
    "POST /verification": COMPANY,
    "POST /verification/{request_id}/answer": COMPANY,
}  # fmt: skip
"""What is said beside the file, where the least that the schema lets through makes no sense."""
BEFORE = {
    "POST /contracts/{contract_id}/signatures": 403,  # who signs proves who they are first
    "POST /contracts/{contract_id}/amendment/signatures": 403,
    "POST /orders/{order_id}/acceptance": 409,  # nothing was delivered yet
    "POST /authority-requests/{authority_request_id}/approvals": 409,  # this request needs none
    "POST /verify": 200,  # any file may be asked about; the verdict on garbage is "invalid"
}
"""What is answered instead of a refusal of the file."""

TOGETHER = ("POST /screening/ofac",)
"""Whose other files, a page here, are garbage there too: the first that is read is named."""
UNDECLARED = ("POST /imports", "POST /reports")
"""Where the body is tried without saying how long it is, too."""
PIECE = bytes(MEGA)


def files_of(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The dotted names of the files in a body of this schema."""
    if schema.get("format") == "binary":
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from files_of(inner, f"{path}.{name}".lstrip("."))
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from files_of(inner, path)


def takers(app: Any) -> list[tuple[Address, list[str]]]:
    found = [(one, sorted(set(files_of(one.schema)))) for one in addresses(app) if one.schema]
    return [(one, fields) for one, fields in found if fields]


def flat(value: Any, path: str = "") -> dict[str, str]:
    match value:
        case dict():
            return {k: v for name, inner in value.items() for k, v in flat(inner, f"{path}.{name}".lstrip(".")).items()}
        case list() | tuple() if not value or not isinstance(value[0], str):
            return {k: v for n, inner in enumerate(value) for k, v in flat(inner, f"{path}.{n}").items()}
        case list() | tuple():
            return {path: value}  # type: ignore[dict-item]  # the client sends one of each
        case None:
            return {}
    return {path: str(value)}


@pytest.fixture
async def world(app: Any) -> World:
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    return await make_world(app)


class Hands:
    """Somebody who hands in files at an address, in Chinese."""

    def __init__(self, http: Any, app: Any, world: World) -> None:
        self.http, self.asker, self.world = http, Asker(http, app), world
        http.cookies.set("locale", "zh-Hans")

    async def hand_in(self, address: Address, fields: list[str], name: str, data: bytes) -> Any:
        """The file in each of these fields, a page in others that must be there, and what else the form needs."""
        needed = [one for one in files_of(address.schema or {}) if one in (address.schema or {}).get("required", ())]
        said = flat(address.body() or {}) | SAYS.get(address.name, {})
        said = {k: v.format_map(self.world.parameters) if isinstance(v, str) else v for k, v in said.items()}
        said = {k: v for k, v in said.items() if v and k not in {*fields, *needed}}
        files = dict.fromkeys(needed, ("page.pdf", PDF, "application/pdf"))
        files |= dict.fromkeys(fields, (name, data, "application/pdf"))
        path = address.filled(self.world.parameters | {"position": "0"})
        return await self.http.request(address.method, path, data=said, files=files, headers=self.asker.headers)

    async def pour(self, address: Address, size: int, *, declared: bool) -> Any:
        """A form with one file of `size` bytes, a megabyte at a time."""
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'

        async def pieces() -> AsyncIterator[bytes]:
            yield head
            for _piece in range(size // MEGA):
                yield PIECE

        headers = self.asker.headers | {"content-type": "multipart/form-data; boundary=b"}
        if declared:
            headers["content-length"] = str(len(head) + size)
        path = address.filled(self.world.parameters | {"position": "0"})
        return await self.http.request(address.method, path, content=pieces(), headers=headers)


async def counted(db: Any) -> dict[str, int]:
    async with db.transaction(read_only=True) as tx:
        found = {t.name: await tx.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}
    return {name: n for name, n in found.items() if name not in {"session", "rate_window", "erased_file"}}


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in (folder / "files").rglob("*") if path.is_file()}


def test_every_route_that_takes_files_is_tried(app):
    assert {address.name for address, _fields in takers(app)} == set(TAKERS), "say in WHO who hands in files there"


async def test_garbage_is_refused_where_it_stands_and_leaves_nothing(app, client, db, world, settings, monkeypatch):
    code = (await make_report(app, world.partners.supplier))[1]
    await drain(app.state.jobs)
    monkeypatch.setattr("app.core.limits.hit", _never)
    wrong, rows, files = [], await counted(db), on_disk(settings.data_dir)
    for who in WHO:
        async with client(as_=world.actors.get(who)) as http:
            hands = Hands(http, app, world)
            http.cookies.set(COOKIE, code)
            for address, fields in takers(app):
                for field in fields if TAKERS[address.name] == who else ():
                    for what, (name, data) in GARBAGE.items():
                        answer = await hands.hand_in(address, [field], name, data)
                        if fault := _fault(address, field, answer):
                            wrong.append(f"{address.name}: {what} as {field}: {fault}")
    assert wrong == [], "\n".join(wrong)
    assert await counted(db) == rows
    assert on_disk(settings.data_dir) == files


async def _never(*_args: Any, **_kwargs: Any) -> None:
    """Nobody is asked to wait here."""


def _fault(address: Address, field: str, answer: Any) -> str:
    """What is wrong with an answer to garbage, or ""."""
    if answer.status_code == BEFORE.get(address.name):
        return "" if answer.status_code != 200 or answer.json()["verdict"] == "invalid" else answer.text
    if answer.status_code != 422:
        return f"{answer.status_code} {answer.text[:200]}"
    errors = {name.split(".")[0]: said for name, said in answer.json()["errors"].items()}
    if address.name in TOGETHER:
        field = next(iter(errors))
    if field not in errors:
        return f"names {errors}"
    return "" if CHINESE.search(errors[field]) else f"says {errors[field]!r}"


async def test_two_hundred_megabytes_are_refused_before_they_are_anywhere(app, client, db, world, settings):
    """At every one of these routes; in bounded memory, nothing on the disk."""
    wrong, rows, files = [], await counted(db), on_disk(settings.data_dir)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, the most so far
    for who in WHO:
        async with client(as_=world.actors.get(who)) as http:
            hands = Hands(http, app, world)
            for address, _fields in takers(app):
                if TAKERS[address.name] != who:
                    continue
                for declared in (True, False) if address.name in UNDECLARED else (True,):
                    answer = await hands.pour(address, 200 * MEGA, declared=declared)
                    said = answer.json()
                    if answer.status_code != 413 or "25 MB" not in said["detail"] or not CHINESE.search(said["detail"]):
                        wrong.append(f"{address.name}: {answer.status_code} {said}")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert wrong == [], "\n".join(wrong)
    assert grown < 100 * MEGA, f"{grown / MEGA:.0f} MB"
    assert (await counted(db), on_disk(settings.data_dir)) == (rows, files)


async def test_a_page_says_that_a_body_is_too_large(app, client, world):
    """People get a page of the house with their own menu, not a line of plain text."""
    async with client(as_=world.actors["supplier owner"]) as http:
        hands = Hands(http, app, world)
        [imports] = [address for address, _fields in takers(app) if address.name == "POST /imports"]
        hands.asker.headers["accept"] = "text/html"
        page = await hands.pour(imports, 30 * MEGA, declared=True)
    assert page.status_code == 413
    assert "<html" in page.text
    assert "/my/products" in page.text


async def test_what_a_stranger_hands_in_leaves_the_store_again(app, client, db, world, settings):
    """A sound file, for somebody else's object or from somebody who may not: refused, and a day later it is gone."""
    await drain(app.state.jobs)
    tried, wrong, files = 0, [], on_disk(settings.data_dir)
    for name in ("stranger owner", "staff evaluator", "buyer finance", "visitor"):
        actor = world.actors.get(name)
        async with client(as_=actor) as http:
            hands = Hands(http, app, world)
            for address, fields in takers(app):
                if admitted(RULES[address.name], name, actor):
                    continue
                tried += 1
                answer = await hands.hand_in(address, fields, "page.pdf", PDF + f"%{tried}".encode())
                if answer.status_code < 400:
                    wrong.append(f"{address.name} lets {name} in")
    assert tried > 100
    assert wrong == []
    clock.advance(days=1, hours=1)
    await erase_files(app.state.jobs)
    assert on_disk(settings.data_dir) - files == set()
