"""The bare page: FastAPI, one Jinja2 template of the product page's size, one query by primary key. Nothing else.

What it serves per second is what server, driver and machine give at best; every other figure is told relative to it.
"""

import os
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from jinja2 import Environment
from sqlalchemy import select
from starlette.responses import HTMLResponse

from app.core.config import Settings
from app.core.db import Database
from listings.models import Product

PARAGRAPH = "<p>{{ card.title.en }}, {{ card.port }}: from {{ card.price_low }} {{ card.currency }}.</p>\n"
SIZE_VARIABLE = "PORTOLAN_BENCH_PAGE_BYTES"


def application() -> FastAPI:
    size = int(os.environ[SIZE_VARIABLE])
    filling = "<p>" + "A line of plain text as long as a line of the product page may be. " * 3 + "</p>\n"
    body = PARAGRAPH * 20 + filling * max((size - 20 * 90) // len(filling), 1)
    page = Environment(autoescape=True).from_string(f"<!doctype html><title>{{{{ card.title.en }}}}</title>{body}")
    settings = Settings()
    db = Database(settings.database_url, pool=settings.database_pool)
    app = FastAPI()

    @app.get("/{product_id}")
    async def show(product_id: UUID) -> HTMLResponse:
        async with db.transaction() as tx:
            card = await tx.scalar(select(Product.card).where(Product.id == product_id))
        return HTMLResponse(page.render(card=card))

    return app


if __name__ == "__main__":
    own = Settings()
    uvicorn.run(
        "bench.bare:application",
        factory=True,
        port=own.port,
        workers=own.web_processes,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
