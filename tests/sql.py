"""A connection past the application, with a role of the caller's choice."""

import asyncpg


async def connect(url: str) -> asyncpg.Connection:
    """`url` as SQLAlchemy writes it: `postgresql+asyncpg://…`."""
    return await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
