"""What every request meets: health, headers, problem details, pages that are not there."""


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
