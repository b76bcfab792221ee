"""What the bench seeds and asks for is let through: its figures are of answers, not of refusals."""

from typing import Any

from app.core.jobs import JobContext
from bench import deals, seed

INQUIRIES = 25  # more than may say the same in a day


async def test_the_bench_s_requests_are_answered(ctx: JobContext, client: Any) -> None:
    market = await seed.make_market(ctx)
    products = [str(number) for number in await seed.add_products(ctx, market, 3)]
    async with client(key=market.key) as program, client() as browser:
        for question in seed.questions(products, INQUIRIES):
            asked = await program.post("/api/v1/inquiries", json=question)
            assert asked.status_code == 201, asked.text[:500]
        thread = f"/api/v1/inquiries/{asked.json()['id']}/messages"
        assert (await program.post(thread, json={"text": "Is it ready?"})).status_code == 201
        for path in [*seed.queries(2), *seed.new_words(2), f"/products/{products[0]}"]:
            assert (await browser.get(path)).status_code == 200

    ready = await deals.half_signed(ctx, market, 2)
    async with client() as browser:
        for path, body in zip(ready.paths, ready.bodies, strict=True):
            signed = await browser.post(
                path, content=body, headers={**ready.headers, "content-type": "application/json"}
            )
            assert signed.status_code == 200, signed.text[:500]
