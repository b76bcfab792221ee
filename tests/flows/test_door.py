"""What every request meets: health, headers, problem details, pages that are not there."""

from tests.factories.people import make_company


async def test_healthy(client):
    async with client() as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["database"] == "ok"
    assert "script-src 'self'" in ready.headers["content-security-policy"]


async def test_nothing_here(client):
    async with client() as http:
        page = await http.get("/no-such-page")
        problem = await http.get("/api/v1/no-such-page")
    assert page.status_code == problem.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "not_found"


async def test_an_unknown_address_keeps_a_members_own_menu(client, db):
    async with db.transaction() as tx:
        actor = await make_company(tx, "Hansa Import")
    async with client() as http:
        assert "/session/new" in (await http.get("/no-such-page")).text
    async with client(as_=actor) as http:
        page = await http.get("/no-such-page")
    assert page.status_code == 404
    assert "Hansa Import" in page.text
    assert "/session/new" not in page.text
